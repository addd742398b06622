//! What rules look at in an event, a whole body, or an item.

use crate::json::Value;

use crate::protocol::openai_responses::{Finish, Item, State, event_type};
use crate::rules::{Topic, Transition, Whole};

/// What most rules look at, one of these events.
pub(super) const ITEM_ADDED: Topic = Topic::Type("response.output_item.added");
pub(super) const ITEM_DONE: Topic = Topic::Type("response.output_item.done");
pub(super) const PART_DONE: Topic = Topic::Type("response.content_part.done");
pub(super) const TEXT_DELTA: Topic = Topic::Type("response.output_text.delta");
pub(super) const TEXT_DONE: Topic = Topic::Type("response.output_text.done");
/// Those that end a response ([`Finish::of`]).
pub(super) const ENDS: &[Topic] = &[
    Topic::Type("response.completed"),
    Topic::Type("response.incomplete"),
    Topic::Type("response.failed"),
];
/// Those that carry a response.
pub(super) const RESPONSES: &[Topic] = &[
    Topic::Type("response.created"),
    Topic::Type("response.queued"),
    Topic::Type("response.in_progress"),
    ENDS[0],
    ENDS[1],
    ENDS[2],
];
/// Those that carry text of a part, or a piece of it (`TextEvent::of`).
pub(super) const TEXTS: &[Topic] = &[
    Topic::Types("response.output_text."),
    Topic::Types("response.refusal."),
    Topic::Types("response.reasoning"),
    Topic::Types("response.function_call_arguments."),
    Topic::Types("response.custom_tool_call_input."),
    Topic::Types("response.mcp_call_arguments."),
    Topic::Types("response.code_interpreter_call_code."),
];

/// An event's type and data. `None`: no client sees it, or the response was over already, which is
/// one finding and not one a rule.
#[inline]
pub(super) fn spoken<'a>(seen: &Transition<'a, State>) -> Option<(&'a str, &'a Value)> {
    if seen.is_over || !seen.event.lines().closed {
        return None;
    }
    Some((event_type(seen.event)?, seen.event.json()?))
}

/// How the response ends, and the response, if the event is a terminal one.
pub(super) fn ended_response<'a>(seen: &Transition<'a, State>) -> Option<(Finish, &'a Value)> {
    let (kind, value) = response_of(seen)?;
    let finish = Finish::of(kind)?;
    Some((finish, value))
}

/// The response of any event that carries one.
pub(super) fn response_of<'a>(seen: &Transition<'a, State>) -> Option<(&'a str, &'a Value)> {
    if seen.event.known_once() == Some(false) {
        return None;
    }
    let (kind, value) = spoken(seen)?;
    let carries = seen.event.once(|| {
        let begins = [
            "response.created",
            "response.queued",
            "response.in_progress",
        ];
        begins.contains(&kind) || Finish::of(kind).is_some()
    });
    carries.then(|| (kind, value.get("response").unwrap_or(&Value::Null)))
}

/// A whole body that is JSON.
pub(super) fn whole_response<'a>(whole: &Whole<'a, State>) -> Option<&'a Value> {
    whole.body.ok().filter(|body| body.is_object())
}

/// The item that an event is about, as it stood before. `None`: no such item was announced.
#[inline]
pub(super) fn item_of<'a>(seen: &Transition<'a, State>, value: &Value) -> Option<&'a Item> {
    let item = seen.before.get().item(number(value, "output_index")?)?;
    (!item.assumed).then_some(item)
}

/// Whether the stream is the rest of one that was left: it begins after an event of its choice.
pub(super) fn is_resumed(seen: &Transition<'_, State>) -> bool {
    let parameters = seen.asked.parameters().unwrap_or_default();
    parameters.iter().any(|(name, _)| name == "starting_after")
}

/// The text of a part, whatever its type calls it.
pub(super) fn text_of_part(part: &Value) -> Option<&str> {
    word(part, "text").or_else(|| word(part, "refusal"))
}

// So that the tag of a name is made by the compiler.
#[inline(always)]
pub(super) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

#[inline(always)]
pub(super) fn word<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// Whether two forms of an item say the same. Ciphertexts are made anew each time they are sent,
/// and a listing of tools may be filled in later.
pub(super) fn same_but_opaque(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let is_opaque = |key: &str| matches!(key, "encrypted_content" | "fingerprint");
    let is_listing = one.get("type").and_then(Value::as_str) == Some("mcp_list_tools");
    let told = |key: &&str| !(is_opaque(key) || is_listing && *key == "tools");
    one.len() == other.len()
        && one.iter().all(|(key, value)| {
            let found = other.get(key);
            found.is_some_and(|found| found.is_null() == value.is_null())
        })
        && one
            .iter()
            .filter(|(key, _)| told(key))
            .all(|(key, value)| other.get(key) == Some(value))
}
