//! The parts of a message, in their order, and their texts.

use super::reading::{TEXTS, item_of, spoken, text_of_part};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{Place, State, TextEvent};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static WRONG_INDEX: Rule = Rule {
    id: "OAR-053",
    name: "responses-wrong-content-index",
    severity: Severity::Must,
    source: "OpenAI's JavaScript client; every recorded stream of the service",
    explanation: "A new part's `content_index` is the number of the item's parts before it, from \
                  0: clients append it to a list.",
    violations: &[stream!(
        start!(),
        message_added!(),
        part_added!(3, 1, text_part!(""))
    )],
    conforming: &[TEXT],
    faults: &["edit response.content_part.added /content_index = 1"],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.content_part.added")],
        event: Some(index_counts),
        ..Hooks::NONE
    }),
};

fn index_counts(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.content_part.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    let found = value.get("content_index");
    let expected = item.parts.len();
    Verdict::when(
        found.and_then(Value::as_u64) == Some(expected as u64),
        || {
            format!(
                "expected `content_index` `{expected}` for a new part, found {}",
                quoted_value(found)
            )
        },
    )
}

pub(super) static NOT_EMPTY: Rule = Rule {
    id: "OAR-054",
    name: "responses-part-not-empty",
    severity: Severity::Should,
    source: "Open Responses specification: zero values first; every recorded stream of the service",
    explanation: "A new part is empty; its text comes in deltas. Text that it held already would \
                  be shown twice or not at all, depending on the client.",
    violations: &[stream!(
        start!(),
        message_added!(),
        part_added!(3, 0, text_part!("Blue"))
    )],
    conforming: &[TEXT],
    faults: &["edit response.content_part.added /part/text = \"Blue\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.content_part.added")],
        event: Some(starts_empty),
        ..Hooks::NONE
    }),
};

fn starts_empty(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.content_part.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let part = &value["part"];
    let mut lists = ["annotations", "logprobs"].into_iter();
    let filled = lists.find(|key| {
        let list = part.get(*key).and_then(Value::as_array);
        list.is_some_and(|list| !list.is_empty())
    });
    match (text_of_part(part), filled) {
        (_, Some(key)) => Verdict::fail(format!(
            "expected no `{key}` of a new part, found {}",
            quoted_value(part.get(key))
        )),
        (None, None) => Verdict::Silent,
        (Some(text), None) => Verdict::when(text.is_empty(), || {
            format!("expected a new part to be empty, found {}", quoted(text))
        }),
    }
}

pub(super) static OTHER_TYPE: Rule = Rule {
    id: "OAR-055",
    name: "responses-event-of-another-part-type",
    severity: Severity::Must,
    source: "OpenAI API description; OpenAI's clients fail an assertion",
    explanation: "`output_text` events belong to parts of type `output_text`, refusals to \
                  `refusal`, reasoning text to `reasoning_text`. Clients append to the member that \
                  the part's type has.",
    violations: &[stream!(
        start!(),
        message_added!(),
        part_added!(3, 0, r#"{"type":"refusal","refusal":""}"#),
        delta!(4, "Blue")
    )],
    conforming: &[TEXT],
    faults: &[r#"edit response.content_part.added /part = {"type":"refusal","refusal":""}"#],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(family_fits),
        ..Hooks::NONE
    }),
};

fn family_fits(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(about) = TextEvent::of(kind).filter(|about| about.place == Place::Content) else {
        return Verdict::Silent;
    };
    match seen.before.text(about, value).filter(|part| !part.assumed) {
        None => Verdict::Silent,
        Some(part) => Verdict::when(part.kind == about.part, || {
            format!(
                "expected events of a {} part, found {}",
                quoted(&part.kind),
                quoted(kind)
            )
        }),
    }
}
