use super::reading::{is_resumed, spoken};
use super::sample::TEXT;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-017",
    name: "responses-no-created",
    severity: Severity::Must,
    source: "OpenAI API description, streaming; OpenAI's clients throw without it; every recording",
    explanation: "A stream begins with `response.created`, which carries the response's id. \
                  Clients build the answer from it and throw at any other first event.",
    violations: &[stream!(in_progress!(0), message_added!())],
    conforming: &[TEXT],
    faults: &["drop-first-event", "swap-events"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    if seen.before.events.has_begun() || is_resumed(seen) {
        return Verdict::Silent;
    }
    match spoken(seen) {
        // A failure before the start has its own rule; a keepalive says nothing.
        None | Some(("error" | "keepalive", _)) => Verdict::Silent,
        Some((kind, _)) => Verdict::when(kind == "response.created", || {
            format!("expected `response.created` first, found {}", quoted(kind))
        }),
    }
}
