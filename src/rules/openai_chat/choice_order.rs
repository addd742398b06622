//! Choices open in the order of their indexes.

use super::moment::{Step, entries};
use super::sample::{TWO, streamed};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-031",
    name: "choices-out-of-order",
    severity: Severity::Should,
    source: "Recordings with several choices; the vendor's Python client raises when choice 1 \
             comes before choice 0",
    explanation: "Choices appear for the first time in the order 0, 1, 2; afterwards their chunks \
                  may mix. A client that appends new choices to a list puts them under the wrong \
                  index otherwise.",
    violations: &[streamed(
        r#"{"n":2}"#,
        concat!(
            role!(1),
            role!(0),
            say!(0),
            say!(1),
            finish!(0, "stop"),
            finish!(1, "stop"),
            done!()
        ),
    )],
    conforming: &[TWO],
    faults: &["edit * later"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let mut verdict = Verdict::Silent;
    let new = entries(step).filter(|entry| entry.before().is_none());
    for (next, entry) in (step.before.choices.len() as u64..).zip(new) {
        // Once out of order, the indexes that were skipped come late.
        if step
            .before
            .choices
            .iter()
            .any(|choice| choice.index > entry.index)
        {
            return Verdict::Silent;
        }
        if entry.index != next {
            let found = entry.index;
            return Verdict::fail(format!(
                "expected choice `{next}` to open next, found `{found}`"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
