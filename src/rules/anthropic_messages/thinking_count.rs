//! Thinking is part of the output.

use super::moment::{Body, Step, at_stop, of_body};
use super::sample::stream;
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-105",
    name: "thinking-count",
    severity: Severity::Should,
    source: "Anthropic API reference, Messages, Usage: thinking tokens are among the output \
             tokens",
    explanation: "`output_tokens_details.thinking_tokens` is at most `output_tokens`, of which it \
                  is a part. Who subtracts one from the other to learn the length of the visible \
                  answer gets a negative number.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"output_tokens":5,"output_tokens_details":{"thinking_tokens":6}}"#
        ),
        stop!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}}"#
        ),
        stop!()
    ))],
    faults: &[],
    check: Check::AnthropicMessages(Hooks {
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
    let (Some(thinking), Some(output)) = (state.counts.thinking, state.counts.output) else {
        return Verdict::Silent;
    };
    Verdict::when(thinking <= output, || {
        format!("expected at most `{output}` thinking tokens, found `{thinking}`")
    })
}
