use super::sample::FAILED;
use crate::protocol::BodyEnd;
use crate::protocol::openai_responses::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-101",
    name: "responses-error-without-failure",
    severity: Severity::Note,
    source: "Open Responses specification; the recorded failure has both",
    explanation: "After an `error` event the service still sends `response.failed`, with the \
                  response as far as it came. Clients that wait for a terminal event otherwise \
                  wait until they run out of time.",
    violations: &[stream!(failing!())],
    conforming: &[FAILED],
    faults: &[concat!(
        r#"edit bytes "event: response.completed\ndata: "#,
        r#"{\"type\":\"response.completed\",\"response\":" "event: error\ndata: "#,
        r#"{\"type\":\"error\",\"error\":{\"type\":\"server_error\",\"code\":\"a\","#,
        r#"\"message\":\"m\",\"param\":null},\"r\":""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean || !ended.state.error_event {
        return Verdict::Silent;
    }
    Verdict::when(ended.state.finish.is_some(), || {
        "expected `response.failed` after the error, found the end".to_owned()
    })
}
