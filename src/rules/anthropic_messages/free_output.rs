//! What was said was counted.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{GREETING, GREETING_WHOLE, stream};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-106",
    name: "output-not-counted",
    severity: Severity::Should,
    source: "Anthropic API reference, Messages, Usage: the count is non-zero even for an \
             empty answer",
    explanation: "An answer with text or a tool call has at least one output token. A zero makes \
                  bills, budgets and speeds wrong without a sign that anything is.",
    violations: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":null,"stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":0}"#
        ),
        hi!(0),
        end!("end_turn", 0),
        stop!()
    ))],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &["edit message /usage/output_tokens = 0"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_stop(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, _asked: &Asked) -> Verdict {
    let Some(output) = state
        .counts
        .output
        .filter(|_| state.spoke && !state.prefilled)
    else {
        return Verdict::Silent;
    };
    // A call that running code makes costs no output of its own.
    if state.tools.iter().any(|tool| !tool.is_direct) {
        return Verdict::Silent;
    }
    Verdict::when(output > 0, || {
        "expected at least one output token, found `0`".to_owned()
    })
}
