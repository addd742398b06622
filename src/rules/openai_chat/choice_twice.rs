//! A chunk speaks of a choice once.

use super::moment::{Step, entries};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-027",
    name: "choice-twice-in-chunk",
    severity: Severity::Should,
    source: "Recordings: one choice in each chunk, also with several choices",
    explanation: "No chunk has two entries for the same choice. Clients fold entries into a map by \
                  index, and the later entry hides the earlier.",
    violations: &[stream(concat!(
        role!(0),
        chunk!(
            r#"{"index":0,"delta":{"content":"a"},"finish_reason":null},"#,
            r#"{"index":0,"delta":{"content":"b"},"finish_reason":null}"#,
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &["edit *#2 /choices/0 doubled"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let mut verdict = Verdict::Silent;
    for (place, entry) in entries(step).enumerate() {
        if entries(step)
            .skip(place + 1)
            .any(|other| other.index == entry.index)
        {
            let index = entry.index;
            return Verdict::fail(format!(
                "found two entries for choice `{index}` in the chunk"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
