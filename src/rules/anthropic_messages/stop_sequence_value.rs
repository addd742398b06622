//! The stop sequence is named exactly when it stopped the answer.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{GREETING, STOPPED, stream, streamed};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-099",
    name: "stop-sequence-value",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `stop_sequence` is the sequence that matched, \
             else null",
    explanation: "`stop_sequence` is a string exactly when `stop_reason` is `stop_sequence`, and \
                  it is one of those in the request. Callers that use several tell by it which one \
                  matched.",
    violations: &[
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":"END"},"#,
                r#""usage":{"output_tokens":5}"#
            ),
            stop!()
        )),
        streamed(
            r#"{"stop_sequences":["END"]}"#,
            concat!(
                start!(),
                hi!(0),
                ending!(
                    r#""delta":{"stop_reason":"stop_sequence","stop_sequence":"."},"#,
                    r#""usage":{"output_tokens":5}"#
                ),
                stop!()
            ),
        ),
        stream(concat!(start!(), hi!(0), end!("stop_sequence", 5), stop!())),
    ],
    conforming: &[GREETING, STOPPED],
    faults: &[r#"edit message_delta /delta/stop_sequence = "END""#],
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

fn judge(state: &State, asked: &Asked) -> Verdict {
    let Some(reason) = state.stop_reason.as_deref() else {
        return Verdict::Silent;
    };
    match (reason == "stop_sequence", state.stop_sequence.as_deref()) {
        (false, None) => Verdict::Pass,
        (false, Some(found)) => Verdict::fail(format!(
            "expected a null `stop_sequence` with `stop_reason` {}, found {}",
            quoted(reason),
            quoted(found)
        )),
        (true, None) => Verdict::fail("expected the `stop_sequence` that matched, found null"),
        (true, Some(found)) => {
            let wanted = asked.stop_sequences.as_ref();
            let is_asked = wanted.is_none_or(|wanted| wanted.iter().any(|stop| stop == found));
            Verdict::when(is_asked, || {
                format!(
                    "expected a stop sequence of the request, found {}",
                    quoted(found)
                )
            })
        }
    }
}
