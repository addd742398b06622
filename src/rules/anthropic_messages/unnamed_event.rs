//! Every event has a name.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-006",
    name: "anthropic-unnamed-event",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: named server-sent events; every \
             recorded event has a name",
    explanation: "Every event carries an `event` line. The vendor's clients drop events without a \
                  name in silence, so that text goes missing and nobody is told.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        "data: {\"type\":\"content_block_delta\",\"index\":0,",
        "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit bytes "event: content_block_start\n" """#],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let lines = step.event.lines();
    let is_mark = matches!(step.event.payload, Payload::Done);
    if !step.event.dispatches() || is_mark || step.is_over {
        return Verdict::Silent;
    }
    if lines.event > 0 {
        return Verdict::Pass;
    }
    if step.before.oddities.unnamed {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "expected an `event` line, found none in the event of type `{}`",
        step.event.type_name().unwrap_or_default()
    ))
}
