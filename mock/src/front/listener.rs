//! HTTP/1.1 over TCP: connections, bodies, and the end of it all.

use std::io;
use std::net::TcpListener as StdListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming as HyperBody;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioTimer;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;

use super::play::{BrokenOff, Play};
use super::watched::{Gate, Watched};
use super::writes::WriteLog;
use crate::engine::Engine;
use crate::incoming::Incoming;

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
    pub(crate) log: WriteLog,
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
                Ok((stream, _)) => {
                    let connection = connection(stream, shared.clone(), orders.clone());
                    let open = still_open.clone();
                    tokio::spawn(async move {
                        connection.await;
                        drop(open);
                    });
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
}

async fn connection(stream: TcpStream, shared: Shared, mut orders: watch::Receiver<Order>) {
    // Without it small frames wait for each other; a socket that refuses is already gone.
    drop(stream.set_nodelay(true));
    let gate = Arc::new(Gate::default());
    let socket = Watched::new(stream, Arc::clone(&gate), shared.log.clone());
    let service = service_fn(move |request| {
        let (shared, gate) = (shared.clone(), Arc::clone(&gate));
        async move { respond(request, &shared, gate).await }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
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

async fn respond(
    request: Request<HyperBody>,
    shared: &Shared,
    gate: Arc<Gate>,
) -> Result<Response<Play>, BrokenOff> {
    let incoming = read(request).await;
    let answered = shared.engine.answer(&incoming);
    let mut script = answered.script;
    let noted = shared.log.is_wanted();
    let engine = Arc::clone(&shared.engine);
    let mut play = Play::new(engine, answered.call, script.steps, gate, noted);
    if script
        .headers
        .iter()
        .any(|(name, _)| name == "content-length")
    {
        play.leave_length_to_headers();
    }
    play.lead_in().await;
    if play.breaks_at_once() {
        return Err(BrokenOff);
    }
    play.head(&mut script.headers);
    let mut response = Response::new(play);
    *response.status_mut() =
        StatusCode::from_u16(script.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in script.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

async fn read(request: Request<HyperBody>) -> Incoming {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let body = read_body(body, Engine::body_limit(&path) + 1).await;
    Incoming {
        method: parts.method.as_str().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers.iter().map(header).collect(),
        path,
        body,
    }
}

/// At most `kept` bytes of the body. A client that goes away in the middle leaves a short one,
/// and no one to answer.
async fn read_body(mut body: HyperBody, kept: usize) -> Bytes {
    let mut bytes = BytesMut::new();
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        let room = (kept - bytes.len()).min(piece.len());
        bytes.extend_from_slice(&piece[..room]);
        dropped += piece.len() - room;
        if dropped > DRAINED {
            break;
        }
    }
    bytes.freeze()
}
