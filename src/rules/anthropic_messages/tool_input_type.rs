//! A tool call's input is an object.

use crate::json::Value;

use super::moment::{Body, object, type_of};
use super::sample::{CALLING_WHOLE, whole};
use crate::protocol::anthropic_messages::BlockKind;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-123",
    name: "tool-input-not-object",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `input` of `tool_use` is an object; every \
             recorded one is",
    explanation: "The `input` of a tool call in a whole message is a JSON object, never a string \
                  that holds JSON. Callers index into it at once.",
    violations: &[whole(saying!(
        r#"[{"type":"tool_use","id":"toolu_1","name":"f","input":"{}"}]"#,
        "tool_use"
    ))],
    conforming: &[CALLING_WHOLE],
    faults: &[r#"edit message /content/0/input = "{}""#],
    check: Check::AnthropicMessages(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let content = object(whole).and_then(|body| body.get("content")?.as_array());
    let mut verdict = Verdict::Silent;
    for block in content.into_iter().flatten() {
        if BlockKind::of(type_of(block)) != BlockKind::Tool {
            continue;
        }
        let input = block.get("input");
        if !input.is_some_and(Value::is_object) {
            return Verdict::fail(format!(
                "expected an object as `input`, found {}",
                quoted_value(input)
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
