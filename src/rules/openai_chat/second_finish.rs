//! A choice finishes once.

use super::moment::{Entry, FINISH, Step, each_entry};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-035",
    name: "second-finish",
    severity: Severity::Must,
    source: "Recordings: one chunk with a finish reason for each choice",
    explanation: "Each choice has exactly one chunk with a `finish_reason`. Clients close the \
                  choice at the first one: they run its tools, and run them again at the second.",
    violations: &[stream(concat!(hi!(0), finish!(0, "stop"), done!()))],
    conforming: &[GREETING],
    faults: &[r#"edit *#last /choices = [{"index":0,"delta":{},"finish_reason":"stop"}]"#],
    check: Check::OpenaiChat(Hooks {
        about: &[FINISH],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_entry(step, judge)
}

fn judge(entry: &Entry<'_>) -> Verdict {
    if entry.finish().is_none() || entry.before().is_some_and(|choice| choice.went_on) {
        return Verdict::Silent;
    }
    Verdict::when(!entry.is_finished(), || {
        format!(
            "found a second `finish_reason` for choice `{}`",
            entry.index
        )
    })
}
