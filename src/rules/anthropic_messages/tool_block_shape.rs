//! A tool call has an id, a name and an input.

use crate::json::Value;

use super::moment::{OPENS, Step, opened, type_of};
use super::sample::{CALLING, stream};
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-063",
    name: "tool-block-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `tool_use` has `id`, `name` and `input`",
    explanation: "A tool block starts with a non-empty `id`, a non-empty `name` and an object \
                  `input`. The id is what the result must refer to; without it the next turn is \
                  refused.",
    violations: &[
        stream(concat!(
            start!(),
            open!(0, r#"{"type":"tool_use","name":"get_time","input":{}}"#),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
        stream(concat!(
            start!(),
            open!(
                0,
                r#"{"type":"tool_use","id":"toolu_1","name":"get_time","input":""}"#
            ),
            close!(0),
            end!("tool_use", 5),
            stop!()
        )),
    ],
    conforming: &[CALLING],
    faults: &["wrong-id"],
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
    if BlockKind::of(type_of(block)) != BlockKind::Tool {
        return Verdict::Silent;
    }
    let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
    for key in ["id", "name"] {
        if text(key).is_empty() {
            return Verdict::fail(format!(
                "expected a tool block with `{key}`, found {}",
                quoted_value(Some(block))
            ));
        }
    }
    let input = block.get("input");
    Verdict::when(input.is_some_and(Value::is_object), || {
        format!(
            "expected an object as `input` of the tool block, found {}",
            quoted_value(input)
        )
    })
}
