//! HTTP/1.1 over TCP: connections, bodies, and the end of it all.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, TcpListener as StdListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Incoming as HyperBody};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioTimer;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;

use super::counts::Counts;
use super::play::{BrokenOff, Play};
use super::watched::{Gate, Watched};
use super::writes::WriteLog;
use crate::engine::Engine;
use crate::incoming::{Answered, Incoming};

/// What the threads of a replica are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Serve,
    /// Take no more calls and let those under way end, for at most this long.
    WindUp(Duration),
}

/// What every connection shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    /// [`Engine::answer_from`], but for tests that need an engine with a bug.
    pub(crate) answer: fn(&Engine, &Incoming, IpAddr) -> Answered,
    pub(crate) log: WriteLog,
    pub(crate) counts: Counts,
    pub(crate) patience: Patience,
}

/// How long a client may take, so that one that never ends what it says holds nothing for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// For the whole head of a request, and as long may a connection rest between two.
    pub(crate) head: Duration,
    /// For the whole body.
    pub(crate) body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(60),
            body: Duration::from_secs(60),
        }
    }
}

/// Bytes of a body beyond the limit that are read and thrown away, so that a client which is
/// still sending gets to read why it was refused.
const DRAINED: usize = 64 << 20;
/// After a listener that cannot accept (out of files, say) it is tried again so much later.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Serves connections of `listener` on this thread until told to stop.
pub(crate) fn serve(
    listener: StdListener,
    shared: Shared,
    mut orders: watch::Receiver<Order>,
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::from_std(listener)?;
        // Each connection holds a receiver of this; when all are gone, all have ended.
        let (ended, still_open) = watch::channel(());
        accept(&listener, &shared, &mut orders, &still_open).await;
        drop(listener);
        drop(still_open);
        if let Order::WindUp(bound) = *orders.borrow() {
            // Past the bound the runtime is dropped, and with it what is still open.
            drop(timeout(bound, ended.closed()).await);
        }
        Ok(())
    })
}

