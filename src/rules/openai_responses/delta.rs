//! Single deltas.

use super::reading::{TEXTS, spoken};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{Place, State, TextEvent};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static NOT_TEXT: Rule = Rule {
    id: "OAR-056",
    name: "responses-delta-not-text",
    severity: Severity::Must,
    source: "OpenAI API description: `delta` is a string",
    explanation: "The `delta` of a text, a refusal, a reasoning text or arguments is a string: \
                  clients append it to one.",
    violations: &[stream!(
        opened!(),
        record!(
            "response.output_text.delta",
            4,
            r#""item_id":"msg_1","output_index":0,"content_index":0,"delta":{"text":"Blue"}"#
        )
    )],
    conforming: &[TEXT],
    faults: &["edit response.output_text.delta /delta = 7"],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(is_text),
        ..Hooks::NONE
    }),
};

fn is_text(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(about) = TextEvent::of(kind) else {
        return Verdict::Silent;
    };
    let found = value.get(about.member);
    Verdict::when(found.is_some_and(Value::is_string), || {
        format!(
            "expected `{}` to be a text, found {}",
            about.member,
            quoted_value(found)
        )
    })
}

pub(super) static EMPTY: Rule = Rule {
    id: "OAR-057",
    name: "responses-empty-delta",
    severity: Severity::Should,
    source: "Every recorded stream of the service: no delta is empty, but for one of a summary \
             that was taken back in part",
    explanation: "The service sends a delta only when there is text. An empty one starts a \
                  client's clock for the first token before there is any.",
    violations: &[stream!(opened!(), delta!(4, ""))],
    conforming: &[TEXT],
    faults: &["edit response.output_text.delta /delta = \"\""],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(has_text),
        ..Hooks::NONE
    }),
};

fn has_text(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    match TextEvent::of(kind) {
        Some(about) if about.is_delta && about.place != Place::Summary => {
            match value.get("delta").and_then(Value::says) {
                None => Verdict::Silent,
                Some(says) => Verdict::when(says, || {
                    format!("expected text in {}, found an empty `delta`", quoted(kind))
                }),
            }
        }
        _ => Verdict::Silent,
    }
}
