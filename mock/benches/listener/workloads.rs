//! What is asked of the servers. Requests are made before the clock starts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use spikeproof_mock::script::Script;
use spikeproof_mock::{Config, Delay, Engine, Incoming};

pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) config: Config,
    pub(crate) connections: usize,
    target: &'static str,
    body: Value,
    /// Each request has another text of the same length, so that no two answers are alike.
    different: bool,
}

/// So many different requests are enough that none is remembered when it comes again.
const DIFFERENT: usize = 8_192;

pub(crate) fn workloads() -> Vec<Workload> {
    let chat = json!({
        "model": "gpt-5-4", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": TEXT}],
    });
    let message = json!({
        "model": "claude-sonnet-4-6", "max_tokens": 64,
        "messages": [{"role": "user", "content": TEXT}],
    });
    let image = json!({
        "model": "gpt-image-2", "prompt": TEXT, "response_format": "b64_json", "size": "1024x1024",
    });
    let workload = |name, target, body: &Value, output: u64| Workload {
        name,
        config: config(Duration::ZERO, output),
        connections: 16,
        target,
        body: body.clone(),
        different: false,
    };
    let different = |workload| Workload {
        different: true,
        ..workload
    };
    const CHAT: &str = "/v1/chat/completions";
    vec![
        workload("text, repeated", "/v1/messages", &message, 48),
        different(workload("text, different", "/v1/messages", &message, 48)),
        workload("stream of 100, repeated", CHAT, &chat, 96),
        different(workload("stream of 100, different", CHAT, &chat, 96)),
        workload("stream of 1000, repeated", CHAT, &chat, 996),
        different(workload("stream of 1000, different", CHAT, &chat, 996)),
        workload("image, repeated", "/v1/images/generations", &image, 1),
        Workload {
            connections: 200,
            config: config(Duration::from_millis(10), 96),
            ..workload("200 streams, 10 ms gaps", CHAT, &chat, 96)
        },
    ]
}

/// As long as the number that takes its place where requests differ.
const TEXT: &str = "What is a kite, and who flies it, and why, and for how long, on day 00000000?";

fn config(gap: Duration, output: u64) -> Config {
    Config {
        seed: 7,
        first_token: Delay::Constant(gap),
        token_gap: Delay::Constant(gap),
        image_time: Delay::Constant(gap),
        output_tokens: Some(output),
        ..Config::default()
    }
}

impl Workload {
    /// What the replica answers to the first request.
    pub(crate) fn script(&self) -> Script {
        let engine = Engine::new(self.config.clone());
        let incoming = Incoming {
            method: "POST".to_owned(),
            path: self.target.to_owned(),
            query: None,
            headers: vec![(
                "authorization".to_owned(),
                format!("Bearer {}", engine.key()),
            )],
            body: Bytes::from(self.body.to_string()),
        };
        let script = engine.answer(&incoming).script;
        assert_eq!(script.status, 200, "{}", self.name);
        script
    }

    pub(crate) fn requests(&self) -> Arc<[Bytes]> {
        let engine = Engine::new(self.config.clone());
        let count = if self.different { DIFFERENT } else { 1 };
        let request = |number: usize| {
            let body = self.body.to_string();
            let body = body.replace("00000000", &format!("{number:08}"));
            Bytes::from(format!(
                "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                self.target,
                engine.key(),
                body.len()
            ))
        };
        (0..count).map(request).collect()
    }
}
