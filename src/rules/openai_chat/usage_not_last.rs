//! Usage is counted at the end.

use crate::json::Value;

use super::moment::{Step, chunk, tells_of_sound_alone};
use super::sample::{COUNTED, SPOKEN, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-071",
    name: "chunk-after-usage",
    severity: Severity::Must,
    source: "OpenAI API description, `include_usage`: an additional chunk before `[DONE]`; \
             recordings: no choice follows it",
    explanation: "The usage chunk comes after all choices, and only results of moderation and \
                  `[DONE]` may follow. What comes later is not in the counts, and clients that \
                  stop at the usage never see it.",
    violations: &[stream(concat!(
        hi!(0),
        usage!(),
        role!(1),
        finish!(1, "stop"),
        done!()
    ))],
    conforming: &[COUNTED, SPOKEN],
    faults: &["edit *#last first"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(chunk) = chunk(step) else {
        return Verdict::Silent;
    };
    let has_choices = chunk
        .get("choices")
        .and_then(Value::as_array)
        .is_some_and(|c| !c.is_empty());
    if step.before.closing && has_choices && !tells_of_sound_alone(chunk) {
        return match step.before.reopened {
            true => Verdict::Silent,
            false => Verdict::fail("expected no more choices after the usage chunk"),
        };
    }
    match chunk.get("usage") {
        Some(usage) if usage.is_object() => Verdict::Pass,
        Some(_) | None => Verdict::Silent,
    }
}
