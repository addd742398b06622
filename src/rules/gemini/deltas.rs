//! Pieces of text and thought.

use super::reading::{
    all_parts, candidates, first_fault, index_of, is_legacy, offers_own_tools, on_body, on_event,
    parts_of, serves, spoken,
};
use super::sample::{TEXT, THOUGHT};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::gemini::{PartPayload, State, payload_of};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static NOT_ASKED: Rule = Rule {
    id: "GEM-095",
    name: "gemini-thought-not-asked-for",
    severity: Severity::Must,
    source: "Google API reference, `includeThoughts`; every recorded answer",
    explanation: "Thoughts are sent only when the request says `includeThoughts`. A client that \
                  did not ask shows them as the answer.",
    violations: &[asked!(
        "{}",
        thought!(),
        after_thought!(concat!(
            r#"{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2,"#,
            r#""totalTokenCount":10}"#
        ))
    )],
    conforming: &[THOUGHT],
    faults: &["edit * /candidates/0/content/parts/0/thought = true"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("thought")],
        event: Some(|seen| on_event(seen, thoughts_asked)),
        body: Some(|whole| on_body(whole, thoughts_asked)),
        ..Hooks::NONE
    }),
};

fn thoughts_asked(asked: &Asked, chunk: &Value) -> Verdict {
    let Some(thinking) = asked.thinking else {
        return Verdict::Silent;
    };
    let thoughts = all_parts(chunk).filter(|part| part.get("thought") == Some(&Value::Bool(true)));
    first_fault(
        thoughts.map(|_| Verdict::when(thinking, || "expected no thoughts, found one".to_owned())),
    )
}

pub(super) static LATE_THOUGHT: Rule = Rule {
    id: "GEM-070",
    name: "gemini-late-thought",
    severity: Severity::Should,
    source: "Every recorded stream with thoughts and no tools of the service's own",
    explanation: "Thoughts come before what is said. An interface folds them away when the answer \
                  begins.",
    violations: &[asked!(
        r#"{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}"#,
        event!(chunk!(
            candidate!(r#"{"text":"Yes."}"#),
            concat!(
                r#"{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2,"#,
                r#""totalTokenCount":10}"#
            )
        )),
        event!(chunk!(
            finished!(r#"{"text":"Think.","thought":true}"#),
            concat!(
                r#"{"promptTokenCount":7,"candidatesTokenCount":1,"thoughtsTokenCount":2,"#,
                r#""totalTokenCount":10}"#
            )
        ))
    )],
    conforming: &[THOUGHT],
    faults: &["edit *#last /candidates/0/content/parts/0/thought = true"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("thought")],
        event: Some(thoughts_first),
        ..Hooks::NONE
    }),
};

fn thoughts_first(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) {
        return Verdict::Silent;
    }
    let thinking = candidates(chunk).iter().filter(|candidate| {
        let mut parts = parts_of(candidate).iter();
        parts.any(|part| part.get("thought") == Some(&Value::Bool(true)))
    });
    first_fault(thinking.map(|candidate| {
        let known = seen.before.candidate(index_of(candidate));
        Verdict::when(known.is_none_or(|known| !known.visible), || {
            "expected thoughts before the answer, found one after it began".to_owned()
        })
    }))
}

pub(super) static CUMULATIVE: Rule = Rule {
    id: "GEM-072",
    name: "gemini-cumulative-text",
    severity: Severity::Should,
    source: "Every recorded stream: texts are what is new",
    explanation: "Each chunk's text is what is new. A chunk that begins with all the text so far \
                  is read twice by every client that appends.",
    violations: &[stream!(
        event!(chunk!(
            candidate!(r#"{"text":"Tides follow the Moon."}"#),
            usage!(6, 13)
        )),
        event!(chunk!(
            finished!(r#"{"text":"Tides follow the Moon. And the Sun."}"#),
            usage!(9, 16)
        ))
    )],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(only_new),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

/// A shorter beginning may repeat by chance.
const TELLING: usize = 20;

fn only_new(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    first_fault(candidates(chunk).iter().map(|candidate| {
        let known = seen.before.candidate(index_of(candidate));
        let Some(known) = known.filter(|known| !known.text.is_empty()) else {
            return Verdict::Silent;
        };
        let text = parts_of(candidate)
            .iter()
            .find_map(|part| match payload_of(part) {
                Some(PartPayload::Text(text)) => Some(text),
                _ => None,
            });
        let is_all = text.is_some_and(|text| {
            known.text.len() >= TELLING && text.starts_with(known.text.as_str())
        });
        Verdict::when(!is_all, || {
            "expected the new text only, found all the text so far again".to_owned()
        })
    }))
}

pub(super) static EMPTY: Rule = Rule {
    id: "GEM-071",
    name: "gemini-empty-text",
    severity: Severity::Should,
    source: "Recorded streams without tools of the service's own: an empty text is the last, or \
             carries a signature",
    explanation: "A chunk before the last says something. An empty text starts a client's clock \
                  for the first token before there is any.",
    violations: &[
        asked!(
            "{}",
            event!(chunk!(candidate!(r#"{"text":""}"#), usage!(3, 10))),
            last!()
        ),
        stream!(event!(chunk!(r#"{"index":0}"#, usage!(3, 10))), last!()),
    ],
    conforming: &[TEXT],
    faults: &[r#"edit * /candidates/0/content/parts/0/text = """#],
    check: Check::Gemini(Hooks {
        event: Some(has_text),
        ..Hooks::NONE
    }),
};

fn has_text(seen: &Transition<'_, State>) -> Verdict {
    let Some(chunk) = spoken(seen) else {
        return Verdict::Silent;
    };
    if serves(seen, chunk) {
        return Verdict::Silent;
    }
    let running = candidates(chunk)
        .iter()
        .filter(|candidate| candidate.get("finishReason").is_none());
    let mut silent = running.clone().filter(|candidate| {
        parts_of(candidate).is_empty() && candidate.get("groundingMetadata").is_none()
    });
    if silent.next().is_some() && !is_legacy(seen.before.get(), chunk) {
        return Verdict::fail("expected parts or a `finishReason` of a candidate, found neither");
    }
    first_fault(
        running
            .filter_map(|candidate| match parts_of(candidate) {
                [part] if part.get("thoughtSignature").is_none() => part.get("text"),
                _ => None,
            })
            .map(|text| match text.says() {
                // While a tool of its own is at work the service has sent such texts.
                Some(false) if offers_own_tools(seen.asked.get()) != Some(false) => Verdict::Silent,
                says => Verdict::when(says != Some(false), || {
                    "expected text before the last chunk, found an empty one".to_owned()
                }),
            }),
    )
}
