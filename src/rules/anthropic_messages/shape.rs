//! The members that every message object has.

use crate::json::Value;

use crate::rules::Verdict;
use crate::rules::quoting::quoted_value;

/// `id`, `type`, `role`, `content`, `model` and `usage`, in `message_start` and in whole bodies.
pub(super) fn message(message: Option<&Value>) -> Verdict {
    let Some(members) = message.and_then(Value::as_object) else {
        return Verdict::fail(format!(
            "expected a message object, found {}",
            quoted_value(message)
        ));
    };
    let text = |key: &str| members.get(key).and_then(Value::as_str).unwrap_or_default();
    let wrong = |key: &str, wanted: &str| {
        Verdict::fail(format!(
            "expected {wanted} as `{key}`, found {}",
            quoted_value(members.get(key))
        ))
    };
    if text("id").is_empty() {
        return wrong("id", "a non-empty string");
    }
    if text("type") != "message" {
        return wrong("type", "`message`");
    }
    if text("role") != "assistant" {
        return wrong("role", "`assistant`");
    }
    if !members.get("content").is_some_and(Value::is_array) {
        return wrong("content", "an array");
    }
    if !members.get("model").is_some_and(Value::is_string) {
        return wrong("model", "a string");
    }
    if !members.get("usage").is_some_and(Value::is_object) {
        return wrong("usage", "an object");
    }
    Verdict::Pass
}
