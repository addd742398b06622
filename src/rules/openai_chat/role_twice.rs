//! A choice names its role once.

use crate::json::Value;

use super::moment::{Entry, ROLE, Step, each_entry};
use super::sample::{GREETING, SPOKEN, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-040",
    name: "role-repeated",
    severity: Severity::Must,
    source: "Recordings: `role` is never repeated; measured: the vendor's Python client joins \
             the roles to `assistantassistant`",
    explanation: "`role` is in the first delta of a choice and in no other. The vendor's Python \
                  client joins strings of all deltas, so that the message gets the role \
                  `assistantassistant`, which the next request is refused for.",
    violations: &[stream(concat!(
        role!(0),
        delta!(0, r#"{"role":"assistant","content":"Hi"}"#),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING, SPOKEN],
    faults: &[r#"edit *#3 /choices/0/delta/role = "assistant""#],
    check: Check::OpenaiChat(Hooks {
        about: &[ROLE],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_entry(step, judge)
}

fn judge(entry: &Entry<'_>) -> Verdict {
    let role = entry
        .delta()
        .and_then(|delta| delta.get("role"))
        .filter(|role| !role.is_null());
    match entry.before() {
        _ if role.is_none() => Verdict::Silent,
        // The sound of an answer introduces itself as its text did.
        Some(_)
            if entry
                .delta()
                .is_some_and(|delta| delta.get("audio").is_some()) =>
        {
            Verdict::Silent
        }
        None => Verdict::Pass,
        Some(choice) if choice.roles > 1 => Verdict::Silent,
        Some(choice) => Verdict::when(choice.roles == 0, || {
            let role = role.and_then(Value::as_str).unwrap_or_default();
            format!(
                "expected no second `role` for choice `{}`, found `{role}`",
                entry.index
            )
        }),
    }
}
