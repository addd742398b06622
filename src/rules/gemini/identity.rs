//! What names the answer, and stays.

use super::agreement::is_recent;
use super::reading::{on_body, on_event, spoken};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::gemini::State;
use crate::protocol::{Asked, BodyEnd};
use crate::rules::model::differs;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict};

/// A body that answers a request for the one model with the name of the other.
macro_rules! answered {
    ($wanted:literal, $found:literal) => {
        crate::rules::Sample::Answer {
            request: concat!(
                "/v1beta/models/{model}:generateContent @model=",
                $wanted,
                "\n"
            ),
            status: 200,
            headers: &[("content-type", "application/json; charset=UTF-8")],
            body: concat!(
                r#"{"candidates":["#,
                finished!(r#"{"text":"x"}"#),
                r#"],"usageMetadata":"#,
                usage!(6, 13),
                r#","modelVersion":""#,
                $found,
                r#"","responseId":"aTestRespId0000000000A"}"#
            ),
        }
    };
}

pub(super) static ID_CHANGES: Rule = Rule {
    id: "GEM-064",
    name: "gemini-response-id-changes",
    severity: Severity::Must,
    source: "Google API reference, `responseId`; every recorded stream",
    explanation: "`responseId` is the same in all chunks that have it. It is what a user quotes to \
                  support, and what ties chunks of one answer together in logs.",
    violations: &[stream!(
        first!(),
        event!(concat!(
            r#"{"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"#,
            r#""promptTokenCount":7,"totalTokenCount":7},"#,
            r#""modelVersion":"gemini-test-1","responseId":"bTestRespId0000000000B"}"#
        ))
    )],
    conforming: &[TEXT],
    faults: &["wrong-id"],
    check: Check::Gemini(Hooks {
        event: Some(same_id),
        ..Hooks::NONE
    }),
};

fn same_id(seen: &Transition<'_, State>) -> Verdict {
    stays(seen, "responseId", seen.before.response_id.as_deref())
}

fn stays(seen: &Transition<'_, State>, key: &str, known: Option<&str>) -> Verdict {
    let Some(found) = spoken(seen).and_then(|chunk| chunk.get(key)) else {
        return Verdict::Silent;
    };
    let holds = found
        .as_str()
        .is_some_and(|found| known.is_none_or(|known| known == found));
    Verdict::when(holds, || {
        let expected = known.map_or("a text".to_owned(), quoted);
        format!(
            "expected `{key}` to be {expected}, found {}",
            quoted_value(Some(found))
        )
    })
}

pub(super) static MODEL_CHANGES: Rule = Rule {
    id: "GEM-066",
    name: "gemini-model-changes",
    severity: Severity::Must,
    source: "Google API reference, `modelVersion`; every recorded stream",
    explanation: "`modelVersion` is the same in all chunks that have it: one answer comes from one \
                  model, and is billed at its price.",
    violations: &[stream!(
        first!(),
        event!(concat!(
            r#"{"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"#,
            r#""promptTokenCount":7,"totalTokenCount":7},"#,
            r#""modelVersion":"gemini-test-2","responseId":"aTestRespId0000000000A"}"#
        ))
    )],
    conforming: &[TEXT],
    faults: &[r#"edit *#last /modelVersion = "gemini-3-other""#],
    check: Check::Gemini(Hooks {
        event: Some(same_model),
        ..Hooks::NONE
    }),
};

fn same_model(seen: &Transition<'_, State>) -> Verdict {
    stays(seen, "modelVersion", seen.before.model_version.as_deref())
}

pub(super) static NO_ID: Rule = Rule {
    id: "GEM-065",
    name: "gemini-no-response-id",
    severity: Severity::Should,
    source: "Recorded answers since 2025",
    explanation: "Every chunk has a `responseId`, so that a single logged chunk can be told to its \
                  answer.",
    violations: &[stream!(event!(concat!(
        r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
        r#""finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":7,"#,
        r#""totalTokenCount":7},"modelVersion":"gemini-test-2"}"#
    )))],
    conforming: &[TEXT],
    faults: &["edit * /responseId removed"],
    check: Check::Gemini(Hooks {
        event: Some(has_id),
        body: Some(|whole| on_body(whole, body_has_id)),
        ..Hooks::NONE
    }),
};

fn has_id(seen: &Transition<'_, State>) -> Verdict {
    // Once is enough for a server that does not know the member.
    if seen.before.chunks.has_begun() && seen.before.response_id.is_none() {
        return Verdict::Silent;
    }
    spoken(seen).map_or(Verdict::Silent, names_itself)
}

/// Bodies of older models come with an id and without.
fn body_has_id(asked: &Asked, body: &Value) -> Verdict {
    let model = body.get("modelVersion").and_then(Value::as_str);
    if is_recent(asked, model) {
        names_itself(body)
    } else {
        Verdict::Silent
    }
}

fn names_itself(chunk: &Value) -> Verdict {
    let id = chunk.get("responseId").and_then(Value::as_str);
    let is_plain = |id: &str| {
        !id.is_empty()
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    Verdict::when(id.is_some_and(is_plain), || {
        format!(
            "expected a `responseId`, found {}",
            quoted_value(chunk.get("responseId"))
        )
    })
}

pub(super) static OTHER_MODEL: Rule = Rule {
    id: "GEM-067",
    name: "gemini-other-model",
    severity: Severity::Should,
    source: "Recordings: `modelVersion` is the model asked for, or the one behind an alias",
    explanation: "`modelVersion` names the model that was asked for, with or without `models/`, or \
                  the one that an alias such as `-latest` stands for. An answer of another family \
                  has another quality and another price, and nothing else tells the caller.",
    violations: &[
        answered!("gemini-2.5-pro", "gemini-2.5-flash"),
        answered!("gemini-2.5-flash", "gpt-5-4"),
    ],
    conforming: &[
        answered!("gemini-flash-latest", "gemini-3.6-flash"),
        answered!("gemini-2.5-flash", "models/gemini-2.5-flash-001"),
    ],
    faults: &[r#"edit *#every /modelVersion = "gpt-5-4""#],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, same_family)),
        body: Some(|whole| on_body(whole, same_family)),
        ..Hooks::NONE
    }),
};

fn same_family(asked: &Asked, chunk: &Value) -> Verdict {
    let found = chunk.get("modelVersion").and_then(Value::as_str);
    let (Some(wanted), Some(found)) = (asked.model.as_deref(), found) else {
        return Verdict::Silent;
    };
    Verdict::when(!differs(wanted, found), || {
        format!(
            "expected the model {} or what it stands for, found {}",
            quoted(wanted),
            quoted(found)
        )
    })
}

pub(super) static NO_MODEL: Rule = Rule {
    id: "GEM-100",
    name: "gemini-no-model",
    severity: Severity::Should,
    source: "Recordings: a stream, its chunks put together, has what a whole answer has",
    explanation: "Put together, the chunks of a stream make the answer that would have come whole: \
                  with its candidates, counts, id and `modelVersion`. Candidates, counts and ids \
                  have rules of their own; without the model nobody can tell what was paid for.",
    violations: &[stream!(event!(concat!(
        r#"{"candidates":["#,
        finished!(r#"{"text":"x"}"#),
        r#"],"usageMetadata":"#,
        usage!(6, 13),
        r#","responseId":"aTestRespId0000000000A"}"#
    )))],
    conforming: &[TEXT],
    faults: &["edit *#every /modelVersion removed"],
    check: Check::Gemini(Hooks {
        end: Some(|ended: &Ended<'_, State>| {
            if ended.end != BodyEnd::Clean || !ended.state.all_finished() {
                return Verdict::Silent;
            }
            let model = ended.state.model_version.as_deref();
            Verdict::when(model.is_some_and(|model| !model.is_empty()), || {
                "expected `modelVersion` in the stream, found none".to_owned()
            })
        }),
        body: Some(|whole| {
            on_body(whole, |_, body| match body.get("modelVersion") {
                None => Verdict::Silent,
                Some(model) => Verdict::when(model.as_str() != Some(""), || {
                    "expected a name in `modelVersion`, found an empty one".to_owned()
                }),
            })
        }),
        ..Hooks::NONE
    }),
};
