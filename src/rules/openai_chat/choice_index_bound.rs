//! There are as many choices as were asked for.

use super::moment::{Step, entries, fold};
use super::sample::{TWO, streamed};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-029",
    name: "choice-index-too-high",
    severity: Severity::Must,
    source: "OpenAI API description, `n`; the vendor's Node client raises on a choice beyond",
    explanation: "The index of a choice is below the request's `n`, which is 1 when it is not \
                  given. Clients keep an array of that length.",
    violations: &[streamed(
        r#"{"model":"m"}"#,
        concat!(role!(0), say!(1), finish!(0, "stop"), done!()),
    )],
    conforming: &[streamed(r#"{"model":"m"}"#, concat!(hi!(0), done!())), TWO],
    faults: &["wrong-index"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(n) = step.asked.n else {
        return Verdict::Silent;
    };
    // A choice is reported when it first appears.
    fold(
        entries(step)
            .filter(|entry| entry.before().is_none())
            .map(|entry| {
                Verdict::when(entry.index < n, || {
                    format!(
                        "expected a choice index below `{n}`, found `{}`",
                        entry.index
                    )
                })
            }),
    )
}
