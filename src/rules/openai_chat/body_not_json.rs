//! A whole answer is a JSON object and says so.

use super::moment::Body;
use super::sample::{GREETING_WHOLE, whole};
use crate::endpoint::Endpoint;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-003",
    name: "chat-body-not-json",
    severity: Severity::Must,
    source: "OpenAI API description, Create chat completion: `application/json`; recordings: \
             throughout",
    explanation: "A whole answer is one JSON object with media type `application/json`. The \
                  vendor's clients hand their caller plain text when the type is another.",
    violations: &[
        whole("Hello"),
        Sample::Answer {
            request: "",
            status: 200,
            headers: &[("content-type", "text/plain")],
            body: completion!(whole_hi!(0),),
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
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let asked = whole.asked;
    let is_here = asked.endpoint == Endpoint::ChatCompletions && asked.delivery == Delivery::Unary;
    if whole.end != BodyEnd::Clean || !is_here {
        return Verdict::Silent;
    }
    let found = whole.head.media_type().unwrap_or_default();
    if found != "application/json" {
        let found = quoted(&found);
        return Verdict::fail(format!(
            "expected media type `application/json`, found {found}"
        ));
    }
    match whole.body {
        Ok(body) => Verdict::when(body.is_object(), || {
            format!("expected a JSON object, found {}", quoted_value(Some(body)))
        }),
        Err(error) => Verdict::fail(format!("the body is not JSON: {error}")),
    }
}
