//! Why a candidate ended.

use super::reading::{candidates, first_fault, on_body, on_event};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static MESSAGE: Rule = Rule {
    id: "GEM-049",
    name: "gemini-message-without-reason",
    severity: Severity::Must,
    source: "Google API reference, `finishMessage`; every recorded answer",
    explanation: "`finishMessage` explains a `finishReason` and comes only with one.",
    violations: &[stream!(
        event!(chunk!(
            concat!(
                r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
                r#""finishMessage":"Done.","index":0}"#
            ),
            usage!(3, 10)
        )),
        last!()
    )],
    conforming: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","finishMessage":"Done.","index":0}"#
        ),
        usage!(3, 10)
    )))],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, message_with_reason)),
        body: Some(|whole| on_body(whole, message_with_reason)),
        ..Hooks::NONE
    }),
};

fn message_with_reason(_asked: &Asked, chunk: &Value) -> Verdict {
    let telling = candidates(chunk)
        .iter()
        .filter(|candidate| candidate.get("finishMessage").is_some());
    first_fault(telling.map(|candidate| {
        Verdict::when(candidate.get("finishReason").is_some(), || {
            "expected `finishMessage` only beside a `finishReason`, found it alone".to_owned()
        })
    }))
}

pub(super) static UNKNOWN: Rule = Rule {
    id: "GEM-048",
    name: "gemini-unknown-finish-reason",
    severity: Severity::Should,
    source: "Google API reference, `FinishReason`, and Google's Python client",
    explanation: "`finishReason` is one of the documented words. Clients branch on it, and an \
                  unknown one is shown to users as a failure. A new word of the vendor's is no \
                  fault; this is a reminder to look.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#, r#""DONE""#),
        usage!(6, 13)
    )))],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, known_reason)),
        body: Some(|whole| on_body(whole, known_reason)),
        ..Hooks::NONE
    }),
};

const REASONS: [&str; 24] = [
    "FINISH_REASON_UNSPECIFIED",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "IMAGE_RECITATION",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
    "ESCALATION",
    "PUP_LIMITED_DISABLED",
    "CONTINUATION",
    "MODEL_ARMOR",
];

fn known_reason(_asked: &Asked, chunk: &Value) -> Verdict {
    let reasons = candidates(chunk)
        .iter()
        .filter_map(|candidate| candidate.get("finishReason")?.as_str());
    first_fault(reasons.map(|reason| {
        Verdict::when(REASONS.contains(&reason), || {
            format!(
                "expected a documented `finishReason`, found {}",
                quoted(reason)
            )
        })
    }))
}

pub(super) static CATEGORY: Rule = Rule {
    id: "GEM-050",
    name: "gemini-safety-category-repeated",
    severity: Severity::Must,
    source: "Google API reference, `safetyRatings[]`",
    explanation: "There is at most one safety rating a category: clients keep them by category.",
    violations: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","index":0,"safetyRatings":[{"category":"A","#,
            r#""probability":"LOW"},{"category":"A","probability":"HIGH"}]}"#
        ),
        usage!(6, 13)
    )))],
    conforming: &[stream!(event!(chunk!(
        concat!(
            r#"{"content":{"parts":[{"text":"x"}],"role":"model"},"#,
            r#""finishReason":"STOP","index":0,"safetyRatings":[{"category":"A","#,
            r#""probability":"LOW"}]}"#
        ),
        usage!(6, 13)
    )))],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(|seen| on_event(seen, categories_once)),
        body: Some(|whole| on_body(whole, categories_once)),
        ..Hooks::NONE
    }),
};

fn categories_once(_asked: &Asked, chunk: &Value) -> Verdict {
    let lists = candidates(chunk)
        .iter()
        .filter_map(|candidate| candidate.get("safetyRatings")?.as_array());
    first_fault(lists.map(|ratings| {
        let categories: Vec<_> = ratings
            .iter()
            .filter_map(|rating| rating.get("category"))
            .collect();
        let mut pairs = categories.iter().enumerate();
        let repeated = pairs.find(|(at, category)| categories[..*at].contains(category));
        match repeated {
            None => Verdict::Pass,
            Some((_, category)) => Verdict::fail(format!(
                "expected one rating a category, found {} twice",
                quoted_value(Some(category))
            )),
        }
    }))
}
