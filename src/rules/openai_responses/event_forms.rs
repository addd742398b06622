//! Which members each kind of event has, beside `type` and `sequence_number`.

use super::forms::{ANNOTATION, ITEM, PART, RESPONSE, SUMMARY_PART};
use crate::protocol::openai_responses::{Place, TextEvent};
use crate::rules::members::Kind::{Count, Object, Text};
use crate::rules::members::{Members, required};

const STATE: Members = &[required("response", Object(RESPONSE))];
const ITEM_EVENT: Members = &[required("output_index", Count), required("item", ITEM)];
const PART_EVENT: Members = &[
    required("item_id", Text),
    required("output_index", Count),
    required("content_index", Count),
    required("part", PART),
];
const SUMMARY_EVENT: Members = &[
    required("item_id", Text),
    required("output_index", Count),
    required("summary_index", Count),
    required("part", SUMMARY_PART),
];
const CITATION: Members = &[
    required("item_id", Text),
    required("output_index", Count),
    required("content_index", Count),
    required("annotation_index", Count),
    required("annotation", ANNOTATION),
];
const CONTENT: Members = &[
    required("item_id", Text),
    required("output_index", Count),
    required("content_index", Count),
];
const SUMMARY: Members = &[
    required("item_id", Text),
    required("output_index", Count),
    required("summary_index", Count),
];
const WORK: Members = &[required("item_id", Text), required("output_index", Count)];
const COMMAND: Members = &[
    required("output_index", Count),
    required("command_index", Count),
];

/// By the event's type. `None`: nothing is known of such events.
pub(super) fn event(kind: &str) -> Option<Members> {
    if let Some(about) = TextEvent::of(kind) {
        return Some(match about.place {
            Place::Content => CONTENT,
            Place::Summary => SUMMARY,
            Place::Arguments => WORK,
        });
    }
    let (family, moment) = kind.strip_prefix("response.")?.rsplit_once('.').unzip();
    let Some(family) = family else {
        return is_state(kind).then_some(STATE);
    };
    match (family, moment?) {
        ("output_item", "added" | "done") => Some(ITEM_EVENT),
        ("content_part", "added" | "done") => Some(PART_EVENT),
        ("reasoning_summary_part", "added" | "done") => Some(SUMMARY_EVENT),
        ("output_text.annotation", "added") => Some(CITATION),
        ("shell_call_command", _) => Some(COMMAND),
        (
            "web_search_call"
            | "file_search_call"
            | "code_interpreter_call"
            | "image_generation_call"
            | "mcp_list_tools"
            | "mcp_call",
            _,
        ) => Some(WORK),
        _ => None,
    }
}

fn is_state(kind: &str) -> bool {
    matches!(
        kind,
        "response.created"
            | "response.queued"
            | "response.in_progress"
            | "response.completed"
            | "response.incomplete"
            | "response.failed"
    )
}
