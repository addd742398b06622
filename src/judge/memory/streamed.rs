//! A stream as the replica writes it. The benchmark of checking reads it as well, so that this file
//! knows the replica alone.

use serde_json::Value;
use spikeproof_mock::script::Step;
use spikeproof_mock::{Config, Engine, Incoming};

/// An answer of status 200.
pub(crate) struct Streamed {
    pub(crate) headers: Vec<(String, String)>,
    /// The body, event by event.
    pub(crate) frames: Vec<Vec<u8>>,
}

/// Asks a new replica for it. `target`: path and query.
pub(crate) fn streamed(config: Config, target: &str, body: &Value) -> Streamed {
    let engine = Engine::new(config);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let incoming = Incoming {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: (!query.is_empty()).then(|| query.to_owned()),
        headers: vec![
            ("x-api-key".to_owned(), engine.key().to_owned()),
            ("x-goog-api-key".to_owned(), engine.key().to_owned()),
            ("anthropic-version".to_owned(), "2023-06-01".to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ],
        body: body.to_string().into(),
    };
    let script = engine.answer(&incoming).script;
    assert_eq!(script.status, 200, "{target} {body}");
    let frames = script.steps.iter().filter_map(|step| match step {
        Step::Frame(frame) => Some(frame.bytes.to_vec()),
        Step::Wait(_) | Step::Head | Step::Settle => None,
        Step::Work(_) | Step::Slot | Step::Close => None,
        Step::Continue | Step::Stall | Step::Reset => None,
    });
    Streamed {
        frames: frames.collect(),
        headers: script.headers,
    }
}
