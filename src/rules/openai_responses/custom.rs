//! Calls of tools that take text in place of arguments.

use super::reading::{ITEM_DONE, item_of, spoken, word};
use crate::json::Value;
use crate::protocol::openai_responses::{PartStage, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

macro_rules! custom {
    ($input:literal) => {
        concat!(
            r#"{"id":"ctc_1","type":"custom_tool_call","status":"completed","call_id":"call_1","#,
            r#""name":"sh","input":""#,
            $input,
            r#""}"#
        )
    };
}

macro_rules! custom_said {
    ($input:literal) => {
        concat!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"ctc_1","type":"custom_tool_call","status":"in_progress","#,
                    r#""call_id":"call_1","name":"sh","input":""}"#
                )
            ),
            record!(
                "response.custom_tool_call_input.delta",
                3,
                r#""item_id":"ctc_1","output_index":0,"delta":"ls""#
            ),
            record!(
                "response.custom_tool_call_input.done",
                4,
                concat!(
                    r#""item_id":"ctc_1","output_index":0,"input":""#,
                    $input,
                    "\""
                )
            )
        )
    };
}

pub(super) static RULE: Rule = Rule {
    id: "OAR-074",
    name: "responses-custom-input-differs",
    severity: Severity::Must,
    source: "OpenAI API description, custom tool call events; every recorded call",
    explanation: "The input of a custom tool arrives in deltas, is repeated whole, and stands in \
                  the finished call: the same text three times. It is run as it is, often as code.",
    violations: &[
        stream!(custom_said!("rm")),
        stream!(custom_said!("ls"), item_done!(5, 0, custom!("rm"))),
    ],
    conforming: &[stream!(
        custom_said!("ls"),
        item_done!(5, 0, custom!("ls")),
        completed!(6, custom!("ls"), usage!())
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"h\","#,
        r#"\"type\":\"custom_tool_call\",\"call_id\":\"c\",\"name\":\"get_time\","#,
        r#"\"input\":\"\"}}\n\nevent: response.custom_tool_call_input.delta\ndata: "#,
        r#"{\"type\":\"response.custom_tool_call_input.delta\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"h\",\"output_index\":0,\"delta\":\"a\"}\n\nevent: "#,
        r#"response.custom_tool_call_input.done\ndata: "#,
        r#"{\"type\":\"response.custom_tool_call_input.done\",\"sequence_number\":4,"#,
        r#"\"item_id\":\"h\",\"output_index\":0,\"input\":\"b\"}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[
            Topic::Type("response.custom_tool_call_input.done"),
            ITEM_DONE,
        ],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "custom_tool_call") else {
        return Verdict::Silent;
    };
    let input = &item.arguments;
    let is_open = input.stage == PartStage::Open;
    let found = match kind {
        "response.custom_tool_call_input.done" if is_open && !input.assumed => value.get("input"),
        "response.output_item.done" if !is_open => value.pointer("/item/input"),
        _ => return Verdict::Silent,
    };
    if *seen.before.overflowed {
        return Verdict::Silent;
    }
    Verdict::when(found.and_then(Value::as_str) == Some(&input.text), || {
        format!(
            "expected the input {} that was streamed to {}, found {}",
            quoted(&input.text),
            quoted(word(value, "item_id").unwrap_or(&item.id)),
            quoted_value(found)
        )
    })
}
