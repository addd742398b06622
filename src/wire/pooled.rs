//! TLS and HTTP/2: reqwest and its pool.
//!
//! The pool sends a request once more only when hyper hands it back because not a byte of it was
//! written (`retry::never` keeps it from any other repetition); that cannot be seen from outside.
//! It may open a connection for a request that then takes another one: those are counted, since
//! they are counted where they are made.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::HeaderMap;
use reqwest::{Method, Url};
use tower::{Layer, Service};

use super::clock::Clock;
use super::connections::Connections;
use super::failure::{is_ours, told};
use super::marks::{Marks, PooledMarks};
use super::piece::Piece;
use crate::outcome::Failure;
use crate::scenario::HttpVersion;

tokio::task_local! {
    /// The marks of the request that a connection is being made for.
    static CONNECTING: Arc<PooledMarks>;
}

/// One worker's clients: one for each address that it may come from.
pub(super) struct Pooled {
    clients: Vec<reqwest::Client>,
    next: AtomicUsize,
    clock: Clock,
}

/// An answer that is still coming.
pub(super) struct Answer {
    inner: reqwest::Response,
    clock: Clock,
}

impl Pooled {
    pub(super) fn new(
        is_plain: bool,
        http: HttpVersion,
        sources: &[IpAddr],
        clock: Clock,
        connections: &Arc<Connections>,
    ) -> Result<Self, String> {
        // Installing twice is harmless: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let build = |source: Option<IpAddr>| {
            let mut builder = reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .tcp_nodelay(true)
                .local_address(source)
                .pool_max_idle_per_host(usize::MAX)
                .user_agent(super::http::USER_AGENT)
                .connector_layer(TimedConnect(Arc::clone(connections), clock));
            builder = match http {
                HttpVersion::Agreed => builder,
                HttpVersion::One => builder.http1_only(),
                HttpVersion::Two => builder.http2_prior_knowledge(),
            };
            if is_plain {
                // A machine without root certificates can still drive a target without TLS.
                builder = builder.tls_certs_only(std::iter::empty());
            }
            builder.build().map_err(|error| told(&error))
        };
        let clients = if sources.is_empty() {
            vec![build(None)?]
        } else {
            let each = sources.iter().map(|source| build(Some(*source)));
            each.collect::<Result<_, _>>()?
        };
        Ok(Self {
            clients,
            next: AtomicUsize::new(0),
            clock,
        })
    }

    pub(super) async fn send(
        &self,
        (method, address): (Method, Url),
        headers: HeaderMap,
        body: Bytes,
        marks: &Marks,
    ) -> Result<(Answer, u16, HeaderMap), Failure> {
        let marks = marks.pooled();
        let mut request = reqwest::Request::new(method, address);
        *request.headers_mut() = headers;
        if body.is_empty() {
            marks.mark_sent();
        } else {
            let bytes = Some(body);
            let marks = Arc::clone(marks);
            *request.body_mut() = Some(reqwest::Body::wrap(MarkedBody { bytes, marks }));
        }
        let turn = self.next.fetch_add(1, Relaxed) % self.clients.len();
        let sending = CONNECTING.scope(Arc::clone(marks), self.clients[turn].execute(request));
        let mut inner = sending.await.map_err(|error| failure(&error))?;
        let status = inner.status().as_u16();
        let headers = std::mem::take(inner.headers_mut());
        let clock = self.clock;
        Ok((Answer { inner, clock }, status, headers))
    }
}

impl Answer {
    /// The next piece of the body. Its time is when it was handed over, a moment after it was read:
    /// the pool reads in tasks of its own.
    pub(super) async fn chunk(&mut self) -> Result<Piece, Failure> {
        let chunk = self.inner.chunk().await;
        let at = self.clock.now();
        let bytes = chunk.map_err(|error| Failure::Broken(told(&error)))?;
        Ok(Piece { bytes, at })
    }
}

fn failure(error: &reqwest::Error) -> Failure {
    if is_ours(error) {
        Failure::Exhausted(told(error))
    } else if error.is_connect() {
        Failure::Connect(told(error))
    } else if error.is_builder() {
        Failure::Refused(told(error))
    } else {
        Failure::Broken(told(error))
    }
}

/// A body in one piece that notes when the connection took it.
struct MarkedBody {
    bytes: Option<Bytes>,
    marks: Arc<PooledMarks>,
}

impl Body for MarkedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let taken = self.bytes.take();
        if taken.is_some() {
            self.marks.mark_sent();
        }
        Poll::Ready(taken.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Counts connections, and notes on the request in hand when its own stands.
#[derive(Debug, Clone)]
struct TimedConnect(Arc<Connections>, Clock);

#[derive(Debug, Clone)]
struct TimedConnector<S>(S, Arc<Connections>, Clock);

impl<S> Layer<S> for TimedConnect {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector(inner, Arc::clone(&self.0), self.1)
    }
}

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let begun = self.2.now();
        let connecting = self.0.call(request);
        let marks = CONNECTING.try_with(Arc::clone).ok();
        let (connections, clock) = (Arc::clone(&self.1), self.2);
        Box::pin(async move {
            let connected = connecting.await;
            if connected.is_err() {
                connections.failed();
                return connected;
            }
            let now = marks.map_or_else(|| clock.now(), |marks| marks.mark_connected());
            connections.opened(now.since(begun).unwrap_or_default());
            connected
        })
    }
}

#[cfg(test)]
mod tests;
