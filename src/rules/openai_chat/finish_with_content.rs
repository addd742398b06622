//! The finishing chunk only finishes.

use crate::json::Value;

use super::moment::{Entry, FINISH, Step, each_entry};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-037",
    name: "finish-with-content",
    severity: Severity::Should,
    source: "Recordings: the chunk with a finish reason has an empty delta",
    explanation: "The chunk with the `finish_reason` has an empty `delta`. Clients that test the \
                  reason first and then leave the loop drop what else is in it.",
    violations: &[stream(concat!(
        role!(0),
        chunk!(r#"{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}"#,),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit *#last /choices/0/delta/content = "Hi""#],
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
    let Some(delta) = entry.delta().filter(|_| entry.finish().is_some()) else {
        return Verdict::Silent;
    };
    // A choice that is opened and finished by one chunk has its role in it.
    let says = |key: &str| match delta.get(key) {
        Some(Value::Array(calls)) => !calls.is_empty(),
        value => value.and_then(Value::says) == Some(true),
    };
    Verdict::when(
        !says("content") && !says("refusal") && !says("tool_calls"),
        || {
            format!(
                "expected an empty delta beside `finish_reason`, found {}",
                quoted_value(Some(delta))
            )
        },
    )
}
