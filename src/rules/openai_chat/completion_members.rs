//! A completion has all its members.

use crate::json::Value;

use super::moment::{Body, completion};
use super::sample::{GREETING_WHOLE, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-077",
    name: "completion-member-missing",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionResponse: required members",
    explanation: "A completion has `id`, `object` `chat.completion`, `created`, `model` and an \
                  array `choices`. Typed clients have no default for any of them.",
    violations: &[
        whole(r#"{"id":"chatcmpl-1","object":"text_completion","created":1790000000,"model":"m"}"#),
        whole(r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m"}"#),
    ],
    conforming: &[GREETING_WHOLE],
    faults: &[r#"edit * /object = "text_completion""#],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let Some(body) = completion(whole) else {
        return Verdict::Silent;
    };
    let wrong = |key: &str, wanted: &str| {
        let found = quoted_value(body.get(key));
        Verdict::fail(format!(
            "expected {wanted} as `{key}` of the completion, found {found}"
        ))
    };
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("object") != "chat.completion" {
        return wrong("object", "`chat.completion`");
    }
    for key in ["id", "model"] {
        if text(key).is_empty() {
            return wrong(key, "a non-empty string");
        }
    }
    if !body.get("created").is_some_and(Value::is_u64) {
        return wrong("created", "whole seconds");
    }
    if !body.get("choices").is_some_and(Value::is_array) {
        return wrong("choices", "an array");
    }
    Verdict::Pass
}
