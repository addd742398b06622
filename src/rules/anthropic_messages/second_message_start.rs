//! A stream is one message.

use super::moment::{STARTS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-031",
    name: "second-message-start",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types; recordings: exactly \
             one in every stream",
    explanation: "A stream carries one message, so that `message_start` comes once. The vendor's \
                  TypeScript client raises at the second.",
    violations: &[stream(concat!(start!(), start!(), hi!(0), bye!()))],
    conforming: &[GREETING],
    faults: &["edit message_start doubled"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    match of_type(step, "message_start") {
        None => Verdict::Silent,
        Some(_) => Verdict::when(step.before.starts == 0, || {
            "expected one `message_start`, found a second".to_owned()
        }),
    }
}
