//! No piece ends within a character.

use super::moment::Step;
use super::sample::stream;
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-047",
    name: "half-a-character",
    severity: Severity::Must,
    source: "RFC 8259, section 8.2; RFC 3629: surrogates are no characters; no recorded stream \
             has one alone",
    explanation: "Each piece of text is text by itself. An emoji that is cut into two surrogate \
                  halves, one in each of two chunks, cannot be read by strict JSON readers, and \
                  becomes two replacement characters with the others. Hold half a character back \
                  until the rest has come.",
    violations: &[stream(concat!(
        role!(0),
        delta!(0, r#"{"content":"\ud83d"}"#),
        delta!(0, r#"{"content":"\udc33"}"#),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[stream(concat!(
        role!(0),
        delta!(0, r#"{"content":"\ud83d\udc33"}"#),
        finish!(0, "stop"),
        done!()
    ))],
    faults: &[r#"edit bytes "\"content\":\"" "\"content\":\"\\ud83d""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    if !step.event.lines().closed || step.is_over {
        return Verdict::Silent;
    }
    match &step.event.payload {
        Payload::NotJson(error) => {
            if error.contains("surrogate") {
                Verdict::fail("expected whole characters, found half of a surrogate pair")
            } else {
                Verdict::Silent
            }
        }
        Payload::Json(_) => Verdict::Pass,
        Payload::Done | Payload::Empty => Verdict::Silent,
    }
}
