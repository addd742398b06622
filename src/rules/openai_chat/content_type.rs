//! Content is text or null.

use super::moment::{Body, Step, entries, fold, whole_entries};
use super::sample::{GREETING, GREETING_WHOLE, stream};
use super::text_or_null::judge;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-042",
    name: "content-not-text",
    severity: Severity::Must,
    source: "OpenAI API description, ChatCompletionStreamResponseDelta and \
             ChatCompletionResponseMessage: `content` is a string or null",
    explanation: "`content` is a string or null. Clients join it; a list of parts, which requests \
                  may have, becomes a text such as `[object Object]`.",
    violations: &[stream(concat!(
        role!(0),
        delta!(0, r#"{"content":[{"type":"text","text":"Hi"}]}"#),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &["edit *#2 /choices/0/delta/content = 7"],
    check: Check::OpenaiChat(Hooks {
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    fold(entries(step).map(|entry| judge(entry.delta(), "content")))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| judge(entry.get("message"), "content")))
}
