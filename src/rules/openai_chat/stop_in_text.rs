//! The stop sequence is not part of the text.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-082",
    name: "stop-sequence-kept",
    severity: Severity::Must,
    source: "OpenAI API description, StopConfiguration: the returned text will not contain \
             the stop sequence",
    explanation: "No stop sequence of the request is in the text. Callers that stop at a mark do \
                  so because they do not want to see it, and split at it themselves.",
    violations: &[streamed(r#"{"stop":"Hi"}"#, concat!(hi!(0), done!()))],
    conforming: &[streamed(r#"{"stop":["END"]}"#, concat!(hi!(0), done!()))],
    faults: &[r#"edit * /choices/0/message/content extended "END""#],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_done(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, asked: &Asked) -> Verdict {
    let stops = asked.stop_sequences.as_deref().unwrap_or_default();
    let stops = stops.iter().filter(|stop| !stop.is_empty());
    fold(stops.flat_map(|stop| {
        state.choices.iter().map(move |choice| {
            Verdict::when(!choice.text.contains(stop.as_str()), || {
                format!("expected text without the stop sequence {}", quoted(stop))
            })
        })
    }))
}
