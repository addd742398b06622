//! A tool's input comes once.

use crate::json::Value;

use super::moment::{DELTAS, Step, delta};
use super::sample::{CALLING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-065",
    name: "tool-input-twice",
    severity: Severity::Must,
    source: "Recordings of programmatic tool calls: a block that starts with its input gets \
             no deltas",
    explanation: "A tool block whose start already holds its input gets no `input_json_delta`. A \
                  client cannot know which of the two is meant, and most let the deltas win.",
    violations: &[stream(concat!(
        start!(),
        open!(
            0,
            r#"{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1},"#,
            r#""caller":{"type":"code"}}"#
        ),
        delta!(0, r#"{"type":"input_json_delta","partial_json":"{}"}"#),
        close!(0),
        end!("tool_use", 5),
        stop!()
    ))],
    conforming: &[CALLING],
    faults: &[concat!(
        r#"edit content_block_start /content_block = {"type":"tool_use","#,
        r#""id":"toolu_1","name":"search","input":{"a":1},"#,
        r#""caller":{"type":"code_execution_20250825","tool_id":"srvtoolu_1"}}"#
    )],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(check),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(("input_json_delta", delta)) = delta(step) else {
        return Verdict::Silent;
    };
    let piece = delta.get("partial_json").and_then(Value::as_str);
    let is_twice = step.before.open.as_ref().is_some_and(|open| open.has_input);
    if piece.is_none_or(str::is_empty) {
        return Verdict::Silent;
    }
    Verdict::when(!is_twice, || {
        "found `input_json_delta` in a block whose start already has the input".to_owned()
    })
}
