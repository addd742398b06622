//! Calls are numbered without gaps.

use super::moment::{Fragment, Step, TOOL_CALLS, each_fragment};
use super::sample::{CALLING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-049",
    name: "tool-index-order",
    severity: Severity::Must,
    source: "Recordings: indexes count 0, 1, 2 as calls open; the vendor's clients raise when \
             they start at 1",
    explanation: "The index of each new call is the number of calls before it in its choice. \
                  Clients use it as a position in a list.",
    violations: &[stream(concat!(
        role!(0),
        call!(1, "call_1"),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[CALLING],
    faults: &["edit * /choices/0/delta/tool_calls/0/index plus 1"],
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
    let (expected, index) = (fragment.expected, fragment.index);
    Verdict::when(index == expected, || {
        format!("expected index `{expected}` for the next tool call, found `{index}`")
    })
}
