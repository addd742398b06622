//! The stop sequence is not part of the text.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{STOPPED, stream};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-100",
    name: "stop-sequence-in-text",
    severity: Severity::Should,
    source: "Recordings: the sequence that matched never ends the text",
    explanation: "The stop sequence that matched is cut off and not at the end of the text. \
                  Callers that stop at a mark do so because they do not want to see it.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"stop_sequence","stop_sequence":"i"},"#,
            r#""usage":{"output_tokens":5}"#
        ),
        stop!()
    ))],
    conforming: &[STOPPED],
    faults: &[r#"edit message /content = [{"type":"text","text":"Hi END"}]"#],
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
    match state.stop_sequence.as_deref() {
        None | Some("") => Verdict::Silent,
        Some(stop) => Verdict::when(!state.text_tail.ends_with(stop), || {
            format!(
                "expected the text without its stop sequence, found {} at its end",
                quoted(stop)
            )
        }),
    }
}
