use super::sample::TEXT;
use crate::protocol::Payload;
use crate::protocol::gemini::State;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "GEM-008",
    name: "gemini-done-marker",
    severity: Severity::Must,
    source: "Google's clients fail on it; no recorded stream has it. One page of the gateway says \
             otherwise (C-06)",
    explanation: "The end of the body is the end of the stream: there is no `[DONE]`. Google's \
                  clients parse it as a chunk and raise after the whole answer has been read. The \
                  gateway's own guide for one client shows such a marker; the vendor's wire is \
                  taken as right, since the same documents promise it byte for byte.",
    violations: &[stream!(first!(), last!(), "data: [DONE]\r\n\r\n")],
    conforming: &[TEXT],
    faults: &[],
    check: Check::Gemini(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    match seen.event.payload {
        Payload::Done if seen.before.done_marker => Verdict::Silent,
        Payload::Done => Verdict::fail("expected the end of the stream, found `[DONE]`"),
        Payload::Json(_) => Verdict::Pass,
        Payload::NotJson(_) | Payload::Empty => Verdict::Silent,
    }
}
