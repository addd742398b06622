use super::reading::{ITEM_ADDED, spoken, word};
use super::sample::{CALL, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-041",
    name: "responses-item-not-empty",
    severity: Severity::Must,
    source: "Open Responses specification: items are streamable; every recorded stream of the \
             service",
    explanation: "A new item says what is known and is otherwise empty: a message has role \
                  `assistant` and no content, a call its name, its `call_id` and no arguments, \
                  reasoning no summary. What it held already would be counted twice when the \
                  deltas come.",
    violations: &[
        stream!(
            start!(),
            item_added!(2, 0, message!("in_progress", text_part!("Blue")))
        ),
        stream!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"msg_1","type":"message","status":"in_progress","content":[],"#,
                    r#""role":"user"}"#
                )
            )
        ),
        stream!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"fc_1","type":"function_call","status":"in_progress","#,
                    r#""arguments":"","call_id":"","name":"f"}"#
                )
            )
        ),
    ],
    conforming: &[TEXT, CALL],
    faults: &["wrong-role"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
    let is_empty = |key: &str| match item.get(key) {
        Some(Value::Array(list)) => list.is_empty(),
        value => value.and_then(Value::says) == Some(false),
    };
    let is_named = |key: &str| word(item, key).is_some_and(|text| !text.is_empty());
    let (key, expected) = match word(item, "type") {
        Some("message") if word(item, "role") != Some("assistant") => ("role", "`assistant`"),
        Some("message") if !is_empty("content") => ("content", "an empty list"),
        Some("function_call" | "custom_tool_call") if !is_named("call_id") => {
            ("call_id", "a non-empty text")
        }
        Some("function_call" | "custom_tool_call") if !is_named("name") => {
            ("name", "a non-empty text")
        }
        Some("function_call") if !is_empty("arguments") => ("arguments", "an empty text"),
        Some("custom_tool_call") if !is_empty("input") => ("input", "an empty text"),
        Some("reasoning") if !is_empty("summary") => ("summary", "an empty list"),
        Some("message" | "function_call" | "custom_tool_call" | "reasoning") => {
            return Verdict::Pass;
        }
        _ => return Verdict::Silent,
    };
    Verdict::fail(format!(
        "expected `{key}` of the new item to be {expected}, found {}",
        quoted_value(item.get(key))
    ))
}
