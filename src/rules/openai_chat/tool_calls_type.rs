//! Fragments say which call they belong to.

use crate::json::Value;

use super::moment::{Entry, Step, TOOL_CALLS, each_entry};
use super::sample::{CALLING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-048",
    name: "tool-calls-shape",
    severity: Severity::Must,
    source: "OpenAI API description, ChatCompletionMessageToolCallChunk: `index` is required",
    explanation: "`tool_calls` in a delta is a list of objects, each with an integer `index`. \
                  Several calls are streamed at once, and without the index the vendor's clients \
                  raise because they cannot tell which one grows.",
    violations: &[
        stream(concat!(
            role!(0),
            delta!(
                0,
                r#"{"tool_calls":[{"id":"call_1","type":"function","#,
                r#""function":{"name":"f","arguments":"{}"}}]}"#
            ),
            finish!(0, "tool_calls"),
            done!()
        )),
        stream(concat!(
            role!(0),
            delta!(0, r#"{"tool_calls":[]}"#),
            say!(0),
            finish!(0, "stop"),
            done!()
        )),
    ],
    conforming: &[CALLING],
    faults: &["edit * /choices/0/delta/tool_calls/0/index removed"],
    check: Check::OpenaiChat(Hooks {
        about: &[TOOL_CALLS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_entry(step, judge)
}

fn judge(entry: &Entry<'_>) -> Verdict {
    let calls = entry.delta().and_then(|delta| delta.get("tool_calls"));
    let Some(calls) = calls.filter(|calls| !calls.is_null()) else {
        return Verdict::Silent;
    };
    let is_indexed = |call: &Value| call.get("index").is_some_and(Value::is_u64);
    let list = calls.as_array().filter(|list| !list.is_empty());
    Verdict::when(list.is_some_and(|list| list.iter().all(is_indexed)), || {
        format!(
            "expected tool calls that have an `index`, found {}",
            quoted_value(Some(calls))
        )
    })
}
