//! Connections against peers that hang up at bad moments, each a thread that follows a script.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream as Socket};
use std::sync::mpsc;
use std::thread::JoinHandle;

use hyper::header::{HOST, HeaderValue};
use hyper::{HeaderMap, Method, Uri};

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A peer on loopback and a client of it.
struct Scene {
    owned: Owned,
    connections: Arc<Connections>,
    peer: JoinHandle<()>,
}

fn scene(script: impl FnOnce(TcpListener) + Send + 'static) -> Scene {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(Connections::default());
    let host = ("127.0.0.1".to_owned(), port);
    let owned = Owned::new(host, Vec::new(), Clock::start(), Arc::clone(&connections));
    let peer = std::thread::spawn(move || script(listener));
    Scene {
        owned,
        connections,
        peer,
    }
}

fn request(body: &'static [u8]) -> Written {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("127.0.0.1"));
    let ready = Ready {
        method: Method::POST,
        target: Uri::from_static("/v1/x"),
        headers,
    };
    Written {
        ready: Arc::new(ready),
        body: body.into(),
    }
}

/// Reads a request without a body, to its last byte.
fn read_request(socket: &mut Socket) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(socket.read(&mut byte).unwrap(), 1, "a whole request comes");
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

fn accept(listener: &TcpListener) -> Socket {
    listener.accept().unwrap().0
}

