//! A call is of a known type.

use crate::json::Value;

use super::moment::{Body, Step, TOOL_CALLS, each_fragment, fold, whole_entries};
use super::sample::{CALLING, CALLING_WHOLE, stream, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-051",
    name: "tool-call-type",
    severity: Severity::Must,
    source: "OpenAI API description: tool calls are of type `function` or `custom`",
    explanation: "The `type` of a tool call is `function` or `custom`. Clients read the member of \
                  that name, and find nothing under another.",
    violations: &[
        stream(concat!(
            role!(0),
            fragment!(r#"0,"id":"call_1","type":"tool","function":{"name":"f","arguments":"{}"}"#),
            finish!(0, "tool_calls"),
            done!()
        )),
        whole(completion!(whole_choice!(
            0,
            "tool_calls",
            r#""content":null,"tool_calls":[{"id":"call_1","type":"tool","#,
            r#""function":{"name":"f","arguments":"{}"}}]"#
        ),)),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit * /choices/0/delta/tool_calls/0/type = "tool""#],
    check: Check::OpenaiChat(Hooks {
        about: &[TOOL_CALLS],
        event: Some(check),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_fragment(step, |fragment| judge(fragment.value))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| {
        let calls = entry
            .pointer("/message/tool_calls")
            .and_then(Value::as_array);
        fold(calls.into_iter().flatten().map(judge))
    }))
}

fn judge(call: &Value) -> Verdict {
    let kind = call.get("type").filter(|kind| !kind.is_null());
    match kind.and_then(Value::as_str) {
        None => Verdict::Silent,
        Some("" | "function" | "custom") => Verdict::Pass,
        Some(_) => Verdict::fail(format!(
            "expected type `function` or `custom`, found {}",
            quoted_value(kind)
        )),
    }
}
