//! An error event says what kind of error it is.

use super::moment::{Step, of_type};
use super::sample::{FAILING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-114",
    name: "anthropic-error-event-shape",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Error events: `error` with `type` \
             and `message`",
    explanation: "An `error` event carries the same envelope as a failed request: an object \
                  `error` with the strings `type` and `message`, neither of them empty. Clients \
                  decide by the type whether to try again.",
    violations: &[
        stream(concat!(
            start!(),
            event!("error", r#"{"type":"error","error":"overloaded"}"#)
        )),
        stream(concat!(
            start!(),
            event!(
                "error",
                r#"{"type":"error","error":{"type":"overloaded_error","message":""}}"#
            )
        )),
    ],
    conforming: &[FAILING],
    faults: &[concat!(
        r#"edit bytes "event: ping\ndata: {\"type\": \"ping\"}" "event: "#,
        r#"error\ndata: {\"type\":\"error\",\"error\":\"Overloaded\"}""#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[Topic::Type("error")],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = of_type(step, "error") else {
        return Verdict::Silent;
    };
    let error = json.get("error");
    let is_text = |key: &str| {
        let found = error.and_then(|error| error.get(key)?.as_str());
        found.is_some_and(|text| !text.trim().is_empty())
    };
    Verdict::when(is_text("type") && is_text("message"), || {
        format!(
            "expected `error` with `type` and `message`, found {}",
            quoted_value(error)
        )
    })
}