impl Scene {
    /// Sends and reads to the end; the body, and the request's marks.
    async fn call(&self) -> Result<(Vec<u8>, Marks), Failure> {
        let marks = Marks::new(self.owned.clock);
        let (mut answer, head) = self.owned.send(&request(b""), &marks).await?;
        assert_eq!(head.status, 200);
        let mut body = Vec::new();
        while let Some(bytes) = answer.chunk().await?.bytes {
            body.extend_from_slice(&bytes);
        }
        Ok((body, marks))
    }
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    let scene = scene(|listener| {
        let mut socket = accept(&listener);
        for _ in 0..3 {
            let read = read_request(&mut socket);
            assert!(read.starts_with("POST /v1/x HTTP/1.1\r\n"), "{read}");
            socket.write_all(ANSWER).unwrap();
        }
    });
    for number in 0..3 {
        let (body, marks) = scene.call().await.unwrap();
        assert_eq!(body, b"ok");
        assert_eq!(marks.connected().is_some(), number == 0);
        assert!(marks.sent() > marks.connected());
    }
    assert_eq!(scene.connections.counts().opened, 1);
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn an_idle_connection_that_the_target_has_closed_is_noticed_and_not_used() {
    let (read, is_read) = mpsc::channel();
    let (told, closed) = mpsc::channel();
    let mut scene = scene(move |listener| {
        let mut first = accept(&listener);
        read_request(&mut first);
        first.write_all(ANSWER).unwrap();
        is_read.recv().unwrap();
        // Bytes that nobody asked for come before the end: no answer to what follows.
        let hangs_up = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n";
        first.write_all(hangs_up).unwrap();
        drop(first);
        told.send(()).unwrap();
        let mut second = accept(&listener);
        read_request(&mut second);
        second.write_all(ANSWER).unwrap();
    });
    scene.owned.fresh = Duration::ZERO;
    scene.call().await.unwrap();
    read.send(()).unwrap();
    // The event loop does not run meanwhile and so cannot have heard of it.
    closed.recv().unwrap();
    let (_, marks) = scene.call().await.unwrap();
    assert!(marks.connected().is_some());
    let counts = scene.connections.counts();
    assert_eq!((counts.opened, counts.hung_up, counts.moved), (2, 1, 0));
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn a_request_of_which_bytes_are_out_is_never_sent_again() {
    let (told, closed) = mpsc::channel();
    let mut scene = scene(move |listener| {
        let mut socket = accept(&listener);
        read_request(&mut socket);
        socket.write_all(ANSWER).unwrap();
        told.send(()).unwrap();
        read_request(&mut socket);
        socket.shutdown(Shutdown::Both).unwrap();
        drop(socket);
        listener.set_nonblocking(true).unwrap();
        let again = listener.accept();
        assert!(again.is_err(), "nobody comes again");
    });
    scene.owned.fresh = Duration::MAX;
    scene.call().await.unwrap();
    closed.recv().unwrap();
    let failure = scene.call().await.unwrap_err();
    let Failure::Broken(why) = &failure else {
        panic!("{failure}");
    };
    assert!(
        why.contains("used before, 1 times; not sent again"),
        "{why}"
    );
    let counts = scene.connections.counts();
    assert_eq!((counts.opened, counts.moved), (1, 0));
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn a_request_of_which_no_byte_is_out_moves_to_a_fresh_connection_and_is_counted() {
    let (read, is_read) = mpsc::channel();
    let (told, closed) = mpsc::channel();
    let mut scene = scene(move |listener| {
        let mut socket = accept(&listener);
        read_request(&mut socket);
        socket.write_all(ANSWER).unwrap();
        is_read.recv().unwrap();
        // Without a linger the connection is reset, and the next write to it refused.
        rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
        drop(socket);
        told.send(()).unwrap();
        let mut socket = accept(&listener);
        read_request(&mut socket);
        socket.write_all(ANSWER).unwrap();
    });
    scene.owned.fresh = Duration::MAX;
    scene.call().await.unwrap();
    read.send(()).unwrap();
    closed.recv().unwrap();
    let (body, marks) = scene.call().await.unwrap();
    assert_eq!(body, b"ok");
    assert!(marks.connected().is_some() && marks.sent() > marks.connected());
    let counts = scene.connections.counts();
    assert_eq!((counts.opened, counts.moved), (2, 1));
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn a_request_is_sent_when_the_kernel_has_its_last_byte() {
    const LONG: usize = 32 << 20;
    static BODY: [u8; LONG] = [b'x'; LONG];
    let (go, gone) = mpsc::channel();
    let scene = scene(move |listener| {
        let mut socket = accept(&listener);
        gone.recv().unwrap();
        let mut left = LONG;
        let mut buffer = vec![0; 1 << 20];
        let head = socket.read(&mut buffer).unwrap();
        let head_end = buffer[..head].windows(4).position(|at| at == b"\r\n\r\n");
        left -= head - head_end.unwrap() - 4;
        while left > 0 {
            left -= socket.read(&mut buffer).unwrap();
        }
        socket.write_all(ANSWER).unwrap();
    });
    let marks = Marks::new(scene.owned.clock);
    let written = request(&BODY);
    let mut sending = pin!(scene.owned.send(&written, &marks));
    // As long as the peer reads nothing the kernel does not take it all.
    let early = tokio::time::timeout(Duration::from_millis(50), sending.as_mut()).await;
    assert!(early.is_err());
    assert_eq!(marks.sent(), None);
    let before = scene.owned.clock.now();
    go.send(()).unwrap();
    let (answer, _) = sending.await.unwrap();
    assert!(
        marks
            .sent()
            .is_some_and(|sent| sent > before && sent <= answer.at)
    );
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn pieces_of_one_read_have_its_time_and_not_that_of_their_turn() {
    let (told, written) = mpsc::channel();
    let scene = scene(move |listener| {
        let mut socket = accept(&listener);
        read_request(&mut socket);
        let mut answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..50 {
            answer.extend_from_slice(b"5\r\nhello\r\n");
        }
        answer.extend_from_slice(b"0\r\n\r\n");
        socket.write_all(&answer).unwrap();
        told.send(()).unwrap();
    });
    let marks = Marks::new(scene.owned.clock);
    let (mut answer, _) = scene.owned.send(&request(b""), &marks).await.unwrap();
    written.recv().unwrap();
    let mut times = Vec::new();
    while let Piece { bytes: Some(_), at } = answer.chunk().await.unwrap() {
        times.push(at);
    }
    assert_eq!(times.len(), 50);
    assert!(times.iter().all(|at| *at == answer.at), "{times:?}");
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn an_answer_that_is_left_closes_its_connection() {
    let scene = scene(|listener| {
        let mut socket = accept(&listener);
        read_request(&mut socket);
        socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
            .unwrap();
        let mut byte = [0];
        assert_eq!(socket.read(&mut byte).unwrap_or(0), 0, "the client is gone");
    });
    let marks = Marks::new(scene.owned.clock);
    let (mut answer, _) = scene.owned.send(&request(b""), &marks).await.unwrap();
    assert!(answer.chunk().await.unwrap().bytes.is_some());
    drop(answer);
    assert!(scene.owned.idle.borrow().is_empty());
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_from_one_that_ends() {
    let scene = scene(|listener| {
        for answer in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"[..],
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            b"HTTP/1.1 200 OK\r\n\r\nto the end",
        ] {
            let mut socket = accept(&listener);
            read_request(&mut socket);
            socket.write_all(answer).unwrap();
        }
    });
    for _ in 0..2 {
        let failure = scene.call().await.unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)), "{failure}");
    }
    let (body, _) = scene.call().await.unwrap();
    assert_eq!(body, b"to the end");
    assert_eq!(scene.connections.counts().opened, 3);
    scene.peer.join().unwrap();
}

#[tokio::test]
async fn connections_come_from_the_given_addresses_in_turns() {
    let (told, came) = mpsc::channel();
    let mut scene = scene(move |listener| {
        for _ in 0..4 {
            let (mut socket, from) = listener.accept().unwrap();
            read_request(&mut socket);
            let last = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
            socket.write_all(last).unwrap();
            told.send(from.ip().to_string()).unwrap();
        }
    });
    scene.owned.sources = vec![[127, 0, 0, 2].into(), [127, 0, 0, 3].into()];
    for _ in 0..4 {
        scene.call().await.unwrap();
    }
    let from: Vec<_> = came.iter().take(4).collect();
    assert_eq!(from, ["127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.3"]);
    scene.peer.join().unwrap();
}
