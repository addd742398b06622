use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use spikeproof_mock::script::FrameKind;
use spikeproof_mock::{
    Config, Delay, Engine, Fault, FaultSetting, Replica, StartError, WrittenKind, mocks,
};
use wiremock::MockServer;

use crate::client::*;

pub(crate) fn fast() -> Config {
    let none = Delay::Constant(Duration::ZERO);
    Config {
        first_token: none,
        token_gap: none,
        image_time: none,
        ..Config::default()
    }
}

pub(crate) fn start(config: Config) -> Replica {
    Replica::builder()
        .config(config)
        .start()
        .expect("a free port on loopback")
}

/// Another package's features may leave the client without a TLS provider of its own; no test here
/// speaks TLS, but the client is not made without one.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only(std::iter::empty())
        .build()
        .expect("a client without certificates")
}

async fn send(base: &str, key: &str, target: &str, body: Option<&Value>) -> reqwest::Response {
    let client = client();
    let url = format!("{base}{target}");
    let request = match body {
        Some(body) => client.post(url).body(body.to_string()),
        None => client.get(url),
    };
    request
        .header("authorization", format!("Bearer {key}"))
        .send()
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_task_stream_is_followed_to_its_end_on_both_fronts() {
    let wait = |millis| Delay::Constant(Duration::from_millis(millis));
    let config = Config {
        task_queue: wait(20),
        task_run: wait(40),
        ..fast()
    };
    let replica = start(config.clone());
    let engine = Engine::new(config);
    let server = MockServer::start().await;
    for mock in mocks(&engine) {
        server.register(mock).await;
    }
    for base in [replica.base_url(), server.uri()] {
        let key = replica.key();
        let task: Value = serde_json::from_slice(
            &send(&base, key, SUBMIT, Some(&clip()))
                .await
                .bytes()
                .await
                .expect("a body"),
        )
        .expect("JSON");
        let target = format!(
            "/v1/tasks/stream/{}",
            task["task_id"].as_str().expect("an id")
        );
        let text = send(&base, key, &target, None)
            .await
            .text()
            .await
            .expect("a whole stream");
        assert_eq!(text.matches("event: task.updated\n").count(), 3, "{text}");
        assert!(text.contains(r#""status":"completed""#), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_streams_at_once_all_end_and_the_ledger_adds_up() {
    let replica = start(Config {
        output_tokens: Some(12),
        ..Config::default()
    });
    let client = client();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..200 {
        let url = format!("{}{CHAT}", replica.base_url());
        let key = format!("Bearer {}", replica.key());
        let mut body = chat(true);
        body["user"] = number.to_string().into();
        let request = client
            .post(url)
            .header("authorization", key)
            .body(body.to_string());
        running.spawn(async move {
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            let text = answer.text().await.expect("a whole stream");
            assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("each stream ends well");
    }
    let engine = std::sync::Arc::clone(replica.engine());
    replica.stop();
    let ledger = engine.ledger();
    assert_eq!(
        (ledger.call_count, ledger.held, ledger.in_flight),
        (200, 0, 0)
    );
    assert_eq!(
        ledger.rows.iter().map(|row| row.charge).sum::<i64>(),
        ledger.spent
    );
    assert_eq!(ledger.available, ledger.credited - ledger.spent);
}

/// Sends a call over a bare socket, which stays open.
pub(crate) fn open(address: SocketAddr, key: &str, target: &str, body: &Value) -> TcpStream {
    let body = body.to_string();
    let mut socket = TcpStream::connect(address).expect("the replica listens");
    let head = format!(
        "POST {target} HTTP/1.1\r\nhost: replica\r\nauthorization: Bearer {key}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    socket
        .write_all((head + &body).as_bytes())
        .expect("the replica reads");
    socket
}

pub(crate) fn read_until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(wanted) {
        let length = socket.read(&mut buffer).expect("the connection holds");
        assert!(length > 0, "ended before `{wanted}`: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    text
}

/// Looks until the engine knows that no call is under way.
pub(crate) fn wait_for_rest(engine: &Engine) {
    while engine.ledger().in_flight > 0 {
        std::thread::yield_now();
    }
}

#[test]
fn a_client_that_leaves_in_mid_stream_is_noticed_and_pays_its_part() {
    let gap = Delay::Constant(Duration::from_millis(20));
    let replica = start(Config {
        token_gap: gap,
        output_tokens: Some(400),
        ..fast()
    });
    let mut body = message(true);
    body["max_tokens"] = 400.into();
    let mut socket = open(replica.address(), replica.key(), MESSAGES, &body);
    read_until(&mut socket, "content_block_delta");
    drop(socket);
    wait_for_rest(replica.engine());
    let ledger = replica.engine().ledger();
    assert_eq!((ledger.call_count, ledger.held), (1, 0));
    assert!(
        (1..400).contains(&ledger.rows[0].output_tokens),
        "{:?}",
        ledger.rows
    );
}

#[test]
fn a_stall_lasts_until_the_client_goes() {
    let fault = Fault::parse("stall").expect("it exists");
    let faults = vec![FaultSetting {
        fault,
        probability: 1.0,
    }];
    let replica = start(Config { faults, ..fast() });
    let mut socket = open(replica.address(), replica.key(), MESSAGES, &message(true));
    read_until(&mut socket, "content_block_delta");
    assert_eq!(replica.engine().ledger().in_flight, 1);
    drop(socket);
    wait_for_rest(replica.engine());
}

#[test]
fn a_reset_breaks_the_connection_and_is_free() {
    let fault = Fault::parse("reset").expect("it exists");
    let faults = vec![FaultSetting {
        fault,
        probability: 1.0,
    }];
    let replica = start(Config { faults, ..fast() });
    for stream in [true, false] {
        let mut socket = open(replica.address(), replica.key(), CHAT, &chat(stream));
        let mut answer = Vec::new();
        let end = socket.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(end.is_err() || !text.contains("[DONE]"), "{end:?} {text}");
        assert!(!text.ends_with("0\r\n\r\n"), "{text}");
    }
    wait_for_rest(replica.engine());
    assert_eq!(replica.engine().ledger().spent, 0);
}

#[test]
fn every_frame_is_a_write_of_its_own_and_the_head_comes_with_the_first() {
    let replica = start(Config {
        log_writes: true,
        ..fast()
    });
    let mut socket = open(replica.address(), replica.key(), CHAT, &chat(true));
    let text = read_until(&mut socket, "data: [DONE]");
    wait_for_rest(replica.engine());
    let events = text.matches("data: ").count();
    let key = replica.engine().key().to_owned();
    drop(socket);
    let writes = replica.writes();
    assert_eq!(writes.len(), events + 1, "{key}");
    assert_eq!(writes[0].kind, WrittenKind::Head);
    assert_eq!(writes[events].kind, WrittenKind::Frame(FrameKind::Terminal));
    assert!(writes.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert!(text.contains(&format!("x-request-id: {}", writes[0].request_id)));
    let distinct: std::collections::HashSet<_> = writes.iter().map(|write| write.at).collect();
    assert_eq!(
        distinct.len(),
        events,
        "the head shares the write of the first frame"
    );
}

#[test]
fn a_connection_serves_one_call_after_another() {
    let replica = start(fast());
    let mut socket = open(replica.address(), replica.key(), CHAT, &chat(true));
    read_until(&mut socket, "0\r\n\r\n");
    let body = chat(false).to_string();
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: replica\r\nx-api-key: {}\r\ncontent-length: {}\r\n\r\n",
        replica.key(),
        body.len()
    );
    socket
        .write_all((head + &body).as_bytes())
        .expect("the replica reads");
    let text = read_until(&mut socket, "total_tokens");
    assert!(
        text.contains("content-length:") && !text.contains("chunked"),
        "{text}"
    );
}

#[test]
fn a_body_over_the_limit_is_refused_in_words() {
    let replica = start(fast());
    let mut body = clip();
    body["padding"] = "x".repeat(3 << 20).into();
    let mut socket = open(replica.address(), replica.key(), SUBMIT, &body);
    let text = read_until(&mut socket, "request_too_large");
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
}

#[test]
fn stopping_lets_an_answer_end_and_nothing_listens_after_it() {
    let gap = Delay::Constant(Duration::from_millis(3));
    let replica = start(Config {
        token_gap: gap,
        output_tokens: Some(60),
        ..fast()
    });
    let mut socket = open(replica.address(), replica.key(), CHAT, &chat(true));
    read_until(&mut socket, "data: ");
    let address = replica.address();
    let reader = std::thread::spawn(move || read_until(&mut socket, "data: [DONE]"));
    replica.stop();
    assert!(reader.join().is_ok());
    assert!(TcpStream::connect(address).is_err());
    let replica = start(Config::default());
    let address = replica.address();
    drop(replica);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn only_loopback_is_listened_on() {
    let outside = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = Replica::builder().listen(outside).start();
    assert!(matches!(refused, Err(StartError::NotLoopback(address)) if address == outside));
}

#[tokio::test]
async fn a_replica_starts_and_stops_inside_another_runtime() {
    let replica = start(fast());
    let answer = send(&replica.base_url(), replica.key(), "/v1/models", None).await;
    assert_eq!(answer.status(), 200);
    replica.stop();
}
