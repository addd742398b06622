//! HTTP: one request out, one answer in, with the time of every step. No meaning.
//!
//! A client a worker thread. Nothing is sent that was not asked for: no redirects, no retries, no
//! proxies, no compression, no cookies. The key enters here, into the one header or query member it
//! belongs to, and leaves in no message.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::{HeaderName, HeaderValue};
use tower::{Layer, Service};

use crate::exchange::Nanos;
use crate::outcome::Failure;
use crate::protocol::{Auth, Credential, Draft, Head};
use crate::scenario::Secret;

/// A key of the right form that no gateway has issued.
pub(crate) const WRONG_KEY: &str = "sk-byts-wrong-key-0000000000000000000000";

/// The run's one clock: monotonic times from an epoch, and what the wall clock said then.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Instant,
    wall: SystemTime,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self {
            epoch: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Nanos {
        self.at(Instant::now())
    }

    pub fn at(&self, instant: Instant) -> Nanos {
        let since = instant.saturating_duration_since(self.epoch);
        Nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    pub fn instant(&self, at: Nanos) -> Instant {
        self.epoch + Duration::from_nanos(at.0)
    }

    /// What the wall clock said at the epoch.
    pub fn wall(&self) -> SystemTime {
        self.wall
    }
}

/// Times taken inside the client, from whichever task it runs on. Zero: not yet.
#[derive(Debug)]
pub struct Marks {
    clock: Clock,
    connected: AtomicU64,
    sent: AtomicU64,
}

impl Marks {
    fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            connected: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        })
    }

    fn mark(&self, cell: &AtomicU64) {
        cell.store(self.clock.now().0.max(1), Ordering::Relaxed);
    }

    fn read(cell: &AtomicU64) -> Option<Nanos> {
        Some(cell.load(Ordering::Relaxed))
            .filter(|nanos| *nanos > 0)
            .map(Nanos)
    }

    pub fn connected(&self) -> Option<Nanos> {
        Self::read(&self.connected)
    }

    /// A request without a body is marked when it is handed over, which can be before its
    /// connection stands; it cannot have left before that.
    pub fn sent(&self) -> Option<Nanos> {
        let sent = Self::read(&self.sent)?;
        Some(
            self.connected()
                .map_or(sent, |connected| sent.max(connected)),
        )
    }
}

tokio::task_local! {
    /// The marks of the request that a connection is being made for.
    static CONNECTING: Arc<Marks>;
}

/// Why a client could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("cannot set up HTTP: {0}")]
    Build(String),
    #[error("cannot start a worker thread: {0} (fewer --workers, or a higher `ulimit -n`, help)")]
    Worker(std::io::Error),
}

/// Sends requests to one target.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    base: String,
    key: Option<Secret>,
    clock: Clock,
}

/// An answer whose head has come.
pub struct Response {
    pub head: Head,
    inner: reqwest::Response,
}

impl Client {
    /// `base`: scheme, host and port, without a path.
    pub fn new(base: &str, key: Option<Secret>, clock: Clock) -> Result<Self, ClientError> {
        // Installing twice is harmless: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::MAX)
            .user_agent(concat!("spikeproof/", env!("CARGO_PKG_VERSION")))
            .connector_layer(TimedConnect);
        if base.starts_with("http://") {
            // A machine without root certificates can still drive the replica.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        let inner = builder
            .build()
            .map_err(|error| ClientError::Build(told(&error)))?;
        Ok(Self {
            inner,
            base: base.trim_end_matches('/').to_owned(),
            key,
            clock,
        })
    }

    pub fn clock(&self) -> Clock {
        self.clock
    }

    pub fn marks(&self) -> Arc<Marks> {
        Marks::new(self.clock)
    }

    /// Sends a request and waits for the answer's head.
    pub async fn send(&self, draft: &Draft, marks: &Arc<Marks>) -> Result<Response, Failure> {
        let request = self.request(draft, marks)?;
        let sending = CONNECTING.scope(Arc::clone(marks), self.inner.execute(request));
        let inner = sending.await.map_err(|error| failure(&error))?;
        let headers = inner.headers().iter();
        let headers = headers.map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        let head = Head {
            status: inner.status().as_u16(),
            headers: headers.collect(),
        };
        Ok(Response { head, inner })
    }

    fn request(&self, draft: &Draft, marks: &Arc<Marks>) -> Result<reqwest::Request, Failure> {
        let mut address = self.address(&draft.path)?;
        let method = reqwest::Method::from_bytes(draft.method.as_bytes())
            .map_err(|_| Failure::Refused(format!("`{}` is no method", draft.method)))?;
        let credential = self.credential(draft.auth);
        if let Some((Auth::Query, key)) = &credential {
            address.query_pairs_mut().append_pair("key", key.expose());
        }
        let mut request = reqwest::Request::new(method, address);
        for (name, value) in &draft.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| Failure::Refused(format!("header `{name}` cannot be sent")))?;
            request
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
        if let Some((auth, key)) = credential {
            put_key(&mut request, auth, &key)?;
        }
        if draft.body.is_empty() {
            marks.mark(&marks.sent);
        } else {
            let body = MarkedBody {
                bytes: Some(draft.body.clone()),
                marks: Arc::clone(marks),
            };
            *request.body_mut() = Some(reqwest::Body::wrap(body));
        }
        Ok(request)
    }

