//! A call stays the same call.

use crate::json::Value;

use super::moment::{Fragment, Step, TOOL_CALLS, each_fragment};
use super::sample::{CALLING, stream};
use crate::protocol::openai_chat::fragment_name;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-053",
    name: "tool-call-identity-changes",
    severity: Severity::Must,
    source: "The vendor's Node client raises when a fragment changes the identity of a call",
    explanation: "Fragments of one index belong to one call: none of them has another id or name. \
                  Where a second call takes the index of the first, the arguments of both are \
                  joined.",
    violations: &[stream(concat!(
        role!(0),
        call!(0, "call_1"),
        open_call!(0, "call_2"),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[CALLING],
    faults: &[r#"edit *#2 /choices/0/delta/tool_calls/0/id = "call_other""#],
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
    let known = fragment
        .choice
        .and_then(|choice| choice.tool(fragment.index));
    let Some(known) = known.filter(|_| !fragment.opens) else {
        return Verdict::Silent;
    };
    let id = fragment.value.get("id");
    for (found, known) in [
        (id, &known.id),
        (fragment_name(fragment.value), &known.name),
    ] {
        let found = found.and_then(Value::as_str).unwrap_or_default();
        if !found.is_empty() && !known.is_empty() && found != known {
            let (known, found) = (quoted(known), quoted(found));
            return Verdict::fail(format!("expected more of tool call {known}, found {found}"));
        }
    }
    Verdict::Pass
}
