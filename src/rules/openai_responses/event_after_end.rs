use super::sample::TEXT;
use crate::protocol::openai_responses::{State, event_type};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-011",
    name: "responses-event-after-end",
    severity: Severity::Must,
    source: "Open Responses specification, response states; no recorded stream has it",
    explanation: "Nothing follows `response.completed`, `response.incomplete` or \
                  `response.failed`. Some clients stop reading there, others apply the late event \
                  to the finished answer, so two clients show two answers. End the stream after \
                  the terminal event.",
    violations: &[stream!(written!(), completed!(), delta!(10, "!"))],
    conforming: &[TEXT],
    faults: &["event-after-end"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(late),
        end: Some(ended),
        ..Hooks::NONE
    }),
};

fn late(seen: &Transition<'_, State>) -> Verdict {
    if !seen.is_over || seen.before.after_end || !seen.event.lines().closed {
        return Verdict::Silent;
    }
    match event_type(seen.event) {
        Some(kind) => Verdict::fail(format!(
            "expected the end of the stream, found {}",
            quoted(kind)
        )),
        None => Verdict::Silent,
    }
}

fn ended(ended: &Ended<'_, State>) -> Verdict {
    if ended.state.finish.is_some() && !ended.state.after_end {
        Verdict::Pass
    } else {
        Verdict::Silent
    }
}
