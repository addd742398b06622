//! The numbers of events: from 0, one by one.

use super::reading::{is_resumed, number, spoken};
use super::sample::TEXT;
use crate::protocol::openai_responses::{Numbering, State};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static STARTS_LATE: Rule = Rule {
    id: "OAR-014",
    name: "responses-numbering-starts-late",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The first event has number 0. A client that counts what it missed takes a later \
                  start for lost events.",
    violations: &[stream!(created!(1), in_progress!(2))],
    conforming: &[TEXT],
    faults: &["edit response.created /sequence_number = 1"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(starts),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn starts(seen: &Transition<'_, State>) -> Verdict {
    if seen.before.numbering != Numbering::NotBegun || is_resumed(seen) {
        return Verdict::Silent;
    }
    let Some((_, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    match number(value, "sequence_number") {
        None => Verdict::Silent,
        Some(first) => Verdict::when(first == 0, || {
            format!("expected `sequence_number` 0 on the first event, found `{first}`")
        }),
    }
}

/// The number before and the number now.
fn numbers(seen: &Transition<'_, State>) -> Option<(u64, u64)> {
    let Numbering::Last(before) = *seen.before.numbering else {
        return None;
    };
    let (_, value) = spoken(seen)?;
    Some((before, number(value, "sequence_number")?))
}

pub(super) static NOT_RISING: Rule = Rule {
    id: "OAR-015",
    name: "responses-numbers-not-rising",
    severity: Severity::Must,
    source: "Open Responses specification: numbers increase; OpenAI's clients drop what they think \
             they know",
    explanation: "Numbers strictly increase. A client that resumes a stream throws away every \
                  event whose number it has seen, so a repeated or smaller one is lost text or, \
                  unfiltered, doubled text.",
    violations: &[stream!(opened!(), delta!(4, "Blue"), delta!(4, "Blue"))],
    conforming: &[TEXT],
    faults: &["double-event"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(rises),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn rises(seen: &Transition<'_, State>) -> Verdict {
    match numbers(seen) {
        None => Verdict::Silent,
        Some((before, now)) => Verdict::when(now > before, || {
            format!("expected a `sequence_number` above `{before}`, found `{now}`")
        }),
    }
}

pub(super) static SKIPPED: Rule = Rule {
    id: "OAR-016",
    name: "responses-number-skipped",
    severity: Severity::Must,
    source: "Every recorded stream of the service, keepalive and error events included",
    explanation: "Each event's number is one more than the one before. A gap means that an event \
                  was lost on the way, or that something took events out without renumbering what \
                  is left; a client cannot tell the two apart.",
    violations: &[stream!(opened!(), delta!(5, " whale"))],
    conforming: &[TEXT],
    faults: &["drop-event", "swap-events", "missing-stop"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(steps),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn steps(seen: &Transition<'_, State>) -> Verdict {
    match numbers(seen) {
        Some((before, now)) if now > before => Verdict::when(now == before + 1, || {
            format!("expected `sequence_number` {}, found `{now}`", before + 1)
        }),
        _ => Verdict::Silent,
    }
}
