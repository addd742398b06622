//! An error event is the last.

use super::moment::{Step, of_type};
use super::sample::{FAILING, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-041",
    name: "event-after-error",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors: an error during a stream ends it",
    explanation: "An `error` event ends the stream. Clients raise on it and read no further, so \
                  that text sent after it is lost, and a message that seems to finish after it \
                  makes a failed call look like a success.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        event!(
            "error",
            r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#
        ),
        say!(0),
        close!(0),
        bye!()
    ))],
    conforming: &[FAILING],
    faults: &[concat!(
        r#"edit bytes "event: ping\ndata: {\"type\": \"ping\"}" "event: "#,
        r#"error\ndata: {\"type\":\"error\","#,
        r#"\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}""#
    )],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let (before, event) = (step.before, step.event);
    if before.error.is_none() {
        return match of_type(step, "error") {
            Some(_) => Verdict::Pass,
            None => Verdict::Silent,
        };
    }
    let is_nothing = matches!(event.payload, Payload::Empty) || !event.lines().closed;
    if before.went_on || is_nothing || event.type_name() == Some("ping") {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "expected the end of the stream after `error`, found event `{}`",
        event.type_name().unwrap_or("without a type")
    ))
}
