//! Parts of an answer that must agree with each other.

use super::reading::{
    candidates, first_fault, index_of, is_legacy, on_body, on_event, parts_of, serves,
};
use super::reading::{spoken, whole_answer};
use super::sample::{CALL, TEXT, UNARY};
use crate::json::Value;
use crate::protocol::gemini::{Candidate, Counts, PartPayload, State, payload_of};
use crate::protocol::{Asked, BodyEnd};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

/// A finished chunk whose prompt is split in this way.
macro_rules! split {
    ($details:literal) => {
        stream!(event!(chunk!(
            finished!(r#"{"text":"x"}"#),
            concat!(
                r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13,"#,
                r#""promptTokensDetails":["#,
                $details,
                "]}"
            )
        )))
    };
}

pub(super) static MODALITIES: Rule = Rule {
    id: "GEM-056",
    name: "gemini-details-modality",
    severity: Severity::Should,
    source: "Google API reference, `ModalityTokenCount`; every recorded list",
    explanation: "Each entry of `promptTokensDetails` and its like names its `modality`, and each \
                  modality has one entry. Prices differ by it: tokens under none are charged at a \
                  guess, and of two entries a table keeps one.",
    violations: &[
        split!(r#"{"tokenCount":7}"#),
        split!(r#"{"modality":"TEXT","tokenCount":3},{"modality":"TEXT","tokenCount":4}"#),
    ],
    conforming: &[split!(
        r#"{"modality":"TEXT","tokenCount":3},{"modality":"IMAGE","tokenCount":4}"#
    )],
    faults: &["edit * /usageMetadata/promptTokensDetails/0/modality removed"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, modalities)),
        body: Some(|whole| on_body(whole, modalities)),
        ..Hooks::NONE
    }),
};

fn modalities(_asked: &Asked, chunk: &Value) -> Verdict {
    let usage = chunk.get("usageMetadata").and_then(Value::as_object);
    let members = usage.into_iter().flat_map(crate::json::Object::iter);
    let lists = members.filter_map(|(name, list)| Some((name, list.as_array()?)));
    first_fault(lists.map(|(name, list)| {
        for (at, entry) in list.iter().enumerate() {
            let Some(modality) = entry.get("modality") else {
                let found = quoted_value(Some(entry));
                return Verdict::fail(format!("expected a `modality` in `{name}`, found {found}"));
            };
            let is_it = |other: &Value| other.get("modality") == Some(modality);
            if list[..at].iter().any(is_it) {
                let found = quoted_value(Some(modality));
                return Verdict::fail(format!(
                    "expected each modality once in `{name}`, found {found} twice"
                ));
            }
        }
        Verdict::Pass
    }))
}

pub(super) static NO_DETAILS: Rule = Rule {
    id: "GEM-057",
    name: "gemini-no-prompt-details",
    severity: Severity::Note,
    source: "Most recorded answers with a `responseId`: the prompt's tokens are split by \
             modality",
    explanation: "`promptTokensDetails` splits the prompt's tokens by modality. Without it nobody \
                  can tell what a prompt with pictures or sound should have cost.",
    violations: &[detailed!(
        r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13}"#
    )],
    conforming: &[detailed!(concat!(
        r#"{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13,"#,
        r#""promptTokensDetails":[{"modality":"TEXT","tokenCount":7}]}"#
    ))],
    faults: &["edit * /usageMetadata/promptTokensDetails removed"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, has_details)),
        body: Some(|whole| on_body(whole, has_details)),
        ..Hooks::NONE
    }),
};

fn has_details(asked: &Asked, chunk: &Value) -> Verdict {
    let model = chunk.get("modelVersion").and_then(Value::as_str);
    let (Some(usage), true) = (chunk.get("usageMetadata"), is_recent(asked, model)) else {
        return Verdict::Silent;
    };
    let pairs = [
        ("promptTokenCount", "promptTokensDetails"),
        ("toolUsePromptTokenCount", "toolUsePromptTokensDetails"),
    ];
    first_fault(pairs.iter().map(|(count, details)| {
        let counted = usage.get(*count).and_then(Value::as_u64).unwrap_or(0);
        if counted == 0 {
            return Verdict::Silent;
        }
        Verdict::when(usage.get(*details).is_some(), || {
            format!("expected `{details}` beside `{count}`, found none")
        })
    }))
}

