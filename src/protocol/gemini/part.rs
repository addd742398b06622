//! What one part of a candidate's content carries.

use crate::json::Value;

/// The kinds of generated payload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Payload<'a> {
    Thought(&'a str),
    Text(&'a str),
    Call(&'a Value),
    /// Base64 of a picture or sound.
    Media(&'a str),
    /// Code, its result, a tool of the service: shown, but neither text nor a call to answer.
    Other,
}

/// The payload of a part. `None`: empty, or only a signature.
pub fn payload_of(part: &Value) -> Option<Payload<'_>> {
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        if text.is_empty() {
            return None;
        }
        let is_thought = part.get("thought") == Some(&Value::Bool(true));
        return Some(if is_thought {
            Payload::Thought(text)
        } else {
            Payload::Text(text)
        });
    }
    if let Some(call) = part.get("functionCall") {
        return Some(Payload::Call(call));
    }
    if let Some(data) = part
        .get("inlineData")
        .and_then(|data| data.get("data"))
        .and_then(Value::as_str)
    {
        return (!data.is_empty()).then_some(Payload::Media(data));
    }
    let others = ["executableCode", "codeExecutionResult", "fileData"];
    let has_other = others.iter().any(|key| part.get(key).is_some());
    has_other.then_some(Payload::Other)
}
