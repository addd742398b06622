//! A tool's input comes in deltas.

use crate::json::Value;

use super::moment::{OPENS, Step, opened, type_of};
use super::sample::{CALLING, stream};
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-064",
    name: "tool-input-in-start",
    severity: Severity::Must,
    source: "Recordings: `input` is `{}` at the start of each block that the model calls \
             directly",
    explanation: "A tool block starts with `\"input\": {}` and its arguments come as \
                  `input_json_delta`. Clients replace the start's input by the joined deltas, so \
                  that arguments in the start are lost. Only calls made from within code execution \
                  come whole.",
    violations: &[stream(concat!(
        start!(),
        open!(
            0,
            r#"{"type":"tool_use","id":"toolu_1","name":"get_time","input":{"city":"Oslo"}}"#
        ),
        close!(0),
        end!("tool_use", 5),
        stop!()
    ))],
    conforming: &[CALLING],
    faults: &[r#"edit content_block_start /content_block/input = {"a":1}"#],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(block) = opened(step) else {
        return Verdict::Silent;
    };
    let caller = block.pointer("/caller/type").and_then(Value::as_str);
    let is_direct = caller.is_none_or(|caller| caller == "direct");
    if BlockKind::of(type_of(block)) != BlockKind::Tool || !is_direct {
        return Verdict::Silent;
    }
    match block.get("input").and_then(Value::as_object) {
        None => Verdict::Silent,
        Some(input) => Verdict::when(input.is_empty(), || {
            format!(
                "expected `{{}}` as `input` at the start, found {}",
                quoted_value(block.get("input"))
            )
        }),
    }
}
