use super::reading::spoken;
use super::sample::FAILED;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-102",
    name: "responses-event-after-error",
    severity: Severity::Must,
    source: "Open Responses specification: an error ends the response; OpenAI's clients raise at \
             it",
    explanation: "After an `error` event only `response.failed` may follow. Clients raise at the \
                  error, so text or a success that comes later is seen by nobody, yet may be \
                  billed.",
    violations: &[stream!(
        failing!(),
        record!(
            "response.completed",
            3,
            concat!("\"response\":", response!("completed", "", usage!()))
        )
    )],
    conforming: &[FAILED],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: error\ndata: "#,
        r#"{\"type\":\"error\",\"sequence_number\":2,"#,
        r#"\"error\":{\"type\":\"server_error\",\"code\":\"a\",\"message\":\"m\","#,
        r#"\"param\":null}}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    if !seen.before.error_event {
        return Verdict::Silent;
    }
    match spoken(seen) {
        None => Verdict::Silent,
        Some(("response.failed" | "keepalive", _)) => Verdict::Pass,
        Some((kind, _)) => Verdict::fail(format!(
            "expected `response.failed` or the end after an error, found {}",
            quoted(kind)
        )),
    }
}
