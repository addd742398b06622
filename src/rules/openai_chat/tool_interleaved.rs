//! Calls come one after another.

use super::moment::{Fragment, Step, TOOL_CALLS, each_fragment};
use super::sample::{CALLING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-058",
    name: "tool-calls-interleaved",
    severity: Severity::Should,
    source: "Recordings: the fragments of a call are contiguous",
    explanation: "Once a later call has opened, no fragment of an earlier one follows. Clients \
                  that run a call as soon as the next one opens run it with half of its arguments.",
    violations: &[stream(concat!(
        role!(0),
        open_call!(0, "call_1"),
        open_call!(1, "call_2"),
        arguments!(0, "{}"),
        arguments!(1, "{}"),
        finish!(0, "tool_calls"),
        done!()
    ))],
    conforming: &[
        CALLING,
        stream(concat!(
            role!(0),
            call!(0, "call_1"),
            call!(1, "call_2"),
            finish!(0, "tool_calls"),
            done!()
        )),
    ],
    faults: &["edit *#last /choices/0/delta/tool_calls/0/index = 0"],
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
    let last = fragment.choice.and_then(|choice| choice.tools.last());
    let Some(last) = last.filter(|_| !fragment.opens) else {
        return Verdict::Silent;
    };
    Verdict::when(last.index <= fragment.index, || {
        let (last, index) = (last.index, fragment.index);
        format!("expected no more of tool call `{index}` once call `{last}` has opened")
    })
}
