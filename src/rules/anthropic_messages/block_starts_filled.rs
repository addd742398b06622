//! A text block starts empty.

use crate::json::Value;

use super::moment::{OPENS, Step, opened, type_of};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-061",
    name: "text-block-starts-filled",
    severity: Severity::Must,
    source: "Recordings: every text block starts with an empty text; the documentation shows \
             the same",
    explanation: "A text block starts with `\"text\": \"\"` and gets its text in deltas. Some \
                  clients add the start's text to the deltas, others drop it, so that the user \
                  sees a beginning twice or not at all.",
    violations: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"text","text":"Hel"}"#),
        say!(0),
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit content_block_start /content_block/text = "Hel""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(block) = opened(step).filter(|block| type_of(block) == "text") else {
        return Verdict::Silent;
    };
    let citations = block.get("citations").and_then(Value::as_array);
    if citations.is_some_and(|citations| !citations.is_empty()) {
        return Verdict::fail(format!(
            "expected empty `citations` at the start of the block, found {}",
            quoted_value(block.get("citations"))
        ));
    }
    let text = block.get("text");
    Verdict::when(text.and_then(Value::as_str) == Some(""), || {
        format!(
            "expected an empty `text` at the start of the block, found {}",
            quoted_value(text)
        )
    })
}
