//! A whole answer is a JSON object and says so.

use super::moment::Body;
use super::sample::{GREETING_WHOLE, whole};
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-120",
    name: "anthropic-body-not-json",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages; recordings: `application/json` throughout",
    explanation: "A whole answer is one JSON object with media type `application/json`. The \
                  vendor's TypeScript client hands its caller a string instead of a message when \
                  the type is another.",
    violations: &[
        whole("Hello"),
        Sample::Answer {
            request: "",
            status: 200,
            headers: &[("content-type", "text/plain")],
            body: saying!("[]", "end_turn"),
        },
    ],
    conforming: &[GREETING_WHOLE],
    faults: &[
        "wrong-content-type",
        "content-type-missing",
        "empty-body",
        "garbage-body",
        "half-body",
    ],
    check: Check::AnthropicMessages(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    if whole.end != BodyEnd::Clean || whole.asked.delivery != Delivery::Unary {
        return Verdict::Silent;
    }
    let found = whole.head.media_type().unwrap_or_default();
    if found != "application/json" {
        return Verdict::fail(format!(
            "expected media type `application/json`, found `{found}`"
        ));
    }
    match whole.body {
        Ok(body) => Verdict::when(body.is_object(), || {
            format!("expected a JSON object, found {}", quoted_value(Some(body)))
        }),
        Err(error) => Verdict::fail(format!("the body is not JSON: {error}")),
    }
}
