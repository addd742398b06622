//! A failure has a failure's status.

use super::moment::{Body, object, type_of};
use super::sample::{GREETING_WHOLE, whole};
use crate::json::Value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-110",
    name: "error-in-success",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors: failures before the stream have a status of 400 \
             and above; the gateway promises to rewrite an upstream's 200 that holds an error",
    explanation: "A body with `\"type\": \"error\"` comes with a status of 400 or above. With \
                  status 200 clients take it for a message without content, do not try again, and \
                  the call is billed.",
    violations: &[
        whole(r#"{"type":"error","error":{"type":"api_error","message":"upstream"}}"#),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5},"#,
            r#""error":{"type":"api_error","message":"upstream"}"#
        )),
    ],
    conforming: &[GREETING_WHOLE],
    faults: &["error-in-200"],
    check: Check::AnthropicMessages(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

/// Beside whatever else, an error is one.
fn has_error(body: &Value) -> bool {
    body.get("error").is_some_and(|error| !error.is_null())
}

fn check(whole: &Body<'_>) -> Verdict {
    match object(whole) {
        None => Verdict::Silent,
        Some(body) => Verdict::when(type_of(body) != "error" && !has_error(body), || {
            format!(
                "expected a message with status `{}`, found an error",
                whole.head.status
            )
        }),
    }
}
