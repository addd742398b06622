//! Deltas and stops name the open block.

use super::moment::{CLOSES, DELTAS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-039",
    name: "wrong-block-index",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: deltas belong to the block of their \
             index; recordings: it is always the open one",
    explanation: "A delta or a stop names the block that is open. Clients add to the block of that \
                  number: another block gets the text, or nobody does.",
    violations: &[
        stream(concat!(start!(), open_text!(0), say!(1), close!(0), bye!())),
        stream(concat!(start!(), say!(0), close!(0), bye!())),
    ],
    conforming: &[GREETING],
    faults: &["wrong-index"],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS, CLOSES],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let kind = step.event.type_name().unwrap_or_default();
    if !matches!(kind, "content_block_delta" | "content_block_stop") {
        return Verdict::Silent;
    }
    let json = of_type(step, kind);
    let Some(index) = json.and_then(|json| json.get("index")?.as_u64()) else {
        return Verdict::Silent;
    };
    match &step.before.open {
        Some(open) if open.misnamed => Verdict::Silent,
        Some(open) => Verdict::when(open.index == index, || {
            format!(
                "expected index `{}` of the open block, found `{index}`",
                open.index
            )
        }),
        // What follows `message_delta` is reported as such.
        None if kind == "content_block_delta" && step.before.message_deltas == 0 => Verdict::fail(
            format!("found a delta for block `{index}`, which is not open"),
        ),
        None => Verdict::Silent,
    }
}
