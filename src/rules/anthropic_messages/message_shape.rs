//! A whole message has all its members.

use crate::json::Value;

use super::moment::{Body, object, type_of};
use super::sample::{GREETING_WHOLE, whole};
use super::shape::message;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-121",
    name: "message-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: required members of a message",
    explanation: "A message has `id`, `type` `message`, `role` `assistant`, `content`, `model`, \
                  `stop_reason`, `stop_sequence` and `usage` with `input_tokens` and \
                  `output_tokens`. Typed clients have no default for any of them.",
    violations: &[
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","#,
            r#""usage":{"input_tokens":9,"output_tokens":5}"#
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{}"#
        )),
    ],
    conforming: &[GREETING_WHOLE],
    faults: &["edit message /stop_sequence removed"],
    check: Check::AnthropicMessages(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let Some(body) = object(whole).filter(|body| type_of(body) != "error") else {
        return Verdict::Silent;
    };
    let shape = message(Some(body));
    if shape != Verdict::Pass {
        return shape;
    }
    for key in ["stop_reason", "stop_sequence"] {
        if body.get(key).is_none() {
            return Verdict::fail(format!(
                "expected member `{key}` in the message, found none"
            ));
        }
    }
    let sequence = body.get("stop_sequence");
    if !sequence.is_some_and(|told| told.is_null() || told.is_string()) {
        return Verdict::fail(format!(
            "expected a string or null as `stop_sequence`, found {}",
            quoted_value(sequence)
        ));
    }
    for key in ["input_tokens", "output_tokens"] {
        let count = body.get("usage").and_then(|usage| usage.get(key));
        if count.is_none_or(Value::is_null) {
            return Verdict::fail(format!("expected `usage.{key}` in the message, found none"));
        }
    }
    Verdict::Pass
}
