//! HTTP/2 against a small server of hyper's.

use std::convert::Infallible;
use std::sync::atomic::AtomicU64;

use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::endpoint::Endpoint;
use crate::protocol::{Asked, Credential, Delivery, Draft};
use crate::wire::http::{Client, Network};

fn draft() -> Draft {
    Draft {
        method: "POST",
        path: "/v1/x".to_owned(),
        headers: Vec::new(),
        body: Bytes::from_static(b"{}"),
        auth: Credential::Absent,
        asked: Asked::of(Endpoint::Messages, Delivery::Unary).into(),
    }
}

/// Serves HTTP/2 alone and counts connections.
async fn serve(listener: TcpListener, accepted: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        accepted.fetch_add(1, Relaxed);
        let answer = service_fn(|request: Request<hyper::body::Incoming>| async move {
            assert_eq!(request.version(), Version::HTTP_2);
            Ok::<_, Infallible>(Response::new("over two".to_owned()))
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        connections.spawn(server.serve_connection(TokioIo::new(socket), answer));
    }
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_connection_over_http_2() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicU64::new(0));
    let server = tokio::spawn(serve(listener, Arc::clone(&accepted)));
    let network = Network {
        http: HttpVersion::Two,
        ..Network::default()
    };
    let client = Client::new(&base, None, Clock::start(), &network).unwrap();
    let draft = draft();
    let one = async || {
        let marks = client.marks();
        let mut response = client.send(&draft, &marks).await.unwrap();
        assert_eq!(response.head.status, 200);
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.unwrap().bytes {
            body.extend_from_slice(&bytes);
        }
        assert_eq!(body, b"over two");
        assert!(marks.sent().is_some());
        marks.connected()
    };
    assert!(one().await.is_some(), "the first one makes the connection");
    let mut others: Vec<_> = (0..50).map(|_| Box::pin(one())).collect();
    let all = std::future::poll_fn(|context| {
        others.retain_mut(|other| match other.as_mut().poll(context) {
            Poll::Ready(connected) => {
                assert_eq!(connected, None);
                false
            }
            Poll::Pending => true,
        });
        if others.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    all.await;
    assert_eq!(accepted.load(Relaxed), 1);
    assert_eq!(network.connections.counts().opened, 1);
    server.abort();
}
