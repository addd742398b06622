//! Blocks are numbered without gaps.

use crate::json::Value;

use super::moment::{OPENS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-038",
    name: "block-index-order",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: `index` is the position in the \
             final content array",
    explanation: "Blocks are numbered 0, 1, 2 in the order in which they start, because the number \
                  is the position in the message's content. After a gap one client raises and \
                  another loses the text in silence.",
    violations: &[
        stream(concat!(start!(), hi!(1), bye!())),
        stream(concat!(start!(), hi!(0), hi!(0), bye!())),
    ],
    conforming: &[GREETING],
    faults: &["edit content_block_start /index plus 1"],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let start = of_type(step, "content_block_start");
    let Some(index) = start
        .and_then(|json| json.get("index"))
        .and_then(Value::as_u64)
    else {
        return Verdict::Silent;
    };
    let expected = step.before.next_index;
    Verdict::when(index == expected, || {
        format!("expected block index `{expected}`, found `{index}`")
    })
}
