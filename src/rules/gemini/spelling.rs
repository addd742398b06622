//! How names and values are spelled.

use super::reading::{candidates, first_fault, on_body, on_event, parts_of};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static SNAKE_CASE: Rule = Rule {
    id: "GEM-030",
    name: "gemini-snake-case",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping; seen with Google's clients, which lose the value",
    explanation: "Members are spelled in lower camel case. Google's clients do not know \
                  `finish_reason` or `usage_metadata` and lose them without a word.",
    violations: &[stream!(event!(concat!(
        r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
        r#""finish_reason":"STOP","index":0}],"usageMetadata":{"#,
        r#""promptTokenCount":7,"totalTokenCount":7}}"#
    )))],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, camel_case)),
        body: Some(|whole| on_body(whole, camel_case)),
        ..Hooks::NONE
    }),
};

fn camel_case(_asked: &Asked, chunk: &Value) -> Verdict {
    let snake = |place: &Value| {
        let mut names = place.as_object()?.keys();
        let found = names.find(|name| name.bytes().any(|byte| byte == b'_'));
        found.map(str::to_owned)
    };
    let found = snake(chunk)
        .or_else(|| chunk.get("usageMetadata").and_then(snake))
        .or_else(|| {
            let mut candidates = candidates(chunk).iter();
            candidates.find_map(|candidate| {
                snake(candidate).or_else(|| parts_of(candidate).iter().find_map(snake))
            })
        });
    match found {
        None => Verdict::Pass,
        Some(name) => Verdict::fail(format!(
            "expected names in lower camel case, found {}",
            quoted(&name)
        )),
    }
}

pub(super) static NULL: Rule = Rule {
    id: "GEM-032",
    name: "gemini-null",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping leaves out what is not set; no recorded answer has a \
             null",
    explanation: "A member that is not set is left out, never null. Clients ask whether \
                  `finishReason` is there to know the end, and find it in every chunk.",
    violations: &[stream!(
        event!(chunk!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":null,"index":0}"#,
            usage!(1, 8)
        )),
        last!()
    )],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, without_null)),
        body: Some(|whole| on_body(whole, without_null)),
        ..Hooks::NONE
    }),
};

fn without_null(_asked: &Asked, chunk: &Value) -> Verdict {
    let null = |place: &Value| {
        let mut members = place.as_object()?.iter();
        let found = members.find(|(_, value)| value.is_null());
        found.map(|(name, _)| name.to_owned())
    };
    let found = null(chunk)
        .or_else(|| chunk.get("usageMetadata").and_then(null))
        .or_else(|| {
            let mut candidates = candidates(chunk).iter();
            candidates.find_map(|candidate| {
                null(candidate)
                    .or_else(|| candidate.get("content").and_then(null))
                    .or_else(|| parts_of(candidate).iter().find_map(null))
            })
        });
    match found {
        None => Verdict::Pass,
        Some(name) => Verdict::fail(format!(
            "expected {} to be left out, found null",
            quoted(&name)
        )),
    }
}

pub(super) static NOT_TEXT: Rule = Rule {
    id: "GEM-031",
    name: "gemini-enum-not-text",
    severity: Severity::Must,
    source: "Protocol buffers' JSON mapping; Google's Python client raises",
    explanation: "`finishReason`, `blockReason` and `modality` are words. Google's Python client \
                  raises at a number.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#, "1"),
        usage!(6, 13)
    )))],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, words)),
        body: Some(|whole| on_body(whole, words)),
        ..Hooks::NONE
    }),
};

fn words(_asked: &Asked, chunk: &Value) -> Verdict {
    let reasons = candidates(chunk)
        .iter()
        .filter_map(|candidate| candidate.get("finishReason"));
    let block = chunk
        .get("promptFeedback")
        .and_then(|feedback| feedback.get("blockReason"));
    let found = reasons.chain(block);
    first_fault(found.map(|found| {
        Verdict::when(found.is_string(), || {
            format!("expected a word, found {}", quoted_value(Some(found)))
        })
    }))
}
