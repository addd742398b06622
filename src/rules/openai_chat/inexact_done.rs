//! The terminator is exact.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-012",
    name: "inexact-done",
    severity: Severity::Must,
    source: "OpenAI API description, `stream`: terminated by `data: [DONE]`; measured: the \
             vendor's Node client compares the whole data",
    explanation: "The record that ends a stream is `[DONE]` and nothing more. Some clients test \
                  how it begins and others compare the whole; the latter hand anything else to \
                  their JSON parser and raise at the very end.",
    violations: &[stream(concat!(hi!(0), "data: [DONE] ok\n\n"))],
    conforming: &[GREETING],
    faults: &[r#"edit bytes "data: [DONE]" "data: [DONE] ok""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if !step.event.lines().closed || step.before.done {
        return Verdict::Silent;
    }
    match step.event.payload {
        Payload::Done => Verdict::Pass,
        Payload::NotJson(_) if step.event.frame().data.starts_with(b"[DONE]") => {
            Verdict::fail("expected exactly `[DONE]`, found more in the same record")
        }
        Payload::NotJson(_) | Payload::Json(_) | Payload::Empty => Verdict::Silent,
    }
}
