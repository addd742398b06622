//! Usage comes once when it was asked for.

use super::moment::{Step, at_done};
use super::sample::{COUNTED, stream, streamed};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

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
        stream(concat!(
            uncounted!(r#"{"role":"assistant","content":""}"#, "null"),
            uncounted!("{}", "\"stop\""),
            done!()
        )),
    ],
    conforming: &[COUNTED],
    faults: &["missing-usage"],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    at_done(step, |state, asked| {
        let is_asked = asked.include_usage == Some(true);
        // Who says of a chunk that it has no usage has some for the last.
        let is_announced = asked.include_usage.is_none() && state.usage_null;
        let found = if is_asked {
            state.usages
        } else {
            // Some servers put it beside choices, over and over.
            state.closings.max(state.usages.min(1))
        };
        if !is_asked && !is_announced && found < 2 {
            return Verdict::Silent;
        }
        Verdict::when(found == 1, || {
            format!("expected one chunk with usage before `[DONE]`, found `{found}`")
        })
    })
}
