//! Thinking is part of the output.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{stream, whole};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict};

/// An answer that thinks, and counts what.
const THOUGHT: Sample = stream(concat!(
    start!(),
    open_thinking!(0),
    sign!(0),
    close!(0),
    hi!(1),
    ending!(
        r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
        r#""usage":{"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}}"#
    ),
    stop!()
));

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
    conforming: &[THOUGHT],
    faults: &[concat!(
        r#"edit message_delta /usage/output_tokens_details = "#,
        r#"{"thinking_tokens":99999}"#
    )],
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
    let (Some(thinking), Some(output)) = (state.counts.thinking, state.counts.output) else {
        return Verdict::Silent;
    };
    Verdict::when(thinking <= output, || {
        format!("expected at most `{output}` thinking tokens, found `{thinking}`")
    })
}

pub(super) static UNCOUNTED: Rule = Rule {
    id: "ANT-130",
    name: "thinking-not-counted",
    severity: Severity::Note,
    source: "Recordings: where thinking tokens are told, there are some exactly when there is a \
             thinking block",
    explanation: "`output_tokens_details.thinking_tokens` is above 0 when the answer has a \
                  thinking block, open, omitted or redacted, and 0 when it has none. It is what a \
                  caller learns the price of thinking from.",
    violations: &[
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
                r#""usage":{"output_tokens":5,"output_tokens_details":{"thinking_tokens":2}}"#
            ),
            stop!()
        )),
        whole(message!(
            r#""content":[{"type":"thinking","thinking":"Hm","signature":"c2ln"},"#,
            r#"{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"#,
            r#""output_tokens_details":{"thinking_tokens":0}}"#
        )),
    ],
    conforming: &[THOUGHT],
    faults: &[r#"edit message_delta /usage/output_tokens_details = {"thinking_tokens":1}"#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(|step: &Step<'_>| at_stop(step, is_counted)),
        body: Some(|whole: &Body<'_>| of_body(whole, is_counted)),
        ..Hooks::NONE
    }),
};

fn is_counted(state: &State, _asked: &Asked) -> Verdict {
    let Some(thinking) = state.counts.thinking else {
        return Verdict::Silent;
    };
    Verdict::when((thinking > 0) == state.thinks, || {
        let expected = if state.thinks { "some" } else { "no" };
        format!("expected {expected} thinking tokens after these blocks, found `{thinking}`")
    })
}
