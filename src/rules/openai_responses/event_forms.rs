//! Which members each kind of event has, beside `type` and `sequence_number`.

use super::form::Kind::{Count, Of, Text, Typed};
use super::form::{Form, must};
use super::forms::{RESPONSE, annotation, item, part, summary_part};
use crate::protocol::openai_responses::{Place, TextEvent};

const STATE: Form = &[must("response", Of(RESPONSE))];
const ITEM: Form = &[must("output_index", Count), must("item", Typed(item))];
const PART: Form = &[
    must("item_id", Text),
    must("output_index", Count),
    must("content_index", Count),
    must("part", Typed(part)),
];
const SUMMARY_PART: Form = &[
    must("item_id", Text),
    must("output_index", Count),
    must("summary_index", Count),
    must("part", Typed(summary_part)),
];
const CITATION: Form = &[
    must("item_id", Text),
    must("output_index", Count),
    must("content_index", Count),
    must("annotation_index", Count),
    must("annotation", Typed(annotation)),
];
const CONTENT: Form = &[
    must("item_id", Text),
    must("output_index", Count),
    must("content_index", Count),
];
const SUMMARY: Form = &[
    must("item_id", Text),
    must("output_index", Count),
    must("summary_index", Count),
];
const WORK: Form = &[must("item_id", Text), must("output_index", Count)];
const COMMAND: Form = &[must("output_index", Count), must("command_index", Count)];

/// By the event's type. `None`: nothing is known of such events.
pub(super) fn event(kind: &str) -> Option<Form> {
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
        ("output_item", "added" | "done") => Some(ITEM),
        ("content_part", "added" | "done") => Some(PART),
        ("reasoning_summary_part", "added" | "done") => Some(SUMMARY_PART),
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
