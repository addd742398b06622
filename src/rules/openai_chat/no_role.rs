//! A choice opens with its role.

use crate::json::Value;

use super::moment::{Entry, Step, each_entry};
use super::sample::{GREETING, TWO, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-039",
    name: "choice-without-role",
    severity: Severity::Must,
    source: "Recordings: the first delta of each choice has `role`; the vendor's Node client \
             raises without it",
    explanation: "The first delta of each choice has `role`. Clients start the message with it; \
                  one of the vendor's raises when it is missing, another makes a message whose \
                  role is null, which the next request is refused for.",
    violations: &[stream(concat!(say!(0), finish!(0, "stop"), done!()))],
    conforming: &[GREETING, TWO],
    faults: &["drop-first-event"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_entry(step, judge)
}

fn judge(entry: &Entry<'_>) -> Verdict {
    let is_first = entry
        .before()
        .is_none_or(|choice| !choice.deltas.has_begun());
    let Some(delta) = entry.delta().filter(|_| is_first) else {
        return Verdict::Silent;
    };
    Verdict::when(delta.get("role").is_some_and(Value::is_string), || {
        format!(
            "expected `role` in the first delta of choice `{}`, found none",
            entry.index
        )
    })
}
