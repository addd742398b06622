//! The first event is `message_start`.

use super::moment::{Step, of_type};
use super::sample::{GREETING, stream};
use crate::protocol::anthropic_messages::is_inner;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-030",
    name: "no-message-start",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types: a stream begins with \
             `message_start`",
    explanation: "`message_start` comes first and carries the id, the model and the input count. \
                  Without it clients have no message to add to and raise at the first block.",
    violations: &[stream(concat!(hi!(0), bye!()))],
    conforming: &[GREETING],
    faults: &["drop-first-event"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let before = step.before;
    if before.starts > 0 || before.began_without_start {
        return Verdict::Silent;
    }
    let kind = step.event.type_name().unwrap_or_default();
    if of_type(step, "message_start").is_some() {
        return Verdict::Pass;
    }
    if !is_inner(kind) || !step.event.lines().closed || before.is_over() {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "expected `message_start` as the first event, found `{kind}`"
    ))
}
