//! A call is introduced once.

use super::moment::{Fragment, Step, TOOL_CALLS, each_fragment};
use super::sample::{CALLING, stream};
use crate::protocol::openai_chat::identity;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-052",
    name: "tool-call-identity-repeated",
    severity: Severity::Must,
    source: "Recordings: later fragments have neither id, type nor name; measured: the \
             vendor's Python client joins them",
    explanation: "Only the first fragment of a call has `id`, `type` and name. The vendor's Python \
                  client joins the strings of all fragments, so that `call_a` becomes \
                  `call_acall_a` and no result matches.",
    violations: &[stream(concat!(
        role!(0),
        open_call!(0, "call_1"),
        fragment!(r#"0,"id":"call_1","function":{"arguments":"{}"}"#),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[CALLING],
    faults: &[r#"edit *#2 /choices/0/delta/tool_calls/0/type = "function""#],
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
    if fragment.opens {
        return Verdict::Silent;
    }
    let known = fragment
        .choice
        .and_then(|choice| choice.tool(fragment.index));
    if known.is_some_and(|tool| tool.repeats) {
        return Verdict::Silent;
    }
    match identity(fragment.value).find(|member| !member.is_empty()) {
        None => Verdict::Pass,
        Some(found) => Verdict::fail(format!(
            "expected only arguments in a later fragment, found {} again",
            quoted(found)
        )),
    }
}
