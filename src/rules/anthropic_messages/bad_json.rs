//! Each event's data is one JSON object.

use super::moment::{Step, is_known};
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-020",
    name: "anthropic-bad-json",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: the data of every event is JSON",
    explanation: "The data of every event is one JSON object. The vendor's clients raise on \
                  anything else and the whole answer is lost with it.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            event!(
                "content_block_delta",
                r#"{"type":"content_block_delta","index":0"#
            ),
            close!(0),
            bye!()
        )),
        stream(concat!(event!("ping", "[1]"), start!(), hi!(0), bye!())),
    ],
    conforming: &[GREETING],
    faults: &["bad-json"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    if !frame.lines.closed || frame.lines.oversized || step.is_over {
        return Verdict::Silent;
    }
    match &step.event.payload {
        Payload::Json(json) if json.is_object() => Verdict::Pass,
        // Events of a later version of the protocol may hold anything.
        Payload::Json(_) if frame.name.as_deref().is_some_and(|name| !is_known(name)) => {
            Verdict::Silent
        }
        Payload::Json(json) => Verdict::fail(format!(
            "expected a JSON object, found {}",
            quoted_value(Some(json))
        )),
        Payload::NotJson(error) => Verdict::fail(format!("the data is not JSON: {error}")),
        Payload::Done | Payload::Empty => Verdict::Silent,
    }
}
