//! An answer is more than its end.

use super::moment::{Step, at_done};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-014",
    name: "done-without-chunk",
    severity: Severity::Must,
    source: "Measured: the vendor's clients raise on a stream that has no chunk",
    explanation: "At least one chunk comes before `[DONE]`. The vendor's clients raise on a stream \
                  without any, because there is no answer to hand over; tell of a failure by an \
                  error.",
    violations: &[stream(done!())],
    conforming: &[GREETING],
    faults: &["edit *#every dropped"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    at_done(step, |state, _| {
        Verdict::when(state.chunks > 0, || {
            "expected a chunk before `[DONE]`, found none".to_owned()
        })
    })
}
