//! A chunk has all its members.

use super::moment::{Step, chunk, is_spoken};
use super::sample::{GREETING, SPOKEN, stream};
use crate::protocol::openai_chat::missing_member;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-016",
    name: "chunk-member-missing",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionStreamResponse: required members; \
             recorded streams of sound, between whose pieces come chunks without `choices`",
    explanation: "Each chunk has `id`, `object`, `created`, `model` and `choices`. Typed clients \
                  have no default for any of them, and most iterate over `choices` unasked.",
    violations: &[stream(concat!(
        role!(0),
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","#,
            r#""choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING, SPOKEN],
    faults: &["edit * /created removed"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(chunk) = chunk(step) else {
        return Verdict::Silent;
    };
    // A named error is another rule's business.
    if step.event.name() == Some("error") {
        return Verdict::Silent;
    }
    match missing_member(chunk) {
        None => Verdict::Pass,
        Some(_) if step.before.changed.member => Verdict::Silent,
        Some("choices") if is_spoken(step.before.get(), step.asked.get()) => Verdict::Silent,
        Some(key) => Verdict::fail(format!("expected member `{key}` in the chunk, found none")),
    }
}
