//! Plain HTTP/1 on connections of our own: each carries one request at a time, and a request is
//! written once.
//!
//! An idle connection is looked at before it is used. If it breaks all the same before the kernel
//! took a byte of the request, the request goes on a fresh connection, and that is counted; once a
//! byte was taken it is never sent again, and the failure says that the connection was not fresh.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::{Request, Response};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::clock::Clock;
use super::connections::Connections;
use super::failure::{connect_failure, failure_of_use, told};
use super::link::{Link, Whole};
use super::marks::Marks;
use super::piece::Piece;
use super::ready::Ready;
use crate::exchange::Nanos;
use crate::outcome::Failure;

/// Idle connections that a worker keeps.
const MOST_IDLE: usize = 16_384;
/// An idle connection older than this is closed instead of used: servers hang up after a while, and
/// a request that meets a closing connection is lost.
const LONGEST_IDLE: Duration = Duration::from_secs(90);
/// After so long the kernel is asked whether an idle connection still stands; before, what the
/// event loop has heard of it is recent enough.
const FRESH: Duration = Duration::from_millis(1);
/// How long the addresses of a name hold.
const LOOKUP: Duration = Duration::from_secs(60);

/// A request as it is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) ready: Arc<Ready>,
    pub(super) body: bytes::Bytes,
}

impl Written {
    fn request(&self) -> Request<Whole> {
        let mut request = Request::new(Whole(self.body.clone()));
        *request.method_mut() = self.ready.method.clone();
        *request.uri_mut() = self.ready.target.clone();
        *request.headers_mut() = self.ready.headers.clone();
        request
    }
}

/// One worker's connections to one target.
pub(super) struct Owned {
    host: String,
    port: u16,
    clock: Clock,
    sources: Vec<IpAddr>,
    next_source: Cell<usize>,
    /// The last one used is the first one used again.
    #[expect(
        clippy::vec_box,
        reason = "it moves twice a request, and is a kilobyte"
    )]
    idle: RefCell<Vec<Box<Link>>>,
    addresses: RefCell<Option<(Nanos, Vec<SocketAddr>)>>,
    connections: Arc<Connections>,
    fresh: Duration,
}

/// An answer that is still coming. Dropped before its end, it closes its connection.
pub(super) struct Answer<'a> {
    owned: &'a Owned,
    link: Option<Box<Link>>,
    body: Incoming,
    /// Nothing but the connection's end tells the body's.
    is_unbounded: bool,
    /// When its head was read.
    pub(super) at: Nanos,
}

impl Owned {
    pub(super) fn new(
        (host, port): (String, u16),
        sources: Vec<IpAddr>,
        clock: Clock,
        connections: Arc<Connections>,
    ) -> Self {
        Self {
            host,
            port,
            clock,
            sources,
            next_source: Cell::new(0),
            idle: RefCell::new(Vec::new()),
            addresses: RefCell::new(None),
            connections,
            fresh: FRESH,
        }
    }

