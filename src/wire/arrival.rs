//! When bytes came, as the kernel noted it.
//!
//! Bytes lie in the kernel until the task that reads them gets round to it. A clock that is read
//! only then charges the target with whatever the worker did meanwhile. Linux notes when it takes
//! in each segment and tells a read when the last of the bytes that it took had come
//! (`SO_TIMESTAMPNS`; `timestamping` among the kernel's networking documents), so that what is
//! told is never earlier than any of them. Elsewhere, where the kernel does not tell, and where a
//! read took all that it had room for, it is when they were read.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use super::clock::Clock;
use crate::exchange::Nanos;

/// One socket's arrivals.
#[derive(Debug)]
pub(super) struct Arrivals {
    #[cfg(target_os = "linux")]
    noted: linux::Noted,
}

impl Arrivals {
    pub(super) fn of(_socket: &TcpStream, _clock: &Clock) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            noted: linux::Noted::of(_socket, _clock),
        }
    }

    /// Reads as the socket itself would, and says when the last of the bytes had come; at the end
    /// of all bytes, when that was seen. `since`: they cannot have come before.
    pub(super) fn poll_read(
        &mut self,
        socket: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        (clock, since): (&Clock, Nanos),
    ) -> Poll<io::Result<Nanos>> {
        #[cfg(target_os = "linux")]
        if let Some(noted) = self.noted.if_told() {
            return noted.poll_read(socket, context, buffer, (clock, since));
        }
        let _ = since;
        let read = Pin::new(socket).poll_read(context, buffer);
        read.map_ok(|()| clock.now())
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::RefCell;
    use std::io::{self, IoSliceMut};
    use std::os::fd::AsRawFd;
    use std::task::{Context, Poll, ready};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
    use nix::sys::time::TimeSpec;
    use tokio::io::{Interest, ReadBuf};
    use tokio::net::TcpStream;

    use super::super::clock::{Clock, time_of_day};
    use crate::exchange::Nanos;

    /// Bytes that one read takes at most.
    const MOST: usize = 64 << 10;
    /// The kernel tells times of day, whose clock may be set. What is told within so long of that,
    /// in nanoseconds, may be from before it, and means nothing.
    const AFTER_STEP: u64 = 1_000_000_000;
    /// By less than this, in nanoseconds, two looks at the distance between the clocks differ.
    const STEP: u64 = 100_000;

    thread_local! {
        /// What is read goes through here: the room that a reader offers need not be filled with
        /// anything before, and here it is, once.
        static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// What the kernel is asked to note.
    #[derive(Debug)]
    pub(super) struct Noted {
        is_told: bool,
        /// Nanoseconds by which the time of day is ahead of the clock.
        pub(super) ahead: u64,
        /// What the kernel says before is not believed.
        from: Nanos,
        /// Where it puts what it says.
        message: [u8; SPACE],
    }

    const SPACE: usize = nix::sys::socket::cmsg_space::<TimeSpec>();

    impl Noted {
        pub(super) fn of(socket: &TcpStream, clock: &Clock) -> Self {
            Self {
                is_told: setsockopt(socket, sockopt::ReceiveTimestampns, &true).is_ok(),
                ahead: Now::read(clock).ahead(),
                from: Nanos(0),
                message: [0; SPACE],
            }
        }

        pub(super) fn if_told(&mut self) -> Option<&mut Self> {
            self.is_told.then_some(self)
        }

        pub(super) fn poll_read(
            &mut self,
            socket: &TcpStream,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
            (clock, since): (&Clock, Nanos),
        ) -> Poll<io::Result<Nanos>> {
            ROOM.with_borrow_mut(|room| {
                room.resize(MOST, 0);
                let wanted = buffer.remaining().min(MOST);
                let room = &mut room[..wanted];
                loop {
                    ready!(socket.poll_read_ready(context))?;
                    let mut took = None;
                    let tried = socket.try_io(Interest::READABLE, || {
                        let (read, came) = receive(socket, room, &mut self.message)?;
                        took = Some((read, came));
                        // Less than there was room for: what was there is read, and the event loop
                        // is to look out for more.
                        if (1..wanted).contains(&read) {
                            return Err(io::ErrorKind::WouldBlock.into());
                        }
                        Ok(())
                    });
                    if let Some((read, came)) = took {
                        buffer.put_slice(&room[..read]);
                        // One that took all it had room for may have ended within a segment, and
                        // some kernels tell the time of the last that was taken whole.
                        let came = came.filter(|_| read < wanted);
                        return Poll::Ready(Ok(self.at(came, clock, since)));
                    }
                    match tried {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(error) => return Poll::Ready(Err(error)),
                        Ok(()) => return Poll::Ready(Ok(clock.now())),
                    }
                }
            })
        }

        /// A time of day on the clock; `None`: nothing was told.
        pub(super) fn at(&mut self, came: Option<u64>, clock: &Clock, since: Nanos) -> Nanos {
            let mut now = Now::read(clock);
            if now.ahead().abs_diff(self.ahead) > STEP {
                // Unless something came between the two looks.
                now = Now::read(clock);
            }
            if now.ahead().abs_diff(self.ahead) > STEP {
                self.ahead = now.ahead();
                self.from = Nanos(now.at.0 + AFTER_STEP);
            }
            let Some(came) = came.filter(|_| now.at >= self.from) else {
                return now.at;
            };
            let age = now.time_of_day.saturating_sub(came);
            Nanos(now.at.0.saturating_sub(age)).max(since).min(now.at)
        }
    }

    /// Both clocks.
    struct Now {
        time_of_day: u64,
        at: Nanos,
    }

    impl Now {
        /// The time of day goes first: what comes between the two looks makes bytes seem to have
        /// come later, never earlier.
        fn read(clock: &Clock) -> Self {
            Self {
                time_of_day: time_of_day(),
                at: clock.now(),
            }
        }

        fn ahead(&self) -> u64 {
            self.time_of_day.saturating_sub(self.at.0)
        }
    }

    /// How many bytes were read, and the time of day when the last of them had come.
    fn receive(
        socket: &TcpStream,
        room: &mut [u8],
        message: &mut [u8],
    ) -> io::Result<(usize, Option<u64>)> {
        let mut pieces = [IoSliceMut::new(room)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let received = loop {
            match recvmsg::<()>(socket.as_raw_fd(), &mut pieces, Some(message), flags) {
                Err(nix::Error::EINTR) => {}
                received => break received?,
            }
        };
        let came = received.cmsgs().ok().and_then(|mut told| {
            told.find_map(|told| {
                if let ControlMessageOwned::ScmTimestampns(time) = told {
                    let seconds = time.tv_sec().unsigned_abs();
                    return Some(seconds * 1_000_000_000 + time.tv_nsec().unsigned_abs());
                }
                None
            })
        });
        Ok((received.bytes, came))
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream as Peer};

    use rustix::io::ioctl_fionread;
    use tokio::io::ReadBuf;
    use tokio::net::TcpStream;

    use super::super::clock::time_of_day;
    use super::linux::Noted;
    use super::*;

    /// Nanoseconds.
    const AGO: u64 = 1_000_000;

    async fn pair() -> (TcpStream, Peer) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await;
        (socket.unwrap(), listener.accept().unwrap().0)
    }

    /// Reads what is there, up to so much, and says when it had come.
    async fn read(
        socket: &mut TcpStream,
        arrivals: &mut Arrivals,
        (clock, since): (&Clock, Nanos),
        room: &mut [u8],
    ) -> (usize, Nanos) {
        let mut buffer = ReadBuf::new(room);
        let read = std::future::poll_fn(|context| {
            let now = (clock, since);
            arrivals.poll_read(socket, context, &mut buffer, now)
        });
        let at = read.await.unwrap();
        (buffer.filled().len(), at)
    }

    /// Once so many bytes lie in the kernel.
    fn until_there(socket: &TcpStream, bytes: u64, clock: &Clock) -> Nanos {
        while ioctl_fionread(socket).unwrap() < bytes {
            std::thread::yield_now();
        }
        clock.now()
    }

    fn until_after(time: Nanos, clock: &Clock) -> Nanos {
        loop {
            let now = clock.now();
            if now > time {
                return now;
            }
        }
    }

    #[tokio::test]
    async fn bytes_came_when_the_kernel_had_them_and_not_when_they_were_read() {
        let clock = Clock::start();
        let (mut socket, mut peer) = pair().await;
        let mut arrivals = Arrivals::of(&socket, &clock);
        let mut room = [0; 8];
        let mut early = 0;
        for _ in 0..5 {
            let before = until_after(clock.now(), &clock);
            peer.write_all(b"abc").unwrap();
            let there = until_there(&socket, 3, &clock);
            // Meanwhile the worker is at something else.
            until_after(there, &clock);
            let (length, at) =
                read(&mut socket, &mut arrivals, (&clock, Nanos(0)), &mut room).await;
            assert_eq!(&room[..length], b"abc");
            assert!(before < at && at <= clock.now());
            // What comes between two looks at clocks makes it later.
            early += u32::from(at <= there);
            peer.write_all(b"d").unwrap();
            let since = until_there(&socket, 1, &clock);
            let (length, at) = read(&mut socket, &mut arrivals, (&clock, since), &mut room).await;
            assert_eq!(length, 1);
            assert!(at >= since, "no byte comes before what it follows");
        }
        assert!(early > 0, "all came when they were read");
    }

    #[tokio::test]
    async fn a_read_that_ends_within_a_segment_is_not_told_earlier_than_its_last_byte() {
        let clock = Clock::start();
        let (mut socket, mut peer) = pair().await;
        let mut arrivals = Arrivals::of(&socket, &clock);
        let mut room = [0; 5];
        peer.write_all(b"abc").unwrap();
        until_there(&socket, 3, &clock);
        peer.write_all(b"defg").unwrap();
        let there = until_there(&socket, 7, &clock);
        let told = (&clock, Nanos(0));
        let (length, at) = read(&mut socket, &mut arrivals, told, &mut room).await;
        assert!(length == 5 && at >= there, "{at:?} of {there:?}");
        let (length, at) = read(&mut socket, &mut arrivals, told, &mut room).await;
        assert!(length == 2 && at <= clock.now());
    }

    #[tokio::test]
    async fn pieces_smaller_than_what_is_there_are_read_to_the_end() {
        let clock = Clock::start();
        let (mut socket, mut peer) = pair().await;
        let mut arrivals = Arrivals::of(&socket, &clock);
        let sent: Vec<u8> = (0..=250).cycle().take(300_000).collect();
        let copy = sent.clone();
        let writer = std::thread::spawn(move || peer.write_all(&copy).unwrap());
        let (mut got, mut last) = (Vec::new(), Nanos(0));
        let mut room = vec![0; 100_000];
        for size in [1, 7, 4096, 100_000].into_iter().cycle() {
            let room = &mut room[..size];
            let (length, at) = read(&mut socket, &mut arrivals, (&clock, last), room).await;
            assert!(last <= at && at <= clock.now());
            last = at;
            got.extend_from_slice(&room[..length]);
            if length == 0 {
                break;
            }
        }
        writer.join().unwrap();
        assert!(got == sent, "{} of {} bytes", got.len(), sent.len());
    }

    #[tokio::test]
    async fn after_the_clock_was_set_what_the_kernel_says_is_not_believed() {
        let clock = Clock::start();
        let (socket, _peer) = pair().await;
        let mut noted = Noted::of(&socket, &clock);
        until_after(Nanos(2 * AGO), &clock);
        let is_believed = |noted: &mut Noted| {
            let before = clock.now();
            let at = noted.at(Some(time_of_day() - AGO), &clock, Nanos(0));
            assert!(at <= clock.now());
            at < before
        };
        assert!(is_believed(&mut noted));
        noted.ahead += 1_000_000_000;
        assert!(!is_believed(&mut noted), "as it is noticed");
        assert!(!is_believed(&mut noted), "and for a while");
        let (now, early) = (clock.now(), Nanos(0));
        assert!(noted.at(None, &clock, early) >= now, "nothing was told");
    }
}
