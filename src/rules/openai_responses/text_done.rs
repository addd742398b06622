//! The event that repeats a text whole, after its deltas.

use super::reading::{TEXTS, item_of, number, spoken, word};
use super::sample::{CALL, REASONING, RESTARTED, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::{PartStage, Place, State, TextEvent};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static MISPLACED: Rule = Rule {
    id: "OAR-058",
    name: "responses-text-done-misplaced",
    severity: Severity::Must,
    source: "Open Responses specification, streaming; every recorded stream of the service",
    explanation: "After its last delta each text is repeated whole, once \
                  (`response.output_text.done` and its like), before its part is closed. Clients \
                  that take texts from there, and not from deltas, otherwise show nothing, or \
                  half.",
    violations: &[
        stream!(said!(), part_done!(6, text_part!("Blue whale"))),
        stream!(said!(), text_done!(), delta!(7, "!")),
    ],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"m\","#,
        r#"\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\","#,
        r#"\"content\":[]}}\n\nevent: response.content_part.added\ndata: "#,
        r#"{\"type\":\"response.content_part.added\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"part\":{\"type\":\"output_text\",\"text\":\"\","#,
        r#"\"annotations\":[]}}\n\nevent: response.content_part.done\ndata: "#,
        r#"{\"type\":\"response.content_part.done\",\"sequence_number\":4,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"part\":{\"type\":\"output_text\",\"text\":\"\","#,
        r#"\"annotations\":[]}}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(once_and_last),
        ..Hooks::NONE
    }),
};

fn once_and_last(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if kind == "response.content_part.done" {
        let index = number(value, "content_index");
        let part = item_of(seen, value).and_then(|item| item.part(index?));
        return match part {
            Some(part) if part.stage == PartStage::Open && is_followed(&part.kind) => {
                Verdict::fail(format!(
                    "expected the whole {} before its part is closed, found none",
                    quoted(&part.kind)
                ))
            }
            _ => Verdict::Silent,
        };
    }
    let Some(about) = TextEvent::of(kind).filter(|about| about.place == Place::Content) else {
        return Verdict::Silent;
    };
    match seen.before.text(about, value) {
        None => Verdict::Silent,
        Some(part) => Verdict::when(part.stage == PartStage::Open, || {
            format!("expected no {} after the whole text was sent", quoted(kind))
        }),
    }
}

fn is_followed(kind: &str) -> bool {
    matches!(kind, "output_text" | "refusal" | "reasoning_text")
}

pub(super) static DIFFERS: Rule = Rule {
    id: "OAR-059",
    name: "responses-text-differs-from-deltas",
    severity: Severity::Must,
    source: "Open Responses specification: a delta is what is new; every recorded stream of the \
             service",
    explanation: "The text that is repeated whole is what the deltas add up to. Where the two \
                  differ, a user has read something that the answer does not say. (Of a summary \
                  the service was seen to take a part back: an empty delta, and on from there.)",
    violations: &[
        stream!(said!(), text_done!(6, "Blue shark")),
        stream!(
            summary_opened!(),
            summary!(
                "response.reasoning_summary_text.delta",
                4,
                r#""delta":"Look.""#
            ),
            summary!(
                "response.reasoning_summary_text.done",
                5,
                r#""text":"Listen.""#
            )
        ),
    ],
    conforming: &[TEXT, REASONING, RESTARTED],
    faults: &["edit response.output_text.done /text = \"Other\""],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(adds_up),
        ..Hooks::NONE
    }),
};

fn adds_up(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    match TextEvent::of(kind) {
        Some(about) if !about.is_delta && about.place != Place::Arguments => {
            joined(seen, about, value)
        }
        _ => Verdict::Silent,
    }
}

/// Compares a whole text with what its deltas add up to.
fn joined(seen: &Transition<'_, State>, about: TextEvent, value: &Value) -> Verdict {
    let Some(part) = seen.before.text(about, value) else {
        return Verdict::Silent;
    };
    if part.assumed || *seen.before.overflowed || part.stage != PartStage::Open {
        return Verdict::Silent;
    }
    let Some(text) = word(value, about.member) else {
        return Verdict::Silent;
    };
    let is_summary = about.place == Place::Summary;
    Verdict::when(
        *part.text == text || (is_summary && part.says_again(text)),
        || {
            let at = first_difference(&part.text, text);
            format!(
                "expected `{}` to be what the deltas add up to, found another text \
                from byte {at} on: {} instead of {}",
                about.member,
                quoted(text.get(at..).unwrap_or(text)),
                quoted(part.text.get(at..).unwrap_or(&part.text))
            )
        },
    )
}

/// The first byte at which two texts differ, moved back to a character's start.
fn first_difference(one: &str, other: &str) -> usize {
    let pairs = one.char_indices().zip(other.chars());
    for ((at, one), other) in pairs {
        if one != other {
            return at;
        }
    }
    one.len().min(other.len())
}

pub(super) static ARGUMENTS_DIFFER: Rule = Rule {
    id: "OAR-070",
    name: "responses-arguments-differ-from-deltas",
    severity: Severity::Must,
    source: "Every recorded stream of the service; OpenAI API description",
    explanation: "The arguments of a call arrive in deltas and are repeated whole; the two are the \
                  same text. A client runs the tool with one of them, and logs the other.",
    violations: &[stream!(
        called!(),
        arguments_done!(5, r#"{\"city\":\"Bergen\"}"#)
    )],
    conforming: &[CALL],
    faults: &["edit response.function_call_arguments.done /arguments = \"{ }\""],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(arguments_add_up),
        ..Hooks::NONE
    }),
};

fn arguments_add_up(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    match TextEvent::of(kind) {
        Some(about) if !about.is_delta && about.place == Place::Arguments => {
            joined(seen, about, value)
        }
        _ => Verdict::Silent,
    }
}
