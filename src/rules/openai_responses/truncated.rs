use super::sample::{FAILED, TEXT};
use crate::protocol::BodyEnd;
use crate::protocol::openai_responses::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-012",
    name: "responses-truncated",
    severity: Severity::Must,
    source: "OpenAI API description, streaming; OpenAI's clients and Codex wait for the terminal \
             event",
    explanation: "A stream ends with `response.completed`, `response.incomplete` or \
                  `response.failed`. One that closes cleanly without looks like a short answer, \
                  and half of the clients take it for one. End a broken answer with an `error` \
                  event and `response.failed`.",
    violations: &[stream!(written!()), stream!("")],
    conforming: &[TEXT, FAILED],
    faults: &["missing-terminator", "early-end", "empty-body", "half-body"],
    check: Check::OpenaiResponses(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let has_ended = ended.state.finish.is_some() || ended.state.error_event;
    Verdict::when(has_ended, || {
        format!(
            "expected a terminal event, found the end after `{}` events",
            ended.state.events
        )
    })
}
