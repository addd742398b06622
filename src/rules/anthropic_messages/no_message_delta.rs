//! `message_delta` comes before `message_stop`.

use super::moment::{STOPS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-033",
    name: "no-message-delta",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types: one or more \
             `message_delta` before `message_stop`",
    explanation: "Before `message_stop` there is a `message_delta` with the stop reason and the \
                  final counts. Without it clients report an answer that stopped for no reason and \
                  cost almost nothing. Only a message that came whole in `message_start` has none.",
    violations: &[stream(concat!(start!(), hi!(0), stop!()))],
    conforming: &[GREETING],
    faults: &["edit message_delta dropped"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "message_stop").is_none() || step.before.prefilled {
        return Verdict::Silent;
    }
    Verdict::when(step.before.message_deltas > 0, || {
        "expected `message_delta` before `message_stop`, found none".to_owned()
    })
}
