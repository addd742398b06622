//! The content is complete before `message_delta`.

use super::moment::{Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-035",
    name: "block-after-message-delta",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types: blocks, then \
             `message_delta`; recordings: no block event follows it",
    explanation: "`message_delta` brings the final counts and the stop reason, so that all blocks \
                  come before it. Text after it is not covered by the counts, and clients that act \
                  on the stop reason never see it.",
    violations: &[stream(concat!(
        start!(),
        end!("end_turn", 5),
        hi!(0),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &[concat!(
        r#"edit bytes "event: content_block_start\n" "event: message_delta\ndata: "#,
        r#"{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","#,
        r#"\"stop_sequence\":null,\"stop_details\":null},"#,
        r#"\"usage\":{\"output_tokens\":50}}\n\nevent: content_block_start\n""#
    )],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let kind = step.event.type_name().unwrap_or_default();
    if !kind.starts_with("content_block_") || of_type(step, kind).is_none() {
        return Verdict::Silent;
    }
    // The rest of a block that was already reported.
    if step.before.message_deltas > 0 && kind != "content_block_start" {
        return Verdict::Silent;
    }
    Verdict::when(step.before.message_deltas == 0, || {
        format!("expected no block after `message_delta`, found `{kind}`")
    })
}
