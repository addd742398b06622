//! One model answers.

use super::moment::{Step, chunk};
use super::sample::{GREETING, stream};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-020",
    name: "chunk-model-changes",
    severity: Severity::Must,
    source: "OpenAI API description, `model` is a string; no recorded stream changes it",
    explanation: "`model` is a non-empty string and the same in all chunks. It may differ from the \
                  request's, but a change half-way means that two answers were mixed, or that one \
                  chunk names the alias and another the model behind it, and bills cannot be told \
                  apart.",
    violations: &[stream(concat!(
        role!(0),
        said_in!(
            r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000"#,
            r#","model":"o""#
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit *#2 /model = "other""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(found) = chunk(step).and_then(|chunk| chunk.get("model")) else {
        return Verdict::Silent;
    };
    let model = found.as_str().unwrap_or_default();
    match &step.before.envelope {
        None => Verdict::when(!model.is_empty(), || {
            format!(
                "expected a non-empty string as `model`, found {}",
                quoted_value(Some(found))
            )
        }),
        Some(_) if step.before.changed.model => Verdict::Silent,
        Some(first) => Verdict::when(
            first.model.as_deref().is_none_or(|first| first == model),
            || {
                let first = first.model.as_deref().unwrap_or_default();
                let found = quoted_value(Some(found));
                format!(
                    "expected model {} as in the first chunk, found {found}",
                    quoted(first)
                )
            },
        ),
    }
}
