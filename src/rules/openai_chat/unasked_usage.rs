//! Usage comes when it was asked for.

use crate::json::Value;

use super::moment::{Step, chunk};
use super::sample::streamed;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-070",
    name: "usage-not-asked-for",
    severity: Severity::Should,
    source: "OpenAI API description, `include_usage`; recordings: no usage without it",
    explanation: "Without `stream_options.include_usage` no chunk has usage. The chunk that brings \
                  it has no choices, and older clients that read `choices[0]` raise on it.",
    violations: &[streamed(
        r#"{"stream":true}"#,
        concat!(hi!(0), usage!(), done!()),
    )],
    conforming: &[streamed(r#"{"stream":true}"#, concat!(hi!(0), done!()))],
    faults: &[concat!(
        r#"edit *#2 /usage = {"prompt_tokens":1,"completion_tokens":1,"#,
        r#""total_tokens":2}"#
    )],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if step.asked.include_usage != Some(false) || step.before.usages > 0 {
        return Verdict::Silent;
    }
    match chunk(step) {
        None => Verdict::Silent,
        Some(chunk) => Verdict::when(!chunk.get("usage").is_some_and(Value::is_object), || {
            "found usage that was not asked for".to_owned()
        }),
    }
}
