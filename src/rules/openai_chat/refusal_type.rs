//! A refusal is text or null.

use super::moment::{Body, Step, entries, fold, whole_entries};
use super::sample::stream;
use super::text_or_null::judge;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-043",
    name: "refusal-not-text",
    severity: Severity::Must,
    source: "OpenAI API description, ChatCompletionStreamResponseDelta and \
             ChatCompletionResponseMessage: `refusal` is a string or null",
    explanation: "`refusal` is a string or null. Callers show it to the user in place of an \
                  answer, and test it for null to learn whether there is one.",
    violations: &[stream(concat!(
        role!(0),
        delta!(0, r#"{"refusal":true}"#),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[stream(concat!(
        delta!(0, r#"{"role":"assistant","content":null,"refusal":""}"#),
        delta!(0, r#"{"refusal":"No"}"#),
        finish!(0, "stop"),
        done!()
    ))],
    faults: &["edit *#2 /choices/0/delta/refusal = true"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Member("refusal")],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    fold(entries(step).map(|entry| judge(entry.delta(), "refusal")))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| judge(entry.get("message"), "refusal")))
}
