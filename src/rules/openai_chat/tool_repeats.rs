//! A call is introduced once.

use serde_json::Value;

use super::moment::{Fragment, Step, each_fragment};
use super::sample::{CALLING, stream};
use crate::protocol::openai_chat::fragment_name;
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
    if fragment.opens {
        return Verdict::Silent;
    }
    let value = fragment.value;
    let members = [value.get("id"), value.get("type"), fragment_name(value)];
    let repeated = members.into_iter().flatten().filter_map(Value::as_str);
    Verdict::when(repeated.clone().all(str::is_empty), || {
        let found = repeated
            .clone()
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        format!("expected only arguments in a later fragment, found `{found}` again")
    })
}
