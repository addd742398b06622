//! One configuration answers.

use super::moment::{Step, chunk};
use super::sample::stream;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-021",
    name: "fingerprint-changes",
    severity: Severity::Should,
    source: "OpenAI API description, `system_fingerprint`; no recorded stream changes it",
    explanation: "Where chunks carry a `system_fingerprint` it is a string or null and the same in \
                  all of them: it names the configuration that made the answer. A change half-way \
                  points to two answers that were mixed.",
    violations: &[stream(concat!(
        printed!(
            "a",
            r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#
        ),
        printed!("b", r#"{"index":0,"delta":{},"finish_reason":"stop"}"#),
        done!()
    ))],
    conforming: &[stream(concat!(
        printed!(
            "a",
            r#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#
        ),
        printed!("a", r#"{"index":0,"delta":{},"finish_reason":"stop"}"#),
        done!()
    ))],
    faults: &[r#"edit *#2 /system_fingerprint = "fp_other""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let found = chunk(step).and_then(|chunk| chunk.get("system_fingerprint"));
    let Some(found) = found.filter(|_| !step.before.changed.fingerprint) else {
        return Verdict::Silent;
    };
    if !found.is_string() && !found.is_null() {
        let found = quoted_value(Some(found));
        return Verdict::fail(format!(
            "expected a string or null as fingerprint, found {found}"
        ));
    }
    let Some(envelope) = step.before.envelope.as_ref() else {
        return Verdict::Silent;
    };
    match envelope.fingerprint.as_deref() {
        None => Verdict::when(found.is_null(), || {
            let found = quoted_value(Some(found));
            format!("expected no fingerprint, as in the first chunk, found {found}")
        }),
        Some(first) => Verdict::when(found.as_str() == Some(first), || {
            let found = quoted_value(Some(found));
            format!(
                "expected fingerprint {} as in the first chunk, found {found}",
                quoted(first)
            )
        }),
    }
}
