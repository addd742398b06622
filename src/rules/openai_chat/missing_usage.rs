//! Usage comes once when it was asked for.

use super::moment::{Step, at_done};
use super::sample::{COUNTED, streamed};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-068",
    name: "usage-missing",
    severity: Severity::Must,
    source: "OpenAI API description, `include_usage`: one additional chunk; every recorded \
             stream that asked has it",
    explanation: "With `stream_options.include_usage` exactly one chunk before `[DONE]` has the \
                  usage. Without it the caller does not know what the answer cost; with two, those \
                  who add them up count double.",
    violations: &[
        streamed(
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            concat!(hi!(0), done!()),
        ),
        streamed(
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            concat!(hi!(0), usage!(), usage!(), done!()),
        ),
    ],
    conforming: &[COUNTED],
    faults: &["missing-usage"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if step.asked.include_usage != Some(true) {
        return Verdict::Silent;
    }
    at_done(step, |state, _| {
        Verdict::when(state.usages == 1, || {
            format!(
                "expected one chunk with usage before `[DONE]`, found `{}`",
                state.usages
            )
        })
    })
}
