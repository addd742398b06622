//! Every choice that was asked for is there.

use super::moment::{Step, at_done};
use super::sample::{TWO, streamed};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-030",
    name: "choice-missing",
    severity: Severity::Must,
    source: "OpenAI API description, `n`: how many choices to generate",
    explanation: "With `n` choices asked for, the stream has chunks for each of 0 to n-1. The \
                  caller pays for all of them and indexes into them.",
    violations: &[streamed(r#"{"n":2}"#, concat!(hi!(0), done!()))],
    conforming: &[TWO],
    faults: &[],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    at_done(step, |state, asked| {
        let Some(n) = asked.n.filter(|_| state.chunks > 0) else {
            return Verdict::Silent;
        };
        match (0..n).find(|index| state.choice(*index).is_none()) {
            None => Verdict::Pass,
            Some(index) => Verdict::fail(format!(
                "expected chunks for choice `{index}` of `{n}`, found none"
            )),
        }
    })
}
