//! Gemini: chunks and whole bodies have the same form. The first candidate.

use super::{Pending, Pieces, list, word};
use crate::json::Value;

pub(super) fn chunk(event: &Value, pieces: &mut Pieces) {
    if let Some(reason) = word(event, "/promptFeedback/blockReason") {
        pieces.stop = Some(reason.to_owned());
    }
    for candidate in list(event, "/candidates") {
        let index = candidate.get("index").and_then(Value::as_u64);
        if index.unwrap_or(0) != 0 {
            continue;
        }
        for part in list(candidate, "/content/parts") {
            take(part, pieces);
        }
        let stop = word(candidate, "/finishReason").map(str::to_owned);
        pieces.stop = stop.or(pieces.stop.take());
    }
    // Each chunk counts anew, and leaves out what is 0.
    if let Some(usage) = event.get("usageMetadata") {
        pieces.usages = vec![usage.clone()];
    }
}

fn take(part: &Value, pieces: &mut Pieces) {
    let is_thought = part.get("thought").and_then(Value::as_bool) == Some(true);
    if let Some(text) = word(part, "/text").filter(|_| !is_thought) {
        pieces.text += text;
    }
    if let Some(call) = part.get("functionCall") {
        pieces.calls.push(Pending {
            name: word(call, "/name").unwrap_or_default().to_owned(),
            whole: Some(call.get("args").cloned().unwrap_or_else(none)),
            ..Pending::default()
        });
    }
}

/// A call without arguments.
fn none() -> Value {
    Value::from(serde_json::json!({}))
}
