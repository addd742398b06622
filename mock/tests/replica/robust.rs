//! What a client may do to a listener without harming it, byte by byte over bare sockets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use spikeproof_mock::{Config, Delay, Replica, StartError};

use crate::client::*;
use crate::fronts::{fast, open, read_until, start, wait_for_rest};

fn connect(replica: &Replica) -> TcpStream {
    let socket = TcpStream::connect(replica.address()).expect("the replica listens");
    // A test that waits for ever tells nothing.
    let most = Some(Duration::from_secs(60));
    socket.set_read_timeout(most).expect("a timeout is no news");
    socket
}

fn send(socket: &mut TcpStream, text: &str) {
    socket
        .write_all(text.as_bytes())
        .expect("the replica reads");
}

/// Everything until the replica closes.
fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match socket.read_to_end(&mut bytes) {
        Ok(_) => {}
        // Closed with bytes of ours unread: what was sent before has come all the same.
        Err(why) => assert_eq!(why.kind(), std::io::ErrorKind::ConnectionReset, "{why}"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ask(replica: &Replica, text: &str) -> String {
    let mut socket = connect(replica);
    send(&mut socket, text);
    rest(&mut socket)
}

fn models(replica: &Replica, more: &str) -> String {
    let key = replica.key();
    format!("GET /v1/models HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\n{more}\r\n")
}

fn post(replica: &Replica, version: &str, more: &str, body: &str) -> String {
    let (key, length) = (replica.key(), body.len());
    format!(
        "POST {CHAT} {version}\r\nhost: a\r\nx-api-key: {key}\r\ncontent-length: {length}\r\n\
         {more}\r\n{body}"
    )
}

fn is_alive(replica: &Replica) {
    let answer = ask(replica, &models(replica, "connection: close\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn pipelined_requests_are_answered_one_after_the_other() {
    let replica = start(fast());
    let one = post(&replica, "HTTP/1.1", "", &chat(true).to_string());
    let two = models(&replica, "");
    let three = models(&replica, "connection: close\r\n");
    let answer = ask(&replica, &format!("{one}{two}{three}"));
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    let done = answer.find("data: [DONE]").expect("the stream is whole");
    let list = answer.find("claude-sonnet").expect("the list is there");
    assert!(done < list, "{answer}");
    assert_eq!(replica.counts().requests, 3);
}

#[test]
fn an_old_client_gets_a_stream_that_ends_with_its_connection() {
    let replica = start(fast());
    let request = post(&replica, "HTTP/1.0", "", &chat(true).to_string());
    let answer = ask(&replica, &request);
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(!answer.contains("chunked"), "{answer}");
    assert!(answer.ends_with("data: [DONE]\n\n"), "{answer}");
}

#[test]
fn a_client_that_asks_whether_to_go_on_is_told_so() {
    let replica = start(fast());
    let body = chat(false).to_string();
    let head = post(&replica, "HTTP/1.1", "expect: 100-continue\r\n", &body);
    let head = head.trim_end_matches(&body);
    let mut socket = connect(&replica);
    send(&mut socket, head);
    read_until(&mut socket, "HTTP/1.1 100 Continue\r\n\r\n");
    send(&mut socket, &body);
    let answer = read_until(&mut socket, "total_tokens");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_body_may_come_in_chunks_however_small() {
    let replica = start(fast());
    let key = replica.key();
    let mut request = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: a\r\nx-api-key: {key}\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    for byte in chat(false).to_string().chars() {
        request.push_str(&format!("1\r\n{byte}\r\n"));
    }
    let answer = ask(&replica, &format!("{request}0\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn what_is_no_http_is_refused_and_others_are_served() {
    let replica = start(fast());
    let long = format!("x-long: {}\r\n", "x".repeat(1 << 20));
    let many: String = (0..200)
        .map(|number| format!("x-{number}: 1\r\n"))
        .collect();
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n".to_owned(), "400"),
        (models(&replica, "content-length: x\r\n"), "400"),
        (models(&replica, &long), "431"),
        (models(&replica, &many), "431"),
    ] {
        let start: String = request.chars().take(60).collect();
        let answer = ask(&replica, &request);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{start:?}: {answer}"
        );
    }
    is_alive(&replica);
}

#[test]
fn methods_that_nobody_documents_are_refused_and_the_connection_stays_in_step() {
    let replica = start(fast());
    let key = replica.key();
    let mut socket = connect(&replica);
    for method in ["HEAD", "OPTIONS", "BREW"] {
        let line = format!("{method} /v1/models HTTP/1.1\r\n");
        send(
            &mut socket,
            &format!("{line}host: a\r\nx-api-key: {key}\r\n\r\n"),
        );
        let end = if method == "HEAD" { "\r\n\r\n" } else { "}}" };
        let answer = read_until(&mut socket, end);
        assert!(answer.starts_with("HTTP/1.1 405"), "{method}: {answer}");
    }
    send(&mut socket, &models(&replica, "connection: close\r\n"));
    assert!(rest(&mut socket).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_client_that_never_ends_its_head_or_body_is_let_go() {
    let short = Duration::from_millis(50);
    let builder = Replica::builder().config(fast());
    let replica = builder.head_timeout(short).body_timeout(short).start();
    let replica = replica.expect("a free port");
    let head = ask(&replica, "GET /v1/models HTTP/1.1\r\nhost: a\r\n");
    assert!(
        head.is_empty() || head.starts_with("HTTP/1.1 408"),
        "{head}"
    );
    let body = chat(false).to_string();
    let half = post(&replica, "HTTP/1.1", "", &body);
    let answer = ask(&replica, half.trim_end_matches('}'));
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(replica.counts().slow_bodies, 1);
    assert_eq!(replica.engine().ledger().call_count, 0);
    // One that says nothing at all is no better.
    assert_eq!(ask(&replica, ""), "");
    is_alive(&replica);
}

fn slow(tokens: u64) -> Config {
    Config {
        token_gap: Delay::Constant(Duration::from_millis(5)),
        output_tokens: Some(tokens),
        ..fast()
    }
}

#[test]
fn a_client_that_closes_its_half_has_left() {
    let replica = start(slow(10_000));
    let mut socket = open(replica.address(), replica.key(), CHAT, &chat(true));
    read_until(&mut socket, "data: ");
    socket.shutdown(Shutdown::Write).expect("it is open");
    let answer = rest(&mut socket);
    assert!(!answer.contains("[DONE]"), "{answer}");
    wait_for_rest(replica.engine());
    assert_eq!(replica.engine().ledger().held, 0);
    is_alive(&replica);
}

#[test]
fn clients_that_do_not_read_keep_nobody_else_waiting() {
    let config = Config {
        output_tokens: Some(20_000),
        ..fast()
    };
    // One thread, so that it would show if one of them held it.
    let replica = Replica::builder().config(config).threads(1).start();
    let replica = replica.expect("a free port");
    let deaf: Vec<_> = (0..8)
        .map(|_| open(replica.address(), replica.key(), CHAT, &chat(true)))
        .collect();
    while replica.engine().ledger().in_flight < 8 {
        std::thread::yield_now();
    }
    is_alive(&replica);
    assert_eq!(
        replica.engine().ledger().in_flight,
        8,
        "none can have ended"
    );
    drop(deaf);
    wait_for_rest(replica.engine());
}

#[test]
fn a_thousand_connections_at_once_are_all_served() {
    let replica = start(fast());
    let mut sockets: Vec<_> = (0..1_000).map(|_| connect(&replica)).collect();
    for socket in &mut sockets {
        send(socket, &models(&replica, ""));
    }
    for socket in &mut sockets {
        let answer = read_until(socket, "claude-sonnet");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let counts = replica.counts();
    assert_eq!((counts.open, counts.failed_accepts), (1_000, 0));
    drop(sockets);
    while replica.counts().open > 0 {
        std::thread::yield_now();
    }
    assert_eq!(replica.counts().connections, 1_000);
}

#[test]
fn dropping_a_replica_breaks_off_what_is_under_way_and_releases_its_holds() {
    let replica = start(slow(10_000));
    let mut sockets: Vec<_> = (0..20)
        .map(|_| open(replica.address(), replica.key(), CHAT, &chat(true)))
        .collect();
    for socket in &mut sockets {
        read_until(socket, "data: ");
    }
    let engine = std::sync::Arc::clone(replica.engine());
    drop(replica);
    for socket in &mut sockets {
        assert!(!rest(socket).contains("[DONE]"));
    }
    let ledger = engine.ledger();
    assert_eq!((ledger.in_flight, ledger.held), (0, 0));
}

#[test]
fn a_replica_says_which_address_it_cannot_have() {
    let first = start(fast());
    let second = Replica::builder().listen(first.address()).start();
    let Err(StartError::Listen { address, source }) = second else {
        panic!("two replicas on one port: {second:?}");
    };
    assert_eq!(address, first.address());
    assert_eq!(source.kind(), std::io::ErrorKind::AddrInUse);
}
