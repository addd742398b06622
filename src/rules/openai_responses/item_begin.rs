//! The states in which items begin, and in which a cut leaves them.

use super::reading::{ENDS, ITEM_ADDED, ended_response, spoken, whole_response, word};
use super::sample::{INCOMPLETE, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static BEGINS: Rule = Rule {
    id: "OAR-042",
    name: "responses-item-begins-otherwise",
    severity: Severity::Should,
    source: "OpenAI API description: item `status`; recorded streams, but for messages that were \
             complete when they were added",
    explanation: "An item that is added and has a `status` is `in_progress`: its content is still \
                  to come. Clients show a spinner for that word and nothing for any other.",
    violations: &[stream!(start!(), item_added!(2, 0, message!("queued", "")))],
    conforming: &[TEXT],
    faults: &["edit response.output_item.added /item/status = \"queued\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(begins),
        ..Hooks::NONE
    }),
};

fn begins(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
    let may_be_whole = match word(item, "type") {
        Some("message") => true,
        Some(
            "function_call"
            | "custom_tool_call"
            | "web_search_call"
            | "file_search_call"
            | "code_interpreter_call"
            | "image_generation_call"
            | "mcp_call",
        ) => false,
        Some(_) | None => return Verdict::Silent,
    };
    let Some(status) = item.get("status").filter(|status| !status.is_null()) else {
        return Verdict::Silent;
    };
    let holds = match status.as_str() {
        Some("in_progress") => true,
        Some("completed") => may_be_whole,
        Some(_) | None => false,
    };
    Verdict::when(holds, || {
        let found = quoted_value(Some(status));
        format!("expected `status` `in_progress` of a new item, found {found}")
    })
}

pub(super) static CUT: Rule = Rule {
    id: "OAR-051",
    name: "responses-cut-item-completed",
    severity: Severity::Should,
    source: "Open Responses specification, item states; recorded answers that the limit cut off",
    explanation: "Where the token limit cut the answer off inside a message or a call, that item's \
                  `status` is `incomplete`. A cut call that says `completed` is run with the half \
                  of its arguments.",
    violations: &[stream!(
        said!(),
        text_done!(),
        part_done!(),
        message_done!(),
        cut_off!(message!("completed", text_part!("Blue whale")))
    )],
    conforming: &[INCOMPLETE],
    faults: &["edit * /output/-/status = \"completed\""],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_cut),
        body: Some(whole_cut),
        ..Hooks::NONE
    }),
};

fn streamed_cut(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((Finish::Incomplete, response)) => is_cut(response),
        Some((Finish::Completed | Finish::Failed, _)) | None => Verdict::Silent,
    }
}

fn whole_cut(whole: &Whole<'_, State>) -> Verdict {
    let body = whole_response(whole);
    let body = body.filter(|body| word(body, "status") == Some("incomplete"));
    body.map_or(Verdict::Silent, is_cut)
}

fn is_cut(response: &Value) -> Verdict {
    let reason = response.pointer("/incomplete_details/reason");
    let output = response.get("output").and_then(Value::as_array);
    let last = output.and_then(|output| output.last());
    let last = last.filter(|item| matches!(word(item, "type"), Some("message" | "function_call")));
    let (Some(last), Some("max_output_tokens")) = (last, reason.and_then(Value::as_str)) else {
        return Verdict::Silent;
    };
    let Some(status) = last.get("status").filter(|status| !status.is_null()) else {
        return Verdict::Silent;
    };
    Verdict::when(status.as_str() == Some("incomplete"), || {
        let found = quoted_value(Some(status));
        format!("expected `status` `incomplete` of the item that was cut, found {found}")
    })
}
