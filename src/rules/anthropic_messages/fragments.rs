//! The pieces that a tool's arguments come in.

use crate::json::Value;

use super::moment::{Step, delta};
use super::sample::{CALLING, stream};
use crate::protocol::anthropic_messages::Block;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

const PIECES: Topic = Topic::Member("partial_json");

/// The open block and a piece of its arguments.
fn piece<'a>(step: &'a Step<'_>) -> Option<(&'a Block, &'a str)> {
    let (kind, delta) = delta(step)?;
    let piece = delta.get("partial_json").and_then(Value::as_str)?;
    let open = step.before.open.as_ref()?;
    (kind == "input_json_delta").then_some((open, piece))
}

pub(super) static FIRST: Rule = Rule {
    id: "ANT-071",
    name: "first-fragment-not-empty",
    severity: Severity::Should,
    source: "Recordings: the first `partial_json` of every tool call is empty",
    explanation: "The first `input_json_delta` of a block is empty; it tells that arguments are to \
                  come. A stream that begins with the arguments may have lost their beginning on \
                  the way.",
    violations: &[stream(concat!(
        start!(),
        open_tool!(0, "toolu_1"),
        delta!(0, r#"{"type":"input_json_delta","partial_json":"{}"}"#),
        close!(0),
        end!("tool_use", 5),
        stop!()
    ))],
    conforming: &[CALLING],
    faults: &[r#"edit content_block_delta /delta/partial_json = "{""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[PIECES],
        event: Some(|step| match piece(step) {
            Some((open, piece)) if !open.fragments.has_begun() => {
                Verdict::when(piece.is_empty(), || {
                    format!("expected an empty first fragment, found {}", quoted(piece))
                })
            }
            _ => Verdict::Silent,
        }),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

pub(super) static LATER: Rule = Rule {
    id: "ANT-072",
    name: "empty-fragment",
    severity: Severity::Should,
    source: "Recordings: no `partial_json` but the first is empty",
    explanation: "After the first, each `input_json_delta` carries a piece of the arguments. An \
                  empty one in the middle stands where a piece got lost.",
    violations: &[stream(concat!(
        start!(),
        open_tool!(0, "toolu_1"),
        no_input!(0),
        delta!(0, r#"{"type":"input_json_delta","partial_json":"{}"}"#),
        no_input!(0),
        close!(0),
        end!("tool_use", 5),
        stop!()
    ))],
    conforming: &[CALLING],
    faults: &[r#"edit content_block_delta#2 /delta/partial_json = """#],
    check: Check::AnthropicMessages(Hooks {
        about: &[PIECES],
        event: Some(|step| match piece(step) {
            Some((open, piece)) if open.fragments.has_begun() => {
                Verdict::when(!piece.is_empty(), || {
                    "expected a piece of the arguments, found an empty one".to_owned()
                })
            }
            _ => Verdict::Silent,
        }),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};
