//! One HTTP/1 connection that is owned by whoever uses it: hyper's state machine, polled by the
//! task that waits for the answer, with the times at which the kernel gave and took bytes.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::client::conn::http1::{Connection, SendRequest};
use hyper_util::rt::TokioIo;
use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::exchange::Nanos;

use super::arrival::Arrivals;
use super::clock::Clock;
use super::connections::Connections;

/// Rounds of one poll before others get their turn.
const ROUNDS: u32 = 64;

/// What the connection's reads and writes note.
#[derive(Debug)]
pub(super) struct Seen {
    clock: Clock,
    /// When the bytes had come that the last read gave.
    read: AtomicU64,
    /// When a read found that the peer had closed.
    end: AtomicU64,
    /// When the kernel last took bytes.
    wrote: AtomicU64,
    /// When it had taken all that there was to write. Zero: it has not.
    sent: AtomicU64,
    /// Bytes that it has taken, ever.
    written: AtomicU64,
    /// The next read asks the kernel itself first whether the peer is still there.
    look: AtomicBool,
}

impl Seen {
    pub(super) fn read(&self) -> Nanos {
        Nanos(self.read.load(Relaxed))
    }

    pub(super) fn end(&self) -> Nanos {
        Nanos(self.end.load(Relaxed))
    }

    pub(super) fn sent(&self) -> Option<Nanos> {
        Some(self.sent.load(Relaxed))
            .filter(|nanos| *nanos > 0)
            .map(Nanos)
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }
}

/// The socket, with a clock at each read and write that moved something.
pub(super) struct Watched {
    socket: TcpStream,
    arrivals: Arrivals,
    seen: Arc<Seen>,
}

impl Watched {
    /// Whether the peer has closed, or said something unasked, since the event loop looked last.
    fn is_gone(&self) -> io::Result<bool> {
        let mut byte = [0];
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        match recv(&self.socket, &mut byte, flags) {
            // Bytes that nobody asked for (a server that says why it hangs up, for one) would be
            // taken for the next answer.
            Ok(_) => Ok(true),
            Err(rustix::io::Errno::AGAIN) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            let now = self.seen.clock.now();
            self.seen.wrote.store(now.0.max(1), Relaxed);
            self.seen.written.fetch_add(*bytes as u64, Relaxed);
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.seen.look.load(Relaxed) {
            self.seen.look.store(false, Relaxed);
            if self.is_gone()? {
                return Poll::Ready(Ok(()));
            }
        }
        let before = buffer.filled().len();
        let Self {
            socket,
            arrivals,
            seen,
        } = &mut *self;
        // No answer comes before what it answers, nor before what came of it already.
        let since = seen.read.load(Relaxed).max(seen.wrote.load(Relaxed));
        let read = arrivals.poll_read(socket, context, buffer, (&seen.clock, Nanos(since)));
        read.map_ok(|at| {
            let is_end = buffer.filled().len() == before;
            let cell = if is_end { &seen.end } else { &seen.read };
            cell.store(at.0, Relaxed);
        })
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper flushes when it has nothing left to write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        if flushed.is_ready() {
            self.seen.sent.store(self.seen.wrote.load(Relaxed), Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// A request's body, in one piece.
pub(super) struct Whole(pub(super) Bytes);

impl Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// Wakes the task that uses the connection just now. While that task is at it, it only takes a
/// note: connection and answer wake each other all the time, and both are polled anyway.
#[derive(Debug, Default)]
struct Gate {
    task: Mutex<Option<Waker>>,
    is_inside: AtomicBool,
    is_woken: AtomicBool,
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_inside.load(Relaxed) {
            self.is_woken.store(true, Relaxed);
        } else if let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner) {
            task.wake_by_ref();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.connections.ended();
    }
}

/// A connection with at most one request on it.
pub(super) struct Link {
    sender: SendRequest<Whole>,
    connection: Connection<TokioIo<Watched>, Whole>,
    seen: Arc<Seen>,
    gate: Arc<Gate>,
    waker: Waker,
    /// Whom the gate wakes.
    task: Option<Waker>,
    is_over: bool,
    connections: Arc<Connections>,
    /// Requests that have been answered on it.
    pub(super) answered: u64,
    pub(super) idle_since: Nanos,
}

impl Link {
    pub(super) async fn on(
        socket: TcpStream,
        clock: Clock,
        connections: &Arc<Connections>,
    ) -> hyper::Result<Self> {
        let seen = Arc::new(Seen {
            clock,
            read: AtomicU64::new(0),
            end: AtomicU64::new(0),
            wrote: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            written: AtomicU64::new(0),
            look: AtomicBool::new(false),
        });
        let socket = Watched {
            arrivals: Arrivals::of(&socket, &clock),
            socket,
            seen: Arc::clone(&seen),
        };
        let io = TokioIo::new(socket);
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await?;
        connections.began();
        let gate = Arc::new(Gate::default());
        let waker = Waker::from(Arc::clone(&gate));
        Ok(Self {
            sender,
            connection,
            seen,
            gate,
            waker,
            task: None,
            is_over: false,
            connections: Arc::clone(connections),
            answered: 0,
            idle_since: Nanos(0),
        })
    }

    pub(super) fn seen(&self) -> &Arc<Seen> {
        &self.seen
    }

    /// The next request's times begin anew.
    pub(super) fn sender(&mut self) -> &mut SendRequest<Whole> {
        self.seen.wrote.store(0, Relaxed);
        self.seen.sent.store(0, Relaxed);
        &mut self.sender
    }

    /// Polls what is wanted of the connection, and the connection itself, until neither can go on.
    /// `None`: the connection is over and the wanted thing will never come.
    pub(super) fn drive<T>(
        &mut self,
        context: &mut Context<'_>,
        mut wanted: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        let task = context.waker();
        if !self
            .task
            .as_ref()
            .is_some_and(|known| known.will_wake(task))
        {
            self.task = Some(task.clone());
            let mut woken = self
                .gate
                .task
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *woken = Some(task.clone());
        }
        self.gate.is_inside.store(true, Relaxed);
        let polled = self.rounds(&mut wanted);
        self.gate.is_inside.store(false, Relaxed);
        match polled {
            Some(polled) => polled,
            None => {
                task.wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// `None`: it was at work for long enough, and is not done.
    fn rounds<T>(
        &mut self,
        wanted: &mut impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Option<Poll<Option<T>>> {
        let mut context = Context::from_waker(&self.waker);
        for _ in 0..ROUNDS {
            self.gate.is_woken.store(false, Relaxed);
            if let Poll::Ready(came) = wanted(&mut context) {
                return Some(Poll::Ready(Some(came)));
            }
            if self.is_over {
                return Some(Poll::Ready(None));
            }
            self.is_over = Pin::new(&mut self.connection).poll(&mut context).is_ready();
            if !self.is_over && !self.gate.is_woken.load(Relaxed) {
                return Some(Poll::Pending);
            }
        }
        None
    }

    /// Whether it can take a request now. `look`: asks the kernel, since the event loop may not
    /// have looked for a while.
    pub(super) fn is_usable(&mut self, look: bool) -> bool {
        self.seen.look.store(look, Relaxed);
        // Wakes nobody: whoever uses it next polls it again.
        let mut context = Context::from_waker(Waker::noop());
        let _ = self.drive(&mut context, |_| Poll::<()>::Pending);
        !self.is_over && self.sender.is_ready()
    }
}
