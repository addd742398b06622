//! A client of the engine that needs no socket and no time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use spikeproof_mock::script::Step;
use spikeproof_mock::{Config, Engine, Fault, FaultSetting, Incoming};

/// 2026-05-25T14:00:00Z.
pub(crate) const START: u64 = 1_779_717_600;

pub(crate) struct Client {
    pub(crate) engine: Arc<Engine>,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
}

impl Client {
    pub(crate) fn new(config: Config) -> Self {
        let engine = Engine::new(config);
        engine.set_clock(Duration::from_secs(START));
        Self { engine }
    }

    pub(crate) fn healthy() -> Self {
        Self::new(Config::default())
    }

    pub(crate) fn with_fault(fault: Fault) -> Self {
        let faults = vec![FaultSetting {
            fault,
            probability: 1.0,
        }];
        Self::new(Config {
            faults,
            ..Config::default()
        })
    }

    /// Plays the script to its end without waiting.
    pub(crate) fn send(&self, incoming: &Incoming) -> Answer {
        let answered = self.engine.answer(incoming);
        let mut headers = answered.script.headers;
        let mut body = Vec::new();
        let mut head = false;
        for step in answered.script.steps {
            if !head && !step.is_lead_in() {
                self.engine.head(&answered.call, &mut headers);
                head = true;
            }
            match step {
                Step::Settle => self.engine.settle(&answered.call),
                Step::Frame(frame) => body.extend_from_slice(&frame.bytes),
                Step::Wait(_) | Step::Slot | Step::Work(_) | Step::Head | Step::Continue => {}
                Step::Stall | Step::Reset | Step::Close => break,
            }
        }
        self.engine.finish(&answered.call);
        Answer {
            status: answered.script.status,
            headers,
            body: body.into(),
        }
    }

    pub(crate) fn request(&self, method: &str, target: &str, body: impl Into<Bytes>) -> Incoming {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            headers: vec![(
                "authorization".to_owned(),
                format!("Bearer {}", self.engine.key()),
            )],
            body: body.into(),
        }
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send(&self.request("GET", target, ""))
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        self.send(&self.request("POST", target, body.to_string()))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.engine.advance(by);
    }
}

pub(crate) const MESSAGES: &str = "/v1/messages";
pub(crate) const CHAT: &str = "/v1/chat/completions";
pub(crate) const RESPONSES: &str = "/v1/responses";
pub(crate) const GEMINI: &str = "/v1beta/models/gemini-3-flash:generateContent";
pub(crate) const GEMINI_STREAM: &str =
    "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse";
pub(crate) const IMAGES: &str = "/v1/images/generations";
pub(crate) const SUBMIT: &str = "/v1/tasks/submit";

pub(crate) fn message(stream: bool) -> Value {
    json!({
        "model": "claude-sonnet-4-6",
        "max_tokens": 64,
        "stream": stream,
        "messages": [{"role": "user", "content": "What is a kite?"}],
    })
}

pub(crate) fn chat(stream: bool) -> Value {
    json!({
        "model": "gpt-5-4",
        "stream": stream,
        "messages": [{"role": "user", "content": "What is a kite?"}],
    })
}

pub(crate) fn response(stream: bool) -> Value {
    json!({"model": "gpt-5-4-mini", "input": "What is a kite?", "stream": stream})
}

pub(crate) fn contents() -> Value {
    json!({"contents": [{"role": "user", "parts": [{"text": "What is a kite?"}]}]})
}

pub(crate) fn image() -> Value {
    json!({"model": "seedream-v4", "prompt": "a kite"})
}

pub(crate) fn clip() -> Value {
    json!({"model": "sora-2", "params": {"prompt": "a kite", "duration_seconds": 5}})
}

/// Every text call, streamed and not, with the path that takes it.
pub(crate) fn text_calls() -> Vec<(&'static str, Value)> {
    vec![
        (MESSAGES, message(false)),
        (MESSAGES, message(true)),
        (CHAT, chat(false)),
        (CHAT, chat(true)),
        (RESPONSES, response(false)),
        (RESPONSES, response(true)),
        (GEMINI, contents()),
        (GEMINI_STREAM, contents()),
        (
            "/v1beta/models/gemini-3-flash:streamGenerateContent",
            contents(),
        ),
        ("/v1/models/gemini-3-flash:generateContent", contents()),
        ("/v1/messages?beta=true", message(true)),
    ]
}
