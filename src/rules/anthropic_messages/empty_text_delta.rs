//! A text delta says something.

use crate::json::Value;

use super::moment::{DELTAS, Step, delta};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-069",
    name: "empty-text-delta",
    severity: Severity::Should,
    source: "Recordings: no text delta of thousands is empty",
    explanation: "The vendor never sends a `text_delta` without text. An empty one is harmless to \
                  most clients, but it is counted as output by those that measure, and hints at \
                  text that was filtered out or lost.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        delta!(0, r#"{"type":"text_delta","text":""}"#),
        say!(0),
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit content_block_delta /delta/text = """#],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(("text_delta", delta)) = delta(step) else {
        return Verdict::Silent;
    };
    match delta.get("text").and_then(Value::says) {
        None => Verdict::Silent,
        Some(says) => Verdict::when(says, || "found a `text_delta` without text".to_owned()),
    }
}
