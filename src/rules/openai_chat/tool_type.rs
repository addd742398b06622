//! A call is of a known type.

use crate::json::Value;

use super::moment::{Fragment, Step, each_fragment};
use super::sample::{CALLING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-051",
    name: "tool-call-type",
    severity: Severity::Must,
    source: "OpenAI API description: tool calls are of type `function` or `custom`",
    explanation: "The `type` of a tool call is `function` or `custom`. Clients read the member of \
                  that name, and find nothing under another.",
    violations: &[stream(concat!(
        role!(0),
        fragment!(r#"0,"id":"call_1","type":"tool","function":{"name":"f","arguments":"{}"}"#),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[CALLING],
    faults: &[],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_fragment(step, judge)
}

fn judge(fragment: &Fragment<'_>) -> Verdict {
    let kind = fragment.value.get("type").filter(|kind| !kind.is_null());
    match kind.and_then(Value::as_str) {
        None => Verdict::Silent,
        Some("" | "function" | "custom") => Verdict::Pass,
        Some(_) => Verdict::fail(format!(
            "expected type `function` or `custom`, found {}",
            quoted_value(kind)
        )),
    }
}
