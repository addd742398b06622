//! What was asked was counted.

use super::reading::{on_body, on_event};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::Asked;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "GEM-128",
    name: "gemini-input-not-counted",
    severity: Severity::Must,
    source: "Google API reference, `promptTokenCount`; no recorded answer has a zero, and counts \
             of nought are left out",
    explanation: "`promptTokenCount`, where it is there, is not zero: no prompt is empty. Bills \
                  and budgets made from such an answer are too small.",
    violations: &[stream!(event!(chunk!(
        finished!(r#"{"text":"x"}"#),
        r#"{"promptTokenCount":0,"candidatesTokenCount":6,"totalTokenCount":6}"#
    )))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit *#last /usageMetadata = {"promptTokenCount":0,"candidatesTokenCount":9,"#,
        r#""totalTokenCount":9}"#
    )],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("promptTokenCount")],
        event: Some(|seen| on_event(seen, judge)),
        body: Some(|whole| on_body(whole, judge)),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn judge(_asked: &Asked, chunk: &Value) -> Verdict {
    let usage = chunk.get("usageMetadata");
    let count = usage.and_then(|usage| usage.get("promptTokenCount")?.as_u64());
    count.map_or(Verdict::Silent, |count| {
        Verdict::when(count > 0, || {
            "expected at least one token in `promptTokenCount`, found `0`".to_owned()
        })
    })
}
