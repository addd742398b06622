//! An error half-way is an `error` object.

use crate::json::Value;

use super::moment::{Step, object};
use super::sample::{FAILING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-088",
    name: "chat-error-record-shape",
    severity: Severity::Must,
    source: "The vendor's clients: they raise on a record whose `error` is set and read its \
             `message`; recordings of failures",
    explanation: "A server that fails half-way sends a record with an object `error` that has a \
                  string `message` that is not empty. Told in any other way the vendor's clients \
                  take it for an odd chunk, and the half answer for a whole one.",
    violations: &[
        stream(concat!(role!(0), record!(r#"{"error":"overloaded"}"#))),
        stream(concat!(
            role!(0),
            "event: error\n",
            record!(r#"{"message":"overloaded"}"#)
        )),
        stream(concat!(
            role!(0),
            record!(r#"{"error":{"message":"","type":"server_error","param":null,"code":null}}"#)
        )),
    ],
    conforming: &[FAILING],
    faults: &["edit *#2 called error"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = object(step) else {
        return Verdict::Silent;
    };
    let error = json.get("error").filter(|error| !error.is_null());
    if error.is_none() && step.event.name() != Some("error") {
        return Verdict::Silent;
    }
    let message = error.and_then(|error| error.get("message"));
    let message = message.and_then(Value::as_str);
    Verdict::when(message.is_some_and(|text| !text.trim().is_empty()), || {
        format!(
            "expected an object `error` with a string `message`, found {}",
            quoted_value(Some(json))
        )
    })
}
