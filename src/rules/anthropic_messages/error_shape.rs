//! A failure is told in this protocol's envelope.

use crate::json::Value;

use super::moment::{Body, type_of};
use super::sample::refused;
use crate::endpoint::Endpoint;
use crate::protocol::BodyEnd;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-111",
    name: "anthropic-error-shape",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors, Error shapes; the gateway's documents show the \
             same envelope for this route",
    explanation: "The body of a failure is a JSON object with `\"type\": \"error\"` and an object \
                  `error` with the strings `type` and `message`. The vendor's clients read these \
                  to make their exception; in another envelope the reason is lost.",
    violations: &[
        refused(400, r#"{"error":{"code":"invalid_param","message":"x"}}"#),
        refused(404, "not found"),
    ],
    conforming: &[refused(
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"x"}}"#,
    )],
    faults: &["wrong-error-envelope"],
    check: Check::AnthropicMessages(Hooks {
        refusal: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    if whole.asked.endpoint != Endpoint::Messages || whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let Ok(body) = whole.body else {
        // These come from proxies in front, in words of their own.
        if matches!(whole.head.status, 413 | 502..=504) {
            return Verdict::Silent;
        }
        return Verdict::fail("expected an error envelope, found a body that is not JSON");
    };
    let error = body.get("error");
    let is_text = |key: &str| error.and_then(|e| e.get(key)).is_some_and(Value::is_string);
    let holds = type_of(body) == "error" && is_text("type") && is_text("message");
    Verdict::when(holds, || {
        format!(
            "expected type `error` with `error.type` and `error.message`, found {}",
            quoted_value(Some(body))
        )
    })
}
