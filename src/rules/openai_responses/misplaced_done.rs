use crate::protocol::Payload;
use crate::protocol::openai_responses::State;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-010",
    name: "responses-misplaced-done",
    severity: Severity::Must,
    source: "Open Responses specification (the marker ends a stream); the service itself sends \
             none",
    explanation: "`[DONE]` may close this stream, but only once and after the terminal event: \
                  clients stop reading at it, so what follows is lost.",
    violations: &[
        stream!(
            said!(),
            "data: [DONE]\n\n",
            text_done!(),
            part_done!(),
            message_done!(),
            completed!()
        ),
        stream!(written!(), completed!(), "data: [DONE]\n\ndata: [DONE]\n\n"),
    ],
    conforming: &[stream!(written!(), completed!(), "data: [DONE]\n\n")],
    faults: &[concat!(
        r#"edit bytes "event: response.in_progress\n" "data: [DONE]\n\nevent: "#,
        r#"response.in_progress\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(marker),
        ..Hooks::NONE
    }),
};

fn marker(seen: &Transition<'_, State>) -> Verdict {
    if !matches!(seen.event.payload, Payload::Done) || !seen.event.lines().closed {
        return Verdict::Silent;
    }
    if seen.before.done_marker {
        return Verdict::fail("expected one `[DONE]`, found a second");
    }
    Verdict::when(seen.is_over || seen.before.error_event, || {
        "expected `[DONE]` after the terminal event, found it before".to_owned()
    })
}
