//! TLS and HTTP/2 against a small server of hyper's, with a certificate made for the test.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::program::{Ended, Place, ended};

const MODELS: &str = r#"{"object":"list","data":[]}"#;
const ANSWER: &str = r#"{"object":"list","data":[],"has_more":false}"#;

/// What clients did.
#[derive(Debug, Default, Clone)]
struct Seen {
    /// Where connections came from, those included that never asked anything.
    peers: Vec<IpAddr>,
    versions: Vec<Version>,
}

struct Server {
    base: String,
    /// Its certificate, as a client is told to trust it.
    pem: String,
    seen: Arc<Mutex<Seen>>,
    /// Stops it.
    _runtime: tokio::runtime::Runtime,
}

/// What of a server differs from test to test.
struct Made {
    name: &'static str,
    /// Year of its end.
    until: i32,
    protocols: &'static [&'static str],
    /// The load's requests are answered when so many are open at the same time.
    together: usize,
}

const USUAL: Made = Made {
    name: "127.0.0.1",
    until: 4096,
    protocols: &["h2", "http/1.1"],
    together: 1,
};

impl Server {
    fn new(made: &Made) -> Self {
        let key = KeyPair::generate().expect("there is randomness");
        let mut params = CertificateParams::new([made.name.to_owned()]).expect("a good name");
        // Two of them are two authorities.
        let common = rcgen::DnType::CommonName;
        params.distinguished_name.push(common, made.name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(made.until, 1, 1);
        let certificate = params.self_signed(&key).expect("it can be signed");
        let pem = certificate.pem();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the versions are known")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], PrivateKeyDer::Pkcs8(key))
            .expect("key and certificate fit");
        let protocols = made.protocols.iter();
        config.alpn_protocols = protocols.map(|name| name.as_bytes().to_vec()).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread can be had");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(listener).expect("a port is free");
        let port = listener.local_addr().expect("it has one").port();
        let seen = Arc::default();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let barrier = Arc::new(Barrier::new(made.together));
        runtime.spawn(serve(listener, acceptor, Arc::clone(&seen), barrier));
        Self {
            base: format!("https://127.0.0.1:{port}"),
            pem,
            seen,
            _runtime: runtime,
        }
    }

    fn seen(&self) -> Seen {
        self.seen.lock().expect("nobody panicked").clone()
    }

    /// A run against it that trusts what is in `trusted`.
    fn run(&self, place: &Place, scenario: &str, trusted: &str, further: &[&str]) -> Ended {
        let mut command = place.run(scenario, &["--target", &self.base]);
        command.args(["--workers", "1", "--quiet"]).args(further);
        command.env("BYTESPIKE_API_KEY", "sk-none");
        command.env("SSL_CERT_FILE", place.file("trusted.pem", trusted));
        ended(command)
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    seen: Arc<Mutex<Seen>>,
    barrier: Arc<Barrier>,
) {
    while let Ok((socket, peer)) = listener.accept().await {
        seen.lock().expect("nobody panicked").peers.push(peer.ip());
        let parts = (acceptor.clone(), Arc::clone(&seen), Arc::clone(&barrier));
        tokio::spawn(connection(socket, peer, parts));
    }
}

async fn connection(
    socket: TcpStream,
    _: SocketAddr,
    (acceptor, seen, barrier): (TlsAcceptor, Arc<Mutex<Seen>>, Arc<Barrier>),
) {
    // A client that does not trust it hangs up here.
    let Ok(stream) = acceptor.accept(socket).await else {
        return;
    };
    let is_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let answer = service_fn(move |request: Request<Incoming>| {
        answer(request, Arc::clone(&seen), Arc::clone(&barrier))
    });
    let stream = TokioIo::new(stream);
    // The client may break off; what it saw of that is its own to tell.
    if is_two {
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder.max_concurrent_streams(1_000);
        let _ = builder.serve_connection(stream, answer).await;
    } else {
        let builder = hyper::server::conn::http1::Builder::new();
        let _ = builder.serve_connection(stream, answer).await;
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Mutex<Seen>>,
    barrier: Arc<Barrier>,
) -> Result<Response<String>, Infallible> {
    let version = request.version();
    seen.lock().expect("nobody panicked").versions.push(version);
    let is_preflight = request.uri().path().ends_with("/models");
    let _ = request.into_body().collect().await;
    let body = if is_preflight {
        MODELS
    } else {
        barrier.wait().await;
        ANSWER
    };
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(body.to_owned()).expect("a good head"))
}

fn scenario(vus: usize, iterations: usize, lines: &str) -> String {
    format!(
        "name: tls\n{lines}\nrequests: {{ groups: {{ call: groups.list, timeout: 60s }} }}\n\
         phases:\n  - {{ name: p, executor: per-vu-iterations, vus: {vus},\n      \
         iterations: {iterations} }}\n\
         billing: {{ audit: off }}\nconformance: {{ profile: native }}\n"
    )
}

/// Each answer came, whatever the rules say of it.
fn all_came(place: &Place, ended: &Ended, requests: usize) {
    assert!(
        matches!(ended.code, Some(0 | 1)),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    let report = place.results().report();
    let groups = &report["requests"]["groups"];
    assert_eq!(groups["statuses"]["200"], requests, "{groups}");
    assert_eq!(report["connections"]["failed"], 0);
}

#[test]
fn two_hundred_calls_at_once_share_connections_over_tls() {
    for (lines, most) in [("http: http2", 3), ("", 201)] {
        shared(lines, most);
    }
}

/// `most`: connections. Where the version is agreed on, each of the first calls makes one before
/// any of them knows that the others could have taken it.
fn shared(lines: &str, most: usize) {
    let server = Server::new(&Made {
        together: 200,
        ..USUAL
    });
    let place = Place::new();
    let ended = server.run(&place, &scenario(200, 2, lines), &server.pem, &[]);
    all_came(&place, &ended, 400);
    let seen = server.seen();
    assert!(
        seen.versions
            .iter()
            .all(|version| *version == Version::HTTP_2)
    );
    assert_eq!(seen.versions.len(), 401);
    let opened = place.results().report()["connections"]["opened"].as_u64();
    assert_eq!(opened, Some(seen.peers.len() as u64), "{:?}", seen.peers);
    assert!(seen.peers.len() <= most, "{:?}", seen.peers);
}

#[test]
fn a_target_without_http_2_is_spoken_to_in_its_own_version() {
    let only_one = Made {
        protocols: &["http/1.1"],
        ..USUAL
    };
    for (made, lines) in [(&only_one, ""), (&USUAL, "http: http1")] {
        let server = Server::new(&Made {
            together: 8,
            ..*made
        });
        let place = Place::new();
        let ended = server.run(&place, &scenario(8, 2, lines), &server.pem, &[]);
        all_came(&place, &ended, 16);
        let seen = server.seen();
        assert!(
            seen.versions
                .iter()
                .all(|version| *version == Version::HTTP_11)
        );
        // Eight are open at the same time, and each takes the one that it had.
        let opened = place.results().report()["connections"]["opened"].as_u64();
        assert_eq!(opened, Some(seen.peers.len() as u64));
        assert!((8..=10).contains(&seen.peers.len()), "{:?}", seen.peers);
    }
}

#[test]
fn connections_over_tls_come_from_the_addresses_of_the_scenario() {
    let server = Server::new(&USUAL);
    let place = Place::new();
    let lines = "source_addresses: [127.0.0.2, 127.0.0.3]";
    let ended = server.run(&place, &scenario(2, 3, lines), &server.pem, &["--http2"]);
    all_came(&place, &ended, 6);
    let mut peers = server.seen().peers;
    peers.sort();
    peers.dedup();
    assert_eq!(
        peers,
        [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)]
    );
}

#[test]
fn a_certificate_that_cannot_be_trusted_is_told_before_any_load() {
    let other = Server::new(&Made {
        name: "other.example",
        ..USUAL
    })
    .pem;
    let own = |made: &Made| {
        let server = Server::new(made);
        let pem = server.pem.clone();
        (server, pem)
    };
    let expired = own(&Made {
        until: 2001,
        ..USUAL
    });
    let foreign = own(&Made {
        name: "gateway.example",
        ..USUAL
    });
    let unknown = (Server::new(&USUAL), other);
    for ((server, trusted), why) in [
        (unknown, "UnknownIssuer"),
        (expired, "xpired"),
        (foreign, "not valid for name"),
    ] {
        let place = Place::new();
        let Ended { code, stderr, .. } = server.run(&place, &scenario(1, 1, ""), &trusted, &[]);
        assert_eq!(code, Some(3), "{stderr}");
        assert!(
            stderr.contains("cannot connect: invalid peer certificate"),
            "{stderr}"
        );
        assert!(stderr.contains(why), "{stderr}");
        assert!(stderr.contains("SSL_CERT_FILE"), "{stderr}");
        assert_eq!(server.seen().versions, [], "nothing was asked");
        assert!(!place.results().has("requests.csv"), "nothing was measured");
    }
}

#[test]
fn http_2_is_refused_where_it_cannot_be() {
    let place = Place::new();
    let scenario = scenario(1, 1, "");
    let refused = ended(place.run(&scenario, &["--http2"]));
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let why = "the bundled replica speaks HTTP/1.1 only";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    let replica = crate::program::ReplicaProcess::new(&[]);
    let mut command = place.run(&scenario, &["--target", &replica.base, "--http2"]);
    command.env("BYTESPIKE_API_KEY", &replica.key);
    let failed = ended(command);
    assert_eq!(failed.code, Some(3), "{}", failed.stderr);
    let help = "HTTP/2 was spoken from the first byte";
    assert!(failed.stderr.contains(help), "{}", failed.stderr);
}