async fn accept(
    listener: &TcpListener,
    shared: &Shared,
    orders: &mut watch::Receiver<Order>,
    still_open: &watch::Receiver<()>,
) {
    loop {
        tokio::select! {
            changed = orders.changed() => {
                if changed.is_err() || *orders.borrow() != Order::Serve {
                    return;
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let opened = shared.counts.opened();
                    let connection =
                        connection(stream, peer.ip(), shared.clone(), orders.clone());
                    let open = still_open.clone();
                    tokio::spawn(async move {
                        connection.await;
                        drop((opened, open));
                    });
                }
                Err(_) => {
                    shared.counts.failed_to_accept();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    shared: Shared,
    mut orders: watch::Receiver<Order>,
) {
    // Without it small frames wait for each other; a socket that refuses is already gone.
    drop(stream.set_nodelay(true));
    let gate = Arc::new(Gate::default());
    let socket = Watched::new(stream, Arc::clone(&gate), shared.log.clone());
    let head = shared.patience.head;
    let shared = Arc::new(shared);
    let service = service_fn(move |request| {
        shared.counts.requested();
        let (shared, gate) = (Arc::clone(&shared), Arc::clone(&gate));
        async move { respond(request, peer, &shared, gate).await }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(socket, service);
    let mut serving = pin!(serving);
    let stopped = orders.wait_for(|order| *order != Order::Serve);
    tokio::select! {
        // A connection that ends badly is the client's doing, or the script's.
        result = serving.as_mut() => return drop(result),
        stopped = stopped => drop(stopped),
    }
    serving.as_mut().graceful_shutdown();
    drop(serving.await);
}

/// A script being played, or a whole body where there is none.
type Answer = Response<Either<Play, Full<Bytes>>>;

/// The answer to a request, whatever happens on the way to its head.
async fn respond(
    request: Request<HyperBody>,
    peer: IpAddr,
    shared: &Shared,
    gate: Arc<Gate>,
) -> Result<Answer, BrokenOff> {
    let mut begun = pin!(begin(request, peer, shared, gate));
    let caught =
        poll_fn(
            |context| match catch_unwind(AssertUnwindSafe(|| begun.as_mut().poll(context))) {
                Ok(polled) => polled.map(Some),
                Err(_) => Poll::Ready(None),
            },
        );
    caught.await.unwrap_or_else(|| {
        shared.counts.panicked();
        let message = "the replica has a bug: this request made it panic";
        Ok(plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "replica_bug",
            message,
        ))
    })
}

/// Reads the request, asks the engine, and waits until the head is due.
async fn begin(
    request: Request<HyperBody>,
    peer: IpAddr,
    shared: &Shared,
    gate: Arc<Gate>,
) -> Result<Answer, BrokenOff> {
    let Some(incoming) = read(request, shared.patience.body).await else {
        shared.counts.slow_body();
        let message = "the request's body did not come in time";
        return Ok(plain(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            message,
        ));
    };
    let answered = (shared.answer)(&shared.engine, &incoming, peer);
    drop(incoming);
    let mut script = answered.script;
    let noted = shared.log.is_wanted();
    let engine = Arc::clone(&shared.engine);
    let counts = shared.counts.clone();
    let mut play = Play::new(engine, answered.call, script.steps, gate, noted, counts);
    let names_length = |(name, _): &(String, String)| name == "content-length";
    if script.headers.iter().any(names_length) {
        play.leave_length_to_headers();
    }
    play.lead_in().await;
    if play.breaks_at_once() {
        return Err(BrokenOff);
    }
    play.head(&mut script.headers);
    let mut headers = HeaderMap::with_capacity(script.headers.len() + 2);
    for (name, value) in script.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let mut response = Response::new(Either::Left(play));
    *response.headers_mut() = headers;
    *response.status_mut() =
        StatusCode::from_u16(script.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok(response)
}

/// An answer of the listener's own, after which the connection closes.
fn plain(status: StatusCode, code: &str, message: &str) -> Answer {
    let body = json!({"error": {"type": "server_error", "code": code, "message": message}});
    let body = Full::new(Bytes::from(body.to_string()));
    let mut response = Response::new(Either::Right(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// None where the body takes longer than that.
async fn read(request: Request<HyperBody>, patience: Duration) -> Option<Incoming> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let mut read = pin!(read_body(body, Engine::body_limit(&path) + 1));
    // Most bodies have come with their heads, and need no timer.
    let at_once = poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await;
    let body = match at_once {
        Poll::Ready(body) => body,
        Poll::Pending => timeout(patience, read).await.ok()?,
    };
    Some(Incoming {
        method: parts.method.as_str().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers.iter().map(header).collect(),
        path,
        body,
    })
}

/// At most `kept` bytes of the body. A client that goes away in the middle leaves a short one,
/// and no one to answer.
async fn read_body(mut body: HyperBody, kept: usize) -> Bytes {
    let mut bytes = BytesMut::new();
    let mut dropped = 0;
    // A body in one piece need not be copied.
    if let Some(Ok(frame)) = body.frame().await
        && let Ok(piece) = frame.into_data()
    {
        if body.is_end_stream() && piece.len() <= kept {
            return piece;
        }
        bytes.reserve(piece.len());
        add(&mut bytes, &piece, kept, &mut dropped);
    }
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        add(&mut bytes, &piece, kept, &mut dropped);
        if dropped > DRAINED {
            break;
        }
    }
    bytes.freeze()
}

fn add(bytes: &mut BytesMut, piece: &[u8], kept: usize, dropped: &mut usize) {
    let room = (kept - bytes.len()).min(piece.len());
    bytes.extend_from_slice(&piece[..room]);
    *dropped += piece.len() - room;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::config::Config;

    fn buggy(engine: &Engine, incoming: &Incoming, peer: IpAddr) -> Answered {
        assert_ne!(incoming.path, "/bug", "a bug of the replica's own");
        engine.answer_from(incoming, peer)
    }

    #[test]
    fn a_request_that_makes_the_engine_panic_is_answered_500_and_harms_no_other() {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared {
            engine: Engine::new(Config::default()),
            answer: buggy,
            log: WriteLog::new(false),
            counts: Counts::default(),
            patience: Patience::default(),
        };
        let (orders, order) = watch::channel(Order::Serve);
        let (counts, key) = (shared.counts.clone(), shared.engine.key().to_owned());
        let thread = std::thread::spawn(move || serve(listener, shared, order));
        let ask = |path: &str| {
            let mut socket = std::net::TcpStream::connect(address).unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\n");
            let request = format!("{request}connection: close\r\n\r\n");
            socket.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).unwrap();
            answer
        };
        let broken = ask("/bug");
        assert!(broken.starts_with("HTTP/1.1 500"), "{broken}");
        assert!(broken.contains("replica_bug"), "{broken}");
        assert!(ask("/v1/models").starts_with("HTTP/1.1 200"));
        assert_eq!(counts.read(0).panics, 1);
        orders.send_replace(Order::WindUp(Duration::ZERO));
        thread.join().unwrap().unwrap();
    }
}
