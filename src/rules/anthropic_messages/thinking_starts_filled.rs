//! A thinking block starts empty.

use crate::json::Value;

use super::moment::{OPENS, Step, opened, type_of};
use super::sample::{THINKING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-062",
    name: "thinking-block-starts-filled",
    severity: Severity::Must,
    source: "Recordings: thinking blocks start with an empty `thinking` and an empty or no \
             `signature`",
    explanation: "A thinking block starts with empty `thinking` and, where it is there, empty \
                  `signature`. What the start holds is added to the deltas by some clients and \
                  dropped by others, and a signature that does not fit the text is refused in the \
                  next turn.",
    violations: &[stream(concat!(
        start!(),
        open!(0, r#"{"type":"thinking","thinking":"Let me"}"#),
        sign!(0),
        close!(0),
        hi!(1),
        bye!()
    ))],
    conforming: &[THINKING],
    faults: &[r#"edit content_block_start /content_block/thinking = "Hm""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(block) = opened(step).filter(|block| type_of(block) == "thinking") else {
        return Verdict::Silent;
    };
    let is_empty = |value: &Value| value.as_str() == Some("");
    let holds =
        block.get("thinking").is_some_and(is_empty) && block.get("signature").is_none_or(is_empty);
    Verdict::when(holds, || {
        format!(
            "expected an empty thinking block at its start, found {}",
            quoted_value(Some(block))
        )
    })
}
