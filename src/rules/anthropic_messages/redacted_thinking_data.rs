//! Redacted thinking has its data in the start.

use crate::json::Value;

use super::moment::{OPENS, Step, opened, type_of};
use super::sample::stream;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-075",
    name: "redacted-thinking-data",
    severity: Severity::Must,
    source: "Anthropic documentation, Extended thinking: `redacted_thinking` carries `data`",
    explanation: "A `redacted_thinking` block comes whole in its start, with a non-empty string \
                  `data`. Clients send it back unread in the next turn, where an empty one is \
                  refused.",
    violations: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"redacted_thinking","data":""}"#),
        close!(0),
        hi!(1),
        bye!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"redacted_thinking","data":"ZGF0YQ=="}"#),
        close!(0),
        hi!(1),
        bye!()
    ))],
    faults: &[r#"edit content_block_start /content_block/data = """#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(block) = opened(step).filter(|block| type_of(block) == "redacted_thinking") else {
        return Verdict::Silent;
    };
    let data = block.get("data");
    let text = data.and_then(Value::as_str).unwrap_or_default();
    Verdict::when(!text.is_empty(), || {
        format!(
            "expected a non-empty string `data`, found {}",
            quoted_value(data)
        )
    })
}
