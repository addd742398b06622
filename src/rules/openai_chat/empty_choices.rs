//! A chunk without choices has another purpose.

use crate::json::Value;

use super::moment::{Step, chunk};
use super::sample::{COUNTED, GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-024",
    name: "chunk-without-choices",
    severity: Severity::Should,
    source: "Recordings: `choices` is empty only in usage and moderation chunks, and in the \
             filter chunk of one host",
    explanation: "`choices` is empty only in a chunk that brings usage, or the results of \
                  moderation or of a filter. Much code reads `choices[0]` of every chunk that has \
                  no usage; use a comment line to keep a connection alive.",
    violations: &[stream(concat!(
        role!(0),
        chunk!(),
        say!(0),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING, COUNTED],
    faults: &["edit *#2 /choices = []"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(chunk) = chunk(step) else {
        return Verdict::Silent;
    };
    let Some(choices) = chunk.get("choices").and_then(Value::as_array) else {
        return Verdict::Silent;
    };
    let is_other =
        chunk.get("usage").is_some_and(Value::is_object) || chunk.get("moderation").is_some();
    Verdict::when(!choices.is_empty() || is_other, || {
        "expected a choice, usage or moderation in the chunk, found none".to_owned()
    })
}
