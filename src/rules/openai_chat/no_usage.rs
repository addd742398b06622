//! A completion says what it cost.

use crate::json::Value;

use super::moment::{Body, completion};
use super::sample::{GREETING_WHOLE, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-090",
    name: "completion-without-usage",
    severity: Severity::Should,
    source: "Recordings: every completion has usage",
    explanation: "A completion has `usage`. The description leaves it open, but every answer of \
                  the vendor has it, and without it the caller does not know what was charged.",
    violations: &[whole(concat!(
        r#"{"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"m","#,
        r#""choices":["#,
        whole_hi!(0),
        "]}"
    ))],
    conforming: &[GREETING_WHOLE],
    faults: &["edit * /usage removed"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    match completion(whole) {
        None => Verdict::Silent,
        Some(body) => Verdict::when(body.get("usage").is_some_and(Value::is_object), || {
            format!(
                "expected an object `usage`, found {}",
                quoted_value(body.get("usage"))
            )
        }),
    }
}
