//! A finished message says why it stopped.

use super::moment::{STOPS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-092",
    name: "no-stop-reason",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `stop_reason` is never null once the message \
             is complete",
    explanation: "The last `message_delta` has a string `stop_reason`. Callers branch on it: to \
                  run tools, to ask for more, to give up. Null means that the message is still \
                  going on.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":null,"stop_sequence":null},"#,
            r#""usage":{"output_tokens":5}"#
        ),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_delta /delta/stop_reason = null"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let state = step.before;
    if of_type(step, "message_stop").is_none() || state.message_deltas == 0 {
        return Verdict::Silent;
    }
    Verdict::when(state.stop_reason.is_some(), || {
        "expected a `stop_reason` before `message_stop`, found none".to_owned()
    })
}