    /// The target's own addresses only: an answer may name any host, and a credential or a load
    /// must not follow it there.
    fn address(&self, path: &str) -> Result<reqwest::Url, Failure> {
        let relative = path.starts_with('/');
        let text = if relative {
            format!("{}{path}", self.base)
        } else {
            path.to_owned()
        };
        let refused = |why: &str| Failure::Refused(format!("`{path}` {why}"));
        let address = reqwest::Url::parse(&text).map_err(|_| refused("is no address"))?;
        let own = reqwest::Url::parse(&self.base).map_err(|_| refused("has no base"))?;
        if address.origin() != own.origin() {
            return Err(refused("is on another host than the target"));
        }
        Ok(address)
    }

    fn credential(&self, credential: Credential) -> Option<(Auth, Secret)> {
        match credential {
            Credential::Key(auth) => self.key.clone().map(|key| (auth, key)),
            Credential::Wrong(auth) => Some((auth, Secret::new(WRONG_KEY))),
            Credential::Absent => None,
        }
    }
}

impl Response {
    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.inner
            .chunk()
            .await
            .map_err(|error| Failure::Broken(told(&error)))
    }
}

fn put_key(request: &mut reqwest::Request, auth: Auth, key: &Secret) -> Result<(), Failure> {
    let (name, text) = match auth {
        Auth::Bearer => ("authorization", format!("Bearer {}", key.expose())),
        Auth::XApiKey => ("x-api-key", key.expose().to_owned()),
        Auth::XGoogApiKey => ("x-goog-api-key", key.expose().to_owned()),
        Auth::Query => return Ok(()),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| Failure::Refused("the key has characters that no header can hold".into()))?;
    value.set_sensitive(true);
    request
        .headers_mut()
        .insert(HeaderName::from_static(name), value);
    Ok(())
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

/// Whether this machine has run out of descriptors, ports, buffers or memory: no target can cause
/// that, and none must be blamed for it.
fn is_ours(error: &(dyn std::error::Error + 'static)) -> bool {
    use rustix::io::Errno;
    const OURS: [Errno; 5] = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::ADDRNOTAVAIL,
        Errno::NOBUFS,
        Errno::NOMEM,
    ];
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        let code = cause.and_then(std::io::Error::raw_os_error);
        code.is_some_and(|code| OURS.iter().any(|ours| ours.raw_os_error() == code))
    })
}

/// The innermost cause: the outer ones repeat the address, which may hold a key.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::eq(cause, error) {
        "the HTTP client gave up".to_owned()
    } else {
        cause.to_string()
    }
}

/// A body in one piece that notes when the connection took it.
struct MarkedBody {
    bytes: Option<Bytes>,
    marks: Arc<Marks>,
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
            self.marks.mark(&self.marks.sent);
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

/// Notes on the request in hand when its connection stands.
#[derive(Debug, Clone)]
struct TimedConnect;

#[derive(Debug, Clone)]
struct TimedConnector<S>(S);

impl<S> Layer<S> for TimedConnect {
    type Service = TimedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TimedConnector(inner)
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
        let connecting = self.0.call(request);
        let marks = CONNECTING.try_with(Arc::clone).ok();
        Box::pin(async move {
            let connected = connecting.await;
            if let Some(marks) = marks.filter(|_| connected.is_ok()) {
                marks.mark(&marks.connected);
            }
            connected
        })
    }
}
