//! `message_delta` comes once.

use super::moment::{ENDS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-034",
    name: "second-message-delta",
    severity: Severity::Should,
    source: "Recordings: exactly one in each stream; the documentation allows several",
    explanation: "The vendor sends one `message_delta`, with the final counts. The documentation \
                  leaves room for more, but clients that add the counts up instead of replacing \
                  them then count too much.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        end!("end_turn", 5),
        end!("end_turn", 5),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_delta doubled"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "message_delta").is_none() || step.before.message_deltas > 1 {
        return Verdict::Silent;
    }
    Verdict::when(step.before.message_deltas == 0, || {
        "expected one `message_delta`, found a second".to_owned()
    })
}