/// Models since 2.5: older ones were recorded in several ways. Of the gateway's own answers the
/// model may be another vendor's.
pub(super) fn is_recent(asked: &Asked, model: Option<&str>) -> bool {
    let name = model.map(|model| model.rsplit('/').next().unwrap_or(model));
    let is_dated = |name: &str| name.starts_with("gemini-2.5") || name.starts_with("gemini-3");
    asked.gateway || name.is_some_and(is_dated)
}

pub(super) static BLOCKED: Rule = Rule {
    id: "GEM-058",
    name: "gemini-blocked-without-block",
    severity: Severity::Should,
    source: "Google API reference, `SafetyRating.blocked`; protocol buffers' JSON mapping leaves \
             out what is false",
    explanation: "`blocked` says of a rating that the prompt or the answer was held back because \
                  of it. It stands where something was, and there alone; false is left out.",
    violations: &[rated!(r#""STOP""#, "true"), rated!(r#""SAFETY""#, "false")],
    conforming: &[rated!(r#""SAFETY""#, "true")],
    faults: &["edit * /promptFeedback/safetyRatings/0/blocked = false"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("safetyRatings")],
        event: Some(|seen| on_event(seen, blocked)),
        body: Some(|whole| on_body(whole, blocked)),
        ..Hooks::NONE
    }),
};

fn blocked(_asked: &Asked, chunk: &Value) -> Verdict {
    let ratings = |owner: &Value, is_held_back: bool| {
        let told = owner.get("safetyRatings").and_then(Value::as_array);
        let told = told.into_iter().flatten();
        first_fault(told.map(|rating| match rating.get("blocked") {
            None => Verdict::Silent,
            Some(Value::Bool(true)) => Verdict::when(is_held_back, || {
                "expected a rating with `blocked` only where something was held back, found one"
                    .to_owned()
            }),
            Some(found) => Verdict::fail(format!(
                "expected `blocked` to be `true` or left out, found {}",
                quoted_value(Some(found))
            )),
        }))
    };
    let answers = candidates(chunk).iter().map(|candidate| {
        let reason = candidate.get("finishReason").and_then(Value::as_str);
        ratings(candidate, reason.is_some_and(|reason| reason != "STOP"))
    });
    let feedback = chunk.get("promptFeedback");
    let prompt = feedback.map(|told| ratings(told, told.get("blockReason").is_some()));
    first_fault(answers.chain(prompt))
}

pub(super) static CALL_TOLD: Rule = Rule {
    id: "GEM-059",
    name: "gemini-told-call-missing",
    severity: Severity::Should,
    source: "Recordings: `finishMessage` tells of function calls only where there are some",
    explanation: "Where `finishMessage` says that function calls were made, the answer has one. A \
                  client that lost it waits for nothing, and its user sees an empty answer.",
    violations: &[messaged!(r#"{"text":"x"}"#)],
    conforming: &[messaged!(
        r#"{"functionCall":{"name":"get_time","args":{"city":"Oslo"},"id":"c1"}}"#
    )],
    faults: &["edit * /candidates/0/content/parts/0/functionCall named functionCalls"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("finishMessage")],
        event: Some(|seen| match spoken(seen) {
            Some(chunk) => calls_told(seen.before.get(), chunk),
            None => Verdict::Silent,
        }),
        body: Some(|whole| match whole_answer(whole) {
            Some(body) => calls_told(whole.state.get(), body),
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

fn calls_told(state: &State, chunk: &Value) -> Verdict {
    first_fault(candidates(chunk).iter().map(|candidate| {
        let message = candidate.get("finishMessage").and_then(Value::as_str);
        if !message.is_some_and(|message| message.starts_with("Model generated function call")) {
            return Verdict::Silent;
        }
        let known = state.candidate(index_of(candidate));
        let mut parts = parts_of(candidate).iter();
        let has_call = known.is_some_and(|known| known.calls > 0)
            || parts.any(|part| part.get("functionCall").is_some());
        Verdict::when(has_call, || {
            "expected the function call that `finishMessage` tells of, found none".to_owned()
        })
    }))
}

pub(super) static REPEATED: Rule = Rule {
    id: "GEM-075",
    name: "gemini-text-repeated",
    severity: Severity::Should,
    source: "Every recorded stream: text that is new has been counted",
    explanation: "A chunk that repeats the text before it, while `candidatesTokenCount` stays as \
                  it was, is the same chunk sent twice. Clients append it, and show words that \
                  the model never wrote.",
    violations: &[stream!(first!(), first!(), last!())],
    conforming: &[TEXT],
    faults: &["edit *#2 doubled"],
    check: Check::Gemini(Hooks {
        event: Some(repeated),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn repeated(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    let (Some(before), Some(now)) = (*seen.before.counts, Counts::of(chunk)) else {
        return Verdict::Silent;
    };
    let is_counted = now.candidates > 0 && seen.before.chunks.has_begun();
    if !is_counted || serves(seen, chunk) {
        return Verdict::Silent;
    }
    first_fault(candidates(chunk).iter().map(|candidate| {
        let known = seen.before.candidate(index_of(candidate));
        let text = parts_of(candidate).iter().find_map(text_of);
        let (Some(known), Some(text)) = (known, text) else {
            return Verdict::Silent;
        };
        let is_again = now.candidates == before.candidates && known.text.ends_with(text);
        Verdict::when(!is_again, || {
            format!(
                "expected `candidatesTokenCount` above `{}` with more text, found the same text \
                 and count again",
                before.candidates
            )
        })
    }))
}

pub(super) static TWICE: Rule = Rule {
    id: "GEM-125",
    name: "gemini-part-twice",
    severity: Severity::Note,
    source: "Most recorded answers: a model rarely says the same twice in one content",
    explanation: "A part that stands twice in one content may be one that a server has repeated. A \
                  model can say a word again, run code again or call a function again, so it is \
                  told and no more.",
    violations: &[
        stream!(event!(chunk!(
            finished!(r#"{"text":"Tides."},{"text":"Tides."}"#),
            usage!(6, 13)
        ))),
        body!(chunk!(
            finished!(r#"{"text":"Tides."},{"text":"Tides."}"#),
            usage!(6, 13)
        )),
    ],
    conforming: &[TEXT, UNARY],
    faults: &["edit * /candidates/0/content/parts/0 doubled"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, once)),
        body: Some(|whole| on_body(whole, once)),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

/// No part that says something stands twice in one content.
fn once(_asked: &Asked, chunk: &Value) -> Verdict {
    first_fault(candidates(chunk).iter().map(|candidate| {
        let parts = parts_of(candidate);
        let mut again = parts
            .iter()
            .enumerate()
            .filter(|(at, part)| payload_of(part).is_some() && parts[..*at].contains(part));
        match again.next() {
            None => Verdict::Pass,
            Some((_, part)) => Verdict::fail(format!(
                "expected each part once, found {} again",
                quoted_value(Some(part))
            )),
        }
    }))
}

fn text_of(part: &Value) -> Option<&str> {
    match payload_of(part) {
        Some(PartPayload::Text(text)) => Some(text),
        Some(_) | None => None,
    }
}

pub(super) static NOTHING_SAID: Rule = Rule {
    id: "GEM-076",
    name: "gemini-counted-output-missing",
    severity: Severity::Should,
    source: "Every recorded answer: one that ended with `STOP` and counts output has some",
    explanation: "An answer that ended by itself and counts tokens of a candidate says something: \
                  text, a call, a picture. Where nothing came of what was counted it was lost on \
                  the way, and is paid for all the same.",
    violations: &[body!(chunk!(
        r#"{"content":{"role":"model"},"finishReason":"STOP","index":0}"#,
        usage!(6, 13)
    ))],
    conforming: &[UNARY, TEXT, CALL],
    faults: &["edit * /candidates/0/content removed"],
    check: Check::Gemini(Hooks {
        end: Some(|ended: &Ended<'_, State>| {
            let is_whole = ended.end == BodyEnd::Clean && ended.state.all_finished();
            if is_whole {
                says_what_it_counts(ended.state)
            } else {
                Verdict::Silent
            }
        }),
        body: Some(|whole: &Whole<'_, State>| match whole_answer(whole) {
            Some(body) if !is_legacy(whole.state.get(), body) => {
                says_what_it_counts(whole.state.get())
            }
            _ => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

fn says_what_it_counts(state: &State) -> Verdict {
    let (Some(counts), false) = (*state.counts, state.is_over() || state.server_side) else {
        return Verdict::Silent;
    };
    let stopped = |known: &Candidate| known.finish.as_deref() == Some("STOP");
    if counts.candidates == 0 || !state.candidates.iter().all(stopped) {
        return Verdict::Silent;
    }
    first_fault(state.candidates.iter().map(|known| {
        Verdict::when(known.visible, || {
            format!(
                "expected an answer of candidate `{}`, since `{}` tokens are counted, found none",
                known.index, counts.candidates
            )
        })
    }))
}
