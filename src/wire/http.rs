//! HTTP: one request out, one answer in, with the time of every step. No meaning.
//!
//! A client a worker thread. Nothing is sent that was not asked for: no redirects, no retries, no
//! proxies, no compression, no cookies. The key enters here, into the one header or query member it
//! belongs to, and leaves in no message. Plain HTTP/1 goes over connections of our own
//! (`super::owned`), TLS and HTTP/2 over reqwest's (`super::pooled`).

use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use hyper::header::{ACCEPT, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT as AGENT};
use hyper::{Method, Uri};
use reqwest::Url;

use super::owned::{self, Owned, Written};
use super::pooled::{self, Pooled};
use super::ready::{Ready, Shelf};
use crate::exchange::Nanos;
use crate::outcome::Failure;
use crate::protocol::{Auth, Credential, Draft, Head};
use crate::scenario::{HttpVersion, Secret};

pub use super::clock::Clock;
pub use super::connections::{ConnectionCounts, Connections};
pub use super::marks::Marks;
pub use super::piece::Piece;

/// A key of the right form that no gateway has issued.
pub(crate) const WRONG_KEY: &str = "sk-byts-wrong-key-0000000000000000000000";

pub(super) const USER_AGENT: &str = concat!("spikeproof/", env!("CARGO_PKG_VERSION"));

/// Why a client could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("cannot set up HTTP: {0}")]
    Build(String),
    #[error("cannot start a worker thread: {0} (fewer --workers, or a higher `ulimit -n`, help)")]
    Worker(std::io::Error),
}

/// How connections are made.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub http: HttpVersion,
    /// Addresses of this machine that connections come from, in turns. None: the system's choice.
    pub sources: Vec<IpAddr>,
    /// Counts them, for all clients together.
    pub connections: Arc<Connections>,
}

/// Sends requests to one target.
pub struct Client {
    transport: Transport,
    base: String,
    own: Url,
    /// The headers of every request.
    common: HeaderMap,
    key: Option<Key>,
    wrong_key: Key,
    shelf: Shelf,
    clock: Clock,
}

enum Transport {
    Owned(Box<Owned>),
    Pooled(Pooled),
}

/// An answer whose head has come.
pub struct Response<'a> {
    pub head: Head,
    /// When its head was read.
    pub at: Nanos,
    inner: Inner<'a>,
}

enum Inner<'a> {
    Owned(owned::Answer<'a>),
    Pooled(pooled::Answer),
}

