//! What a chunk is made of.

use super::reading::{
    candidates, first_fault, index_of, is_legacy, on_body, on_event, parts_of, spoken, whole_answer,
};
use super::sample::{BLOCKED, TEXT};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::gemini::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static EMPTY: Rule = Rule {
    id: "GEM-033",
    name: "gemini-empty-chunk",
    severity: Severity::Must,
    source: "Google API reference, response object; every recorded chunk",
    explanation: "A chunk has a candidate, or says why the prompt was blocked, or is an error. \
                  Google's clients find no answer in anything else and throw the whole turn away.",
    violations: &[stream!(
        event!(r#"{"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}"#),
        last!()
    )],
    conforming: &[TEXT, BLOCKED],
    faults: &["edit * /candidates removed"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, says_something)),
        body: Some(|whole| on_body(whole, answers_or_blocks)),
        ..Hooks::NONE
    }),
};

/// Nothing follows a whole body that could still bring a candidate.
fn answers_or_blocks(asked: &Asked, body: &Value) -> Verdict {
    let is_blocked = body.pointer("/promptFeedback/blockReason").is_some();
    match says_something(asked, body) {
        Verdict::Pass => Verdict::when(is_blocked || !candidates(body).is_empty(), || {
            "expected a candidate or a `blockReason`, found neither".to_owned()
        }),
        verdict @ (Verdict::Silent | Verdict::Fail(_)) => verdict,
    }
}

fn says_something(_asked: &Asked, chunk: &Value) -> Verdict {
    let says = !candidates(chunk).is_empty() || chunk.get("promptFeedback").is_some();
    // A value of the wrong kind has a rule of its own.
    if chunk
        .get("candidates")
        .is_some_and(|value| !value.is_array())
    {
        return Verdict::Silent;
    }
    Verdict::when(says, || {
        "expected a candidate or `promptFeedback`, found neither".to_owned()
    })
}

pub(super) static CANDIDATES: Rule = Rule {
    id: "GEM-034",
    name: "gemini-wrong-candidates",
    severity: Severity::Must,
    source: "Google API reference, `candidates[]`, `index`",
    explanation: "`candidates` is a list, and the `index` of each is a number that occurs once in \
                  a chunk: clients sort what they read by it.",
    violations: &[stream!(event!(chunk!(
        r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":"STOP","index":"0"}"#,
        usage!(6, 13)
    )))],
    conforming: &[TEXT],
    faults: &[r#"edit * /candidates/0/index = "0""#],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, candidate_list)),
        body: Some(|whole| on_body(whole, candidate_list)),
        ..Hooks::NONE
    }),
};

fn candidate_list(_asked: &Asked, chunk: &Value) -> Verdict {
    let Some(list) = chunk.get("candidates") else {
        return Verdict::Silent;
    };
    if !list.is_array() {
        return Verdict::fail(format!(
            "expected `candidates` to be a list, found {}",
            quoted_value(Some(list))
        ));
    }
    let candidates = candidates(chunk);
    for (at, candidate) in candidates.iter().enumerate() {
        let index = candidate.get("index");
        if !candidate.is_object() || index.is_some_and(|index| index.as_u64().is_none()) {
            return Verdict::fail(format!(
                "expected a candidate with a number as `index`, found {}",
                quoted_value(index.or(Some(candidate)))
            ));
        }
        if candidates[..at]
            .iter()
            .any(|other| index_of(other) == index_of(candidate))
        {
            return Verdict::fail(format!(
                "expected each `index` once in a chunk, found `{}` twice",
                index_of(candidate)
            ));
        }
    }
    Verdict::Pass
}

pub(super) static WRONG_INDEX: Rule = Rule {
    id: "GEM-035",
    name: "gemini-wrong-candidate-index",
    severity: Severity::Should,
    source: "Every recorded answer",
    explanation: "A request for one candidate is answered by candidate 0. A client that reads only \
                  that one shows nothing.",
    violations: &[asked!(
        "{}",
        event!(chunk!(
            concat!(
                r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
                r#""finishReason":"STOP","index":1}"#
            ),
            usage!(6, 13)
        ))
    )],
    conforming: &[asked!("{}", first!(), last!())],
    faults: &["wrong-index"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, index_in_range)),
        body: Some(|whole| on_body(whole, index_in_range)),
        ..Hooks::NONE
    }),
};

fn index_in_range(asked: &Asked, chunk: &Value) -> Verdict {
    let Some(n) = asked.n else {
        return Verdict::Silent;
    };
    first_fault(candidates(chunk).iter().map(|candidate| {
        Verdict::when(index_of(candidate) < n.max(1), || {
            format!(
                "expected an `index` below `{}`, found `{}`",
                n.max(1),
                index_of(candidate)
            )
        })
    }))
}

pub(super) static WRONG_ROLE: Rule = Rule {
    id: "GEM-036",
    name: "gemini-wrong-role",
    severity: Severity::Must,
    source: "Google API reference, `content.role`; Google's JavaScript client never returns from \
             its history",
    explanation: "Content that says something has role `model`. Google's JavaScript chat loops for \
                  ever over a history with any other role in it.",
    violations: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"assistant"},"#,
            r#""finishReason":"STOP","index":0}"#
        ),
        usage!(6, 13)
    )))],
    conforming: &[TEXT],
    faults: &["wrong-role"],
    check: Check::Gemini(Hooks {
        event: Some(streamed_role),
        body: Some(whole_role),
        ..Hooks::NONE
    }),
};

fn streamed_role(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(chunk) if !is_legacy(seen.before.get(), chunk) => role_is_model(chunk),
        _ => Verdict::Silent,
    }
}

fn whole_role(whole: &Whole<'_, State>) -> Verdict {
    match whole_answer(whole) {
        Some(body) if !is_legacy(whole.state.get(), body) => role_is_model(body),
        _ => Verdict::Silent,
    }
}

fn role_is_model(chunk: &Value) -> Verdict {
    let speaking = candidates(chunk)
        .iter()
        .filter(|candidate| !parts_of(candidate).is_empty());
    first_fault(speaking.map(|candidate| {
        let role = candidate
            .get("content")
            .and_then(|content| content.get("role"));
        Verdict::when(role.and_then(Value::as_str) == Some("model"), || {
            format!("expected `role` `model`, found {}", quoted_value(role))
        })
    }))
}

pub(super) static WRONG_PARTS: Rule = Rule {
    id: "GEM-037",
    name: "gemini-wrong-parts",
    severity: Severity::Must,
    source: "Google API reference, `content.parts[]`; every recorded answer",
    explanation: "`parts` is a list of objects and is left out where there are none. Google's \
                  clients throw a turn away that has an empty list.",
    violations: &[
        stream!(event!(chunk!(finished!(""), usage!(6, 13)))),
        stream!(event!(chunk!(finished!("\"x\""), usage!(6, 13)))),
    ],
    conforming: &[TEXT],
    faults: &["edit * /candidates/0/content/parts = []"],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, part_list)),
        body: Some(|whole| on_body(whole, part_list)),
        ..Hooks::NONE
    }),
};

fn part_list(_asked: &Asked, chunk: &Value) -> Verdict {
    let lists = candidates(chunk).iter().filter_map(|candidate| {
        candidate
            .get("content")
            .and_then(|content| content.get("parts"))
    });
    first_fault(lists.map(|parts| {
        let is_list = parts
            .as_array()
            .is_some_and(|parts| !parts.is_empty() && parts.iter().all(Value::is_object));
        Verdict::when(is_list, || {
            format!(
                "expected a list of parts, found {}",
                quoted_value(Some(parts))
            )
        })
    }))
}