    /// Writes a request and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        written: &Written,
        marks: &Marks,
    ) -> Result<(Answer<'_>, hyper::http::response::Parts), Failure> {
        if let Some(mut link) = self.idle() {
            marks.on(link.seen());
            let before = link.seen().written();
            match ask(&mut link, written).await {
                Ok(response) => return Ok(self.answered(link, response)),
                Err(error) if link.seen().written() > before => {
                    return Err(failure_of_use(&*error, link.answered));
                }
                Err(_) => self.connections.moved(),
            }
        }
        let mut link = self.connect(marks).await?;
        marks.on(link.seen());
        match ask(&mut link, written).await {
            Ok(response) => Ok(self.answered(link, response)),
            Err(error) => Err(failure_of_use(&*error, 0)),
        }
    }

    fn answered(
        &self,
        link: Box<Link>,
        response: Response<Incoming>,
    ) -> (Answer<'_>, hyper::http::response::Parts) {
        let (head, body) = response.into_parts();
        let answer = Answer {
            owned: self,
            at: link.seen().read(),
            link: Some(link),
            body,
            is_unbounded: !head.headers.contains_key(CONTENT_LENGTH)
                && !head.headers.contains_key(TRANSFER_ENCODING),
        };
        (answer, head)
    }

    /// The connection that was used last, of those that can be used.
    fn idle(&self) -> Option<Box<Link>> {
        loop {
            let mut link = self.idle.borrow_mut().pop()?;
            let idle = self.clock.now().since(link.idle_since).unwrap_or_default();
            let idle = Duration::from_nanos(idle);
            if idle < LONGEST_IDLE && link.is_usable(idle >= self.fresh) {
                return Some(link);
            }
            self.connections.hung_up();
        }
    }

    /// Takes a connection back whose answer is over.
    fn keep(&self, mut link: Box<Link>, now: Nanos) {
        link.answered += 1;
        link.idle_since = now;
        let mut idle = self.idle.borrow_mut();
        if link.is_usable(false) && idle.len() < MOST_IDLE {
            idle.push(link);
        }
    }

    async fn connect(&self, marks: &Marks) -> Result<Box<Link>, Failure> {
        let begun = self.clock.now();
        let addresses = self.addresses(begun).await?;
        let mut failed = None;
        for address in addresses {
            match self.connected(address).await {
                Ok(socket) => {
                    let now = self.clock.now();
                    marks.mark_connected(now);
                    self.connections
                        .opened(now.since(begun).unwrap_or_default());
                    let link = Link::on(socket, self.clock, &self.connections).await;
                    return link
                        .map(Box::new)
                        .map_err(|error| failure_of_use(&error, 0));
                }
                Err(error) => failed = Some(error),
            }
        }
        self.connections.failed();
        // What a name stood for may have changed.
        self.addresses.replace(None);
        Err(failed.map_or_else(
            || Failure::Connect(format!("`{}` has no address", self.host)),
            |error| connect_failure(&error),
        ))
    }

    async fn connected(&self, address: SocketAddr) -> std::io::Result<TcpStream> {
        let of_its_kind = |source: &&IpAddr| source.is_ipv4() == address.is_ipv4();
        let sources = self.sources.iter().filter(of_its_kind).count();
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if sources > 0 {
            let turn = self.next_source.get();
            self.next_source.set(turn.wrapping_add(1));
            let mut sources = self.sources.iter().filter(of_its_kind);
            if let Some(source) = sources.nth(turn % sources.clone().count()) {
                // Ports of connections that are over can be had again at once.
                socket.set_reuseaddr(true)?;
                socket.bind(SocketAddr::new(*source, 0))?;
            }
        }
        let socket = socket.connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(socket)
    }

    async fn addresses(&self, now: Nanos) -> Result<Vec<SocketAddr>, Failure> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        if let Some((since, known)) = &*self.addresses.borrow()
            && now
                .since(*since)
                .is_some_and(|age| u128::from(age) < LOOKUP.as_nanos())
        {
            return Ok(known.clone());
        }
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let found: Vec<_> = found.map_err(|error| connect_failure(&error))?.collect();
        self.addresses.replace(Some((now, found.clone())));
        Ok(found)
    }
}

/// One try on one connection.
async fn ask(link: &mut Link, written: &Written) -> Result<Response<Incoming>, Box<dyn Error>> {
    let mut sending = pin!(link.sender().try_send_request(written.request()));
    let answered = std::future::poll_fn(|context| {
        link.drive(context, |context| sending.as_mut().poll(context))
    });
    match answered.await {
        Some(Ok(response)) => Ok(response),
        Some(Err(error)) => Err(error.into_error().into()),
        None => Err(ended().into()),
    }
}

fn ended() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the connection ended")
}

impl Answer<'_> {
    /// The next piece of the body.
    pub(super) async fn chunk(&mut self) -> Result<Piece, Failure> {
        loop {
            let (Some(link), body) = (&mut self.link, &mut self.body) else {
                return Ok(Piece {
                    bytes: None,
                    at: self.at,
                });
            };
            let frame = std::future::poll_fn(|context| {
                link.drive(context, |context| Pin::new(&mut *body).poll_frame(context))
            });
            let frame = frame.await;
            let at = link.seen().read();
            match frame {
                Some(Some(Ok(frame))) => {
                    // Trailers are no part of the body.
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Piece {
                            bytes: Some(bytes),
                            at,
                        });
                    }
                }
                Some(None) => {
                    let at = if self.is_unbounded {
                        at.max(link.seen().end())
                    } else {
                        at
                    };
                    self.at = at;
                    if let Some(link) = self.link.take() {
                        self.owned.keep(link, at);
                    }
                    return Ok(Piece { bytes: None, at });
                }
                Some(Some(Err(error))) => {
                    self.link = None;
                    return Err(Failure::Broken(told(&error)));
                }
                None => {
                    self.link = None;
                    return Err(Failure::Broken(told(&ended())));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
