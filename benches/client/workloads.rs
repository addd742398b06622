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
    /// Given in turns: their ids, texts and counts differ, as those of a real service do.
    pub(crate) answers: Vec<Answer>,
    pub(crate) stream: bool,
}

impl Workload {
    /// Events of each of its answers.
    pub(crate) fn events(&self) -> usize {
        self.answers[0].events
    }
}

/// Whole, as it goes over the wire.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) head: Bytes,
    /// The events, each with its chunk's frame; or the one body.
    pub(crate) pieces: Vec<Bytes>,
    frames: Vec<Bytes>,
    /// Events of a stream; 0: it is none.
    pub(crate) events: usize,
}

impl Answer {
    /// As a proxy passes it on that gathers what comes close together.
    fn in_one_chunk(&self) -> Self {
        let body: Vec<u8> = self.frames.concat();
        let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
        chunk.extend_from_slice(&body);
        chunk.extend_from_slice(b"\r\n0\r\n\r\n");
        Self {
            pieces: vec![chunk.into()],
            ..self.clone()
        }
    }
}

pub(crate) const PATH: &str = "/v1/chat/completions";

/// Different answers to the same request.
const ANSWERS: u64 = 61;

pub(crate) fn workloads() -> Vec<Workload> {
    let answers = |stream| -> Vec<_> {
        let answer = |seed| answer(seed, "POST", PATH, body(stream), stream);
        (1..=ANSWERS).map(answer).collect()
    };
    let (wholes, streams) = (answers(false), answers(true));
    let workload = |name, requests, connections, gap: Option<u64>| Workload {
        name,
        requests,
        connections,
        gap: gap.map(Duration::from_millis),
        answers: streams.clone(),
        stream: true,
    };
    vec![
        Workload {
            answers: wholes,
            stream: false,
            ..workload("small JSON", 40_000, 16, None)
        },
        Workload {
            answers: streams.iter().map(Answer::in_one_chunk).collect(),
            ..workload("stream in one read", 10_000, 16, None)
        },
        workload("a chunk an event", 10_000, 16, None),
        workload("an event a read", 600, 20, Some(2)),
        workload("an event each 20 ms", 400, 200, Some(20)),
    ]
}

/// Streams with an event each `gap`.
pub(crate) fn paced(gap: Duration) -> Workload {
    let mut all = workloads().into_iter();
    let paced = all.find(|workload| workload.gap.is_some());
    let paced = paced.expect("some workload is paced");
    Workload {
        gap: Some(gap),
        ..paced
    }
}

/// What `spikeproof` asks before its load.
pub(crate) fn models() -> Bytes {
    let answer = answer(1, "GET", "/v1/models", String::new(), false);
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

fn answer(seed: u64, method: &str, path: &str, body: String, stream: bool) -> Answer {
    let engine = Engine::new(Config {
        seed,
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
            frames: frames.iter().map(|frame| frame.bytes.clone()).collect(),
        }
    } else {
        let body = frames.iter().find(|frame| frame.kind == FrameKind::Body);
        let body = body.expect("an answer has a body").bytes.clone();
        head += &format!("content-length: {}\r\n\r\n", body.len());
        Answer {
            head: head.into(),
            pieces: vec![body],
            frames: Vec::new(),
            events: 0,
        }
    }
}
