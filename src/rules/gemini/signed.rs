//! Calls that a model thought about are signed.

use super::reading::{candidates, first_fault, parts_of, spoken, whole_answer};
use crate::json::Value;
use crate::protocol::gemini::{State, server_side};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

/// An answer of a model of that version which calls a function, with these members more.
macro_rules! calling {
    ($signature:literal) => {
        asked!(
            r#"{"tools":[{"functionDeclarations":[{"name":"get_time"}]}]}"#,
            event!(concat!(
                r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"get_time"}"#,
                $signature,
                r#"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":"#,
                usage!(6, 13),
                r#","modelVersion":"gemini-3-pro","responseId":"aTestRespId0000000000A"}"#
            ))
        )
    };
}

pub(super) static RULE: Rule = Rule {
    id: "GEM-074",
    name: "gemini-call-not-signed",
    severity: Severity::Should,
    source: "Google documentation, Thought signatures; every recorded call of Gemini 3",
    explanation: "With Gemini 3 the first function call of an answer carries a `thoughtSignature`. \
                  It must be sent back with the call's result; without it the next request is \
                  refused.",
    violations: &[calling!("")],
    conforming: &[calling!(r#","thoughtSignature":"RXhhbXBsZQ==""#)],
    faults: &["edit * /candidates/0/content/parts/0/thoughtSignature removed"],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("functionCall")],
        event: Some(|seen: &Transition<'_, State>| match spoken(seen) {
            Some(chunk) if seen.before.calls.is_empty() => signed(seen.before.get(), chunk),
            _ => Verdict::Silent,
        }),
        body: Some(|whole: &Whole<'_, State>| match whole_answer(whole) {
            Some(body) => signed(whole.state.get(), body),
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

fn signed(state: &State, chunk: &Value) -> Verdict {
    let own = chunk.get("modelVersion").and_then(Value::as_str);
    let model = state.model_version.as_deref().or(own).unwrap_or_default();
    let is_third = model
        .rsplit('/')
        .next()
        .is_some_and(|m| m.starts_with("gemini-3"));
    if !is_third || state.server_side || server_side(chunk) {
        return Verdict::Silent;
    }
    first_fault(candidates(chunk).iter().map(|candidate| {
        let mut parts = parts_of(candidate).iter();
        match parts.find(|part| part.get("functionCall").is_some()) {
            None => Verdict::Silent,
            Some(call) => Verdict::when(call.get("thoughtSignature").is_some(), || {
                "expected a `thoughtSignature` with the first call, found none".to_owned()
            }),
        }
    }))
}
