//! A call opens with its id, type and name.

use crate::json::Value;

use super::moment::{Fragment, Step, TOOL_CALLS, each_fragment};
use super::sample::{CALLING, stream};
use crate::protocol::openai_chat::fragment_name;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-050",
    name: "tool-call-opening",
    severity: Severity::Must,
    source: "Recordings: the first fragment of each call has `id`, `type` and \
             `function.name`; measured: the vendor's clients raise or invent them",
    explanation: "The first fragment of a call has a non-empty `id`, a `type` and a non-empty \
                  name. Clients that miss one raise, or invent an id that the result then does not \
                  match.",
    violations: &[
        stream(concat!(
            role!(0),
            fragment!(r#"0,"type":"function","function":{"name":"f","arguments":"{}"}"#),
            finish!(0, "tool_calls"),
            done!()
        )),
        stream(concat!(
            role!(0),
            fragment!(r#"0,"id":"call_1","type":"function","function":{"arguments":"{}"}"#),
            finish!(0, "tool_calls"),
            done!()
        )),
    ],
    conforming: &[CALLING],
    faults: &["edit * /choices/0/delta/tool_calls/0/id removed"],
    check: Check::OpenaiChat(Hooks {
        about: &[TOOL_CALLS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    each_fragment(step, judge)
}

fn judge(fragment: &Fragment<'_>) -> Verdict {
    if !fragment.opens {
        return Verdict::Silent;
    }
    let value = fragment.value;
    let is_text = |member: Option<&Value>| {
        member
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty())
    };
    let missing = if !is_text(value.get("id")) {
        "id"
    } else if !is_text(value.get("type")) {
        "type"
    } else if !is_text(fragment_name(value)) {
        "function.name"
    } else {
        return Verdict::Pass;
    };
    let found = quoted_value(Some(value));
    Verdict::fail(format!(
        "expected `{missing}` where the tool call opens, found {found}"
    ))
}