impl Client {
    /// `base`: scheme, host and port, without a path.
    pub fn new(
        base: &str,
        key: Option<Secret>,
        clock: Clock,
        network: &Network,
    ) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/').to_owned();
        let unusable = |why: String| ClientError::Build(format!("`{base}`: {why}"));
        let own = Url::parse(&base).map_err(|why| unusable(why.to_string()))?;
        let is_plain = own.scheme() == "http";
        let host = own.host_str().unwrap_or_default();
        let mut common = HeaderMap::with_capacity(8);
        let transport = if is_plain && network.http != HttpVersion::Two {
            let port = own.port_or_known_default().unwrap_or(80);
            let authority = match own.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            };
            let authority = HeaderValue::from_str(&authority);
            common.insert(HOST, authority.map_err(|why| unusable(why.to_string()))?);
            common.insert(AGENT, HeaderValue::from_static(USER_AGENT));
            let host = host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned();
            let connections = Arc::clone(&network.connections);
            let sources = network.sources.clone();
            let owned = Owned::new((host, port), sources, clock, connections);
            Transport::Owned(Box::new(owned))
        } else {
            let (sources, connections) = (&network.sources, &network.connections);
            let pooled = Pooled::new(is_plain, network.http, sources, clock, connections);
            Transport::Pooled(pooled.map_err(ClientError::Build)?)
        };
        common.insert(ACCEPT, HeaderValue::from_static("*/*"));
        Ok(Self {
            transport,
            base,
            own,
            common,
            key: key.map(|key| Key::new(&key)),
            wrong_key: Key::new(&Secret::new(WRONG_KEY)),
            shelf: Shelf::default(),
            clock,
        })
    }

    pub fn clock(&self) -> Clock {
        self.clock
    }

    pub fn marks(&self) -> Marks {
        Marks::new(self.clock)
    }

    /// Sends a request and waits for the answer's head.
    pub async fn send(&self, draft: &Draft, marks: &Marks) -> Result<Response<'_>, Failure> {
        match &self.transport {
            Transport::Owned(owned) => {
                let ready = self.shelf.ready(draft, || self.ready(draft))?;
                let body = draft.body.clone();
                let (answer, head) = owned.send(&Written { ready, body }, marks).await?;
                Ok(Response {
                    head: head_of(head.status.as_u16(), &head.headers),
                    at: answer.at,
                    inner: Inner::Owned(answer),
                })
            }
            Transport::Pooled(pooled) => {
                let (method, headers, query) = self.parts(draft)?;
                let address = self.address(&draft.path, query)?;
                let sending = pooled.send((method, address), headers, draft.body.clone(), marks);
                let (answer, status, headers) = sending.await?;
                Ok(Response {
                    at: self.clock.now(),
                    head: head_of(status, &headers),
                    inner: Inner::Pooled(answer),
                })
            }
        }
    }

    fn ready(&self, draft: &Draft) -> Result<Ready, Failure> {
        let (method, headers, query) = self.parts(draft)?;
        Ok(Ready {
            method,
            target: self.target(&draft.path, query)?,
            headers,
        })
    }

    /// All that goes before a request's body, but for its path: method, headers, and what of the
    /// credential belongs to the query.
    fn parts(&self, draft: &Draft) -> Result<(Method, HeaderMap, Option<&str>), Failure> {
        let method = Method::from_bytes(draft.method.as_bytes())
            .map_err(|_| Failure::Refused(format!("`{}` is no method", draft.method)))?;
        let credential = self.credential(draft.auth);
        let query = match credential {
            Some((Auth::Query, key)) => Some(key.query.as_str()),
            Some(_) | None => None,
        };
        Ok((method, self.headers(draft, credential)?, query))
    }

    fn headers(
        &self,
        draft: &Draft,
        credential: Option<(Auth, &Key)>,
    ) -> Result<HeaderMap, Failure> {
        let mut headers = self.common.clone();
        for (name, value) in &draft.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| Failure::Refused(format!("header `{name}` cannot be sent")))?;
            headers.append(HeaderName::from_static(name), value);
        }
        if let Some((auth, key)) = credential {
            let (name, value) = match auth {
                Auth::Bearer => ("authorization", &key.bearer),
                Auth::XApiKey => ("x-api-key", &key.plain),
                Auth::XGoogApiKey => ("x-goog-api-key", &key.plain),
                Auth::Query => return Ok(headers),
            };
            let value = value.clone().ok_or_else(|| {
                Failure::Refused("the key has characters that no header can hold".to_owned())
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    /// The one place where a request's key is chosen.
    fn credential(&self, credential: Credential) -> Option<(Auth, &Key)> {
        match credential {
            Credential::Key(auth) => self.key.as_ref().map(|key| (auth, key)),
            Credential::Wrong(auth) => Some((auth, &self.wrong_key)),
            Credential::Absent => None,
        }
    }

    /// Path and query as they are written into a request line.
    fn target(&self, path: &str, query: Option<&str>) -> Result<Uri, Failure> {
        let is_plain = path.starts_with('/') && !path.contains("/.") && path.bytes().all(stays);
        let target = if is_plain && query.is_none() {
            Uri::try_from(path)
        } else {
            let address = self.address(path, query)?;
            let query = address.query().map(|query| format!("?{query}"));
            Uri::try_from(format!("{}{}", address.path(), query.unwrap_or_default()))
        };
        target.map_err(|_| Failure::Refused(format!("`{path}` is no address")))
    }

    /// The target's own addresses only: an answer may name any host, and a credential or a load
    /// must not follow it there.
    fn address(&self, path: &str, query: Option<&str>) -> Result<Url, Failure> {
        let relative = path.starts_with('/');
        let text = if relative {
            format!("{}{path}", self.base)
        } else {
            path.to_owned()
        };
        let refused = |why: &str| Failure::Refused(format!("`{path}` {why}"));
        let mut address = Url::parse(&text).map_err(|_| refused("is no address"))?;
        if address.origin() != self.own.origin() {
            return Err(refused("is on another host than the target"));
        }
        if let Some(query) = query {
            let before = address.query().map(|before| format!("{before}&"));
            address.set_query(Some(&format!("{}{query}", before.unwrap_or_default())));
        }
        Ok(address)
    }
}

/// Bytes of a path and query that an address keeps as they are.
fn stays(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-_.~?&=:,;@!$*()+".contains(&byte)
}

fn head_of(status: u16, headers: &HeaderMap) -> Head {
    // What is not UTF-8 is rare, and what is short needs no place of its own.
    let text = |value: &HeaderValue| match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => CompactString::from(text),
        Err(_) => String::from_utf8_lossy(value.as_bytes()).into(),
    };
    let headers = headers.iter();
    Head::new(
        status,
        headers.map(|(name, value)| (CompactString::from(name.as_str()), text(value))),
    )
}

impl Response<'_> {
    /// The next piece of the body.
    pub async fn chunk(&mut self) -> Result<Piece, Failure> {
        match &mut self.inner {
            Inner::Owned(answer) => answer.chunk().await,
            Inner::Pooled(answer) => answer.chunk().await,
        }
    }
}

/// A key in the forms that requests have it in. `None`: no header can hold it.
struct Key {
    bearer: Option<HeaderValue>,
    plain: Option<HeaderValue>,
    /// A member of a query.
    query: String,
}

impl Key {
    fn new(key: &Secret) -> Self {
        let header = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        let query = Url::parse_with_params("http://key/", [("key", key.expose())]);
        let query = query.ok().and_then(|url| url.query().map(str::to_owned));
        Self {
            bearer: header(&format!("Bearer {}", key.expose())),
            plain: header(key.expose()),
            query: query.unwrap_or_default(),
        }
    }
}
