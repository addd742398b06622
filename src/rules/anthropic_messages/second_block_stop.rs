//! A block that is not open cannot stop.

use super::moment::{CLOSES, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-040",
    name: "second-block-stop",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: each block has one start and one \
             stop",
    explanation: "Each block that starts is stopped exactly once. Clients that act when a block is \
                  complete, for example by running a tool, act twice on a second stop.",
    violations: &[stream(concat!(start!(), hi!(0), close!(0), bye!()))],
    conforming: &[GREETING],
    faults: &["edit content_block_stop doubled"],
    check: Check::AnthropicMessages(Hooks {
        about: &[CLOSES],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = of_type(step, "content_block_stop") else {
        return Verdict::Silent;
    };
    let is_late = step.before.message_deltas > 0;
    Verdict::when(step.before.open.is_some() || is_late, || {
        format!(
            "found a stop of block {}, which is not open",
            quoted_value(json.get("index"))
        )
    })
}
