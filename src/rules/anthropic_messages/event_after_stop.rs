//! `message_stop` is the last event; there is no `[DONE]`.

use super::moment::{Step, of_type};
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-011",
    name: "event-after-message-stop",
    severity: Severity::Must,
    source: "Anthropic documentation, Versioning: `[DONE]` was removed in 2023-06-01; \
             recordings: nothing follows `message_stop`",
    explanation: "`message_stop` ends the stream and only the end of the body may follow. Clients \
                  stop reading there, so that whatever comes later is lost, or is taken for the \
                  beginning of the next answer. `[DONE]` belongs to another protocol.",
    violations: &[
        stream(concat!(start!(), hi!(0), bye!(), "data: [DONE]\n\n")),
        stream(concat!(start!(), hi!(0), bye!(), hi!(0))),
    ],
    conforming: &[GREETING],
    faults: &["event-after-end"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let (before, event) = (step.before, step.event);
    if !before.stopped {
        return match of_type(step, "message_stop") {
            Some(_) => Verdict::Pass,
            None if matches!(event.payload, Payload::Done) => {
                Verdict::fail("found `[DONE]`, which this protocol does not have")
            }
            None => Verdict::Silent,
        };
    }
    if before.went_on || !event.lines().closed || event.type_name() == Some("ping") {
        return Verdict::Silent;
    }
    match event.payload {
        Payload::Empty => Verdict::Silent,
        Payload::Done => Verdict::fail("found `[DONE]` after `message_stop`"),
        Payload::Json(_) | Payload::NotJson(_) => Verdict::fail(format!(
            "expected the end of the stream after `message_stop`, found event `{}`",
            event.type_name().unwrap_or("without a type")
        )),
    }
}
