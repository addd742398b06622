//! What is asked and answered.

use bytes::Bytes;
use serde_json::json;
use spikeproof_mock::script::{Frame, FrameKind, Step};
use spikeproof_mock::{Config, Delay, Engine, Incoming};
use std::time::Duration;

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// How many each client makes.
    pub(crate) requests: u64,
    pub(crate) connections: usize,
    /// Between two events; `None`: all of them in one write.
    pub(crate) gap: Option<Duration>,
    pub(crate) answer: Answer,
    pub(crate) stream: bool,
}

/// Whole, as it goes over the wire.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) head: Bytes,
    /// The events, each with its chunk's frame; or the one body.
    pub(crate) pieces: Vec<Bytes>,
    /// Events of a stream; 0: it is none.
    pub(crate) events: usize,
}

pub(crate) const PATH: &str = "/v1/chat/completions";

pub(crate) fn workloads() -> Vec<Workload> {
    let whole = answer("POST", PATH, body(false), false);
    let stream = answer("POST", PATH, body(true), true);
    let workload = |name, requests, connections, gap: Option<u64>| Workload {
        name,
        requests,
        connections,
        gap: gap.map(Duration::from_millis),
        answer: stream.clone(),
        stream: true,
    };
    vec![
        Workload {
            answer: whole,
            stream: false,
            ..workload("small JSON", 40_000, 16, None)
        },
        workload("stream in one read", 20_000, 16, None),
        workload("an event a read", 600, 20, Some(2)),
        workload("an event each 20 ms", 400, 200, Some(20)),
    ]
}

/// What `spikeproof` asks before its load.
pub(crate) fn models() -> Bytes {
    let answer = answer("GET", "/v1/models", String::new(), false);
    Bytes::from([&answer.head[..], &answer.pieces[0][..]].concat())
}

/// What every client asks; the answer is ready, so that its words mean nothing to the server.
pub(crate) fn body(stream: bool) -> String {
    let mut body = json!({
        "model": "gpt-5-4",
        "messages": [{"role": "user", "content": "What is a kite?"}],
    });
    if stream {
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": true});
    }
    body.to_string()
}

fn answer(method: &str, path: &str, body: String, stream: bool) -> Answer {
    let engine = Engine::new(Config {
        seed: 7,
        first_token: Delay::Constant(Duration::ZERO),
        token_gap: Delay::Constant(Duration::ZERO),
        output_tokens: Some(if stream { 97 } else { 24 }),
        ..Config::default()
    });
    let incoming = Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: vec![(
            "authorization".to_owned(),
            format!("Bearer {}", engine.key()),
        )],
        body: Bytes::from(body),
    };
    let script = engine.answer(&incoming).script;
    assert_eq!(script.status, 200, "the replica answers it");
    let frames = script.steps.iter().filter_map(|step| match step {
        Step::Frame(frame) => Some(frame),
        Step::Wait(_)
        | Step::Slot
        | Step::Work(_)
        | Step::Head
        | Step::Settle
        | Step::Continue
        | Step::Stall
        | Step::Reset
        | Step::Close => None,
    });
    let frames: Vec<_> = frames.collect();
    written(&script.headers, &frames, stream)
}

/// A head and frames as they lie on the wire.
fn written(headers: &[(String, String)], frames: &[&Frame], stream: bool) -> Answer {
    let mut head = String::from("HTTP/1.1 200 OK\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if stream {
        head += "transfer-encoding: chunked\r\n\r\n";
        let chunk = |bytes: &Bytes| {
            let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
            chunk.extend_from_slice(bytes);
            chunk.extend_from_slice(b"\r\n");
            Bytes::from(chunk)
        };
        let mut pieces: Vec<_> = frames.iter().map(|frame| chunk(&frame.bytes)).collect();
        let mut last = pieces.pop().expect("a stream has an end").to_vec();
        last.extend_from_slice(b"0\r\n\r\n");
        pieces.push(last.into());
        Answer {
            head: head.into(),
            events: pieces.len(),
            pieces,
        }
    } else {
        let body = frames.iter().find(|frame| frame.kind == FrameKind::Body);
        let body = body.expect("an answer has a body").bytes.clone();
        head += &format!("content-length: {}\r\n\r\n", body.len());
        Answer {
            head: head.into(),
            pieces: vec![body],
            events: 0,
        }
    }
}
