//! No calls, no list.

use crate::json::Value;

use super::moment::{Body, fold, whole_entries};
use super::sample::{GREETING_WHOLE, whole};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-081",
    name: "empty-tool-calls",
    severity: Severity::Should,
    source: "Recordings: `tool_calls` is absent where there are none",
    explanation: "A message without tool calls has no `tool_calls`, rather than an empty list. \
                  Agents ask whether the member is there, and a message with an empty list is \
                  refused when it is sent back.",
    violations: &[whole(completion!(whole_choice!(
        0,
        "stop",
        r#""content":"Hi","tool_calls":[]"#
    ),))],
    conforming: &[GREETING_WHOLE],
    faults: &["edit * /choices/0/message/tool_calls = []"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| {
        let calls = entry
            .pointer("/message/tool_calls")
            .and_then(Value::as_array);
        Verdict::when(calls.is_none_or(|calls| !calls.is_empty()), || {
            "expected no `tool_calls` where there are none, found an empty list".to_owned()
        })
    }))
}
