//! What single members of events and bodies say: usage, errors, pictures.

use crate::json::Value;

use crate::protocol::{Meaning, Usage};

/// Payload outside the texts that are followed: pictures, sound, patches, shell commands.
pub(super) fn other_payload(kind: &str, value: &Value) -> Meaning {
    let member = match kind {
        "response.image_generation_call.partial_image" => "partial_image_b64",
        _ if kind.ends_with(".delta") => "delta",
        _ => return Meaning::default(),
    };
    let is_payload = value.get(member).is_some_and(|payload| {
        let members = payload.as_object();
        payload.says() == Some(true) || members.is_some_and(|members| !members.is_empty())
    });
    Meaning {
        token: is_payload,
        visible: is_payload,
        terminal: false,
    }
}

pub(super) fn is_image(item: &Value) -> bool {
    word(item, "type") == Some("image_generation_call")
        && word(item, "result").is_some_and(|result| !result.is_empty())
}

pub(super) fn read_usage(usage: &Value) -> Option<Usage> {
    let cached = usage.pointer("/input_tokens_details/cached_tokens");
    Some(Usage {
        input: number(usage, "input_tokens")?,
        output: number(usage, "output_tokens")?,
        cached: cached.and_then(Value::as_u64).unwrap_or(0),
    })
}

pub(super) fn read_error(error: &Value) -> (String, String) {
    // The flat form's own `type` is `error`, which says nothing.
    let kind = word(error, "type").filter(|kind| *kind != "error");
    let kind = word(error, "code").or(kind).unwrap_or("error");
    let message = word(error, "message").unwrap_or_default();
    (kind.to_owned(), message.to_owned())
}

// So that the tag of a name is made by the compiler.
#[inline(always)]
pub(super) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

#[inline(always)]
pub(super) fn word<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}
