//! Items and parts whose type says another thing than their members.

use super::reading::{spoken, whole_response, word};
use super::sample::{CALL, TEXT, UNARY};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-113",
    name: "responses-type-contradicts-members",
    severity: Severity::Must,
    source: "OpenAI API description: `type` tells the members of an item or a part; every recorded \
             answer",
    explanation: "An item with an assistant's content is a `message`, one with arguments and a \
                  `call_id` a `function_call`, a part with a refusal a `refusal`. Clients look at \
                  the type alone and pass over an item that they do not know, text and all.",
    violations: &[
        stream!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"msg_1","type":"messages","status":"in_progress","content":[],"#,
                    r#""role":"assistant"}"#
                )
            )
        ),
        body!(response!(
            "completed",
            message!(
                "completed",
                r#"{"type":"text","annotations":[],"text":"Blue whale"}"#
            ),
            usage!()
        )),
    ],
    conforming: &[TEXT, CALL, UNARY],
    faults: &["edit response.output_item.added /item/type = \"text\""],
    check: Check::OpenaiResponses(Hooks {
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

/// A type, and the members that nothing else has together.
const ITEMS: [(&str, &[&str]); 4] = [
    ("message", &["role", "content"]),
    ("function_call", &["call_id", "name", "arguments"]),
    ("custom_tool_call", &["call_id", "name", "input"]),
    ("reasoning", &["summary"]),
];

const PARTS: [(&str, &[&str]); 2] = [
    ("refusal", &["refusal"]),
    ("output_text", &["text", "annotations"]),
];

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    let Some((_, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let told = match (value.get("item"), value.get("part")) {
        (Some(item), _) => of_item(item),
        (None, Some(part)) => contradiction(&PARTS, part),
        (None, None) => return Verdict::Silent,
    };
    told.map_or(Verdict::Pass, Verdict::fail)
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let Some(output) = output else {
        return Verdict::Silent;
    };
    let told = output.iter().find_map(of_item);
    told.map_or(Verdict::Pass, Verdict::fail)
}

fn of_item(item: &Value) -> Option<String> {
    let parts = item.get("content").and_then(Value::as_array);
    let mut parts = parts.into_iter().flatten();
    contradiction(&ITEMS, item).or_else(|| parts.find_map(|part| contradiction(&PARTS, part)))
}

fn contradiction(shapes: &[(&str, &[&str])], value: &Value) -> Option<String> {
    let found = word(value, "type")?;
    let is_shape = |members: &[&str]| members.iter().all(|name| value.get(*name).is_some());
    let (kind, members) = shapes.iter().find(|(_, members)| is_shape(members))?;
    // Vendors write their own tools' calls like those of functions.
    let is_call = *kind != "message" && found.ends_with("_call");
    let is_own = is_call && !word(value, "id").is_some_and(|id| id.starts_with("fc_"));
    (*kind != found && !is_own).then(|| {
        format!(
            "expected `type` {} with {}, found {}",
            quoted(kind),
            members.join(", "),
            quoted(found)
        )
    })
}
