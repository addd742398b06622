use super::reading::{number, spoken};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{Numbering, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-013",
    name: "responses-no-sequence-number",
    severity: Severity::Must,
    source: "OpenAI API description: `sequence_number` is required on every event",
    explanation: "Every event carries an integer `sequence_number`. A client that resumes a stream \
                  asks for what comes after the last number it saw. Responses of before June 2025 \
                  are excused.",
    violations: &[stream!(
        "event: response.created\ndata: \
            {\"type\":\"response.created\",\"sequence_number\":0.5,\"response\":",
        response!("in_progress", "", "null"),
        "}\n\n"
    )],
    conforming: &[TEXT],
    faults: &["edit response.in_progress /sequence_number removed"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

/// 2025-06-01: recordings of earlier streams have no numbers.
const FIRST_NUMBERED: f64 = 1_748_736_000.0;

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((_, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if number(value, "sequence_number").is_some() {
        return Verdict::Pass;
    }
    if seen.before.numbering == Numbering::Absent {
        return Verdict::Silent;
    }
    let created = value
        .pointer("/response/created_at")
        .and_then(Value::as_f64);
    if seen.before.events == 0 && created.is_some_and(|created| created < FIRST_NUMBERED) {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "expected an integer `sequence_number`, found {}",
        quoted_value(value.get("sequence_number"))
    ))
}
