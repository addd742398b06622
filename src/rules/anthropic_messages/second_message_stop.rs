//! A message stops once.

use super::moment::{STOPS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-032",
    name: "second-message-stop",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages; recordings: exactly one `message_stop`",
    explanation: "A stream has one `message_stop`. Clients deliver the message when they see it; a \
                  second one delivers it twice, or meets a reader that is gone.",
    violations: &[stream(concat!(start!(), hi!(0), bye!(), stop!()))],
    conforming: &[GREETING],
    faults: &["edit message_stop doubled"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "message_stop").is_some() {
        return Verdict::Pass;
    }
    let is_stop = step.event.type_name() == Some("message_stop");
    if !is_stop || !step.before.stopped || step.before.went_on || !step.event.lines().closed {
        return Verdict::Silent;
    }
    Verdict::fail("expected one `message_stop`, found another")
}
