//! Joined tool arguments are a JSON object.

use crate::json::Value;

use super::moment::{STOPS, Step, cuts_short, of_type};
use super::sample::{CALLING, stream};
use crate::protocol::Asked;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-070",
    name: "tool-input-not-json",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Input JSON delta: the pieces joined \
             are the input's JSON",
    explanation: "The pieces of `partial_json` of a block, joined, are one JSON object; no pieces, \
                  or only empty ones, mean `{}`. A piece that was lost, doubled or swapped on the \
                  way shows here and nowhere else. Answers that were cut, and requests with \
                  fine-grained tool streaming, are excused.",
    violations: &[
        stream(concat!(
            start!(),
            open_tool!(0, "toolu_1"),
            no_input!(0),
            delta!(
                0,
                r#"{"type":"input_json_delta","partial_json":"{\"city\":"}"#
            ),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
        stream(concat!(
            start!(),
            open_tool!(0, "toolu_1"),
            no_input!(0),
            delta!(0, r#"{"type":"input_json_delta","partial_json":"[]"}"#),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
    ],
    conforming: &[CALLING],
    faults: &[r#"edit content_block_delta#last /delta/partial_json = "}}""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if of_type(step, "message_stop").is_none() {
        return Verdict::Silent;
    }
    let state = step.before;
    let is_excused = cuts_short(state.stop_reason.as_deref()) || is_fine_grained(step.asked.get());
    match &state.bad_arguments {
        _ if is_excused => Verdict::Silent,
        Some(error) => Verdict::fail(format!(
            "expected a tool's joined input to be a JSON object: {error}"
        )),
        None if state.tools.is_empty() => Verdict::Silent,
        None => Verdict::Pass,
    }
}

/// Whether a tool asked for pieces that were not checked to be JSON.
fn is_fine_grained(asked: &Asked) -> bool {
    let tools = asked
        .body
        .as_ref()
        .and_then(|body| body.get("tools")?.as_array());
    tools
        .into_iter()
        .flatten()
        .any(|tool| tool.get("eager_input_streaming").and_then(Value::as_bool) == Some(true))
}
