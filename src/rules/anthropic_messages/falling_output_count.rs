//! The output count never falls.

use super::moment::{ENDS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-095",
    name: "falling-output-count",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: counts in `message_delta` are \
             cumulative; recordings: they never fall",
    explanation: "The `output_tokens` of `message_delta` is the total so far, so that it is never \
                  below an earlier one. Clients let the last count win; a count of only the last \
                  piece bills and measures far too little.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        end!("end_turn", 0),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["wrong-usage"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let usage = of_type(step, "message_delta").and_then(|json| json.get("usage"));
    let now = usage.and_then(|usage| usage.get("output_tokens")?.as_u64());
    let (Some(now), Some(before)) = (now, step.before.counts.output) else {
        return Verdict::Silent;
    };
    Verdict::when(now >= before, || {
        format!("expected at least `{before}` output tokens, as counted before, found `{now}`")
    })
}
