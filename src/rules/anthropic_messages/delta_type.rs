//! A block gets the deltas of its own kind.

use super::moment::{DELTAS, Step, delta};
use super::sample::{CALLING, GREETING, THINKING, stream};
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-066",
    name: "delta-of-wrong-type",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Content block delta types",
    explanation: "Text blocks get `text_delta` and `citations_delta`, thinking blocks \
                  `thinking_delta` and `signature_delta`, tool blocks `input_json_delta`. Clients \
                  skip a delta that does not fit its block without a word.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        delta!(0, r#"{"type":"thinking_delta","thinking":"a"}"#),
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING, THINKING, CALLING],
    faults: &[r#"edit content_block_delta /delta/type = "thinking_delta""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let (Some((kind, _)), Some(open)) = (delta(step), &step.before.open) else {
        return Verdict::Silent;
    };
    let wanted = match kind {
        "text_delta" | "citations_delta" => BlockKind::Text,
        "thinking_delta" | "signature_delta" => BlockKind::Thinking,
        "input_json_delta" => BlockKind::Tool,
        _ => return Verdict::Silent,
    };
    if matches!(open.kind, BlockKind::Unknown | BlockKind::Whole) {
        return Verdict::Silent;
    }
    Verdict::when(open.kind == wanted, || {
        format!(
            "found `{kind}` in a block of another kind ({:?})",
            open.kind
        )
    })
}
