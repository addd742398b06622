//! When a response says that it was made.

use super::reading::{RESPONSES, response_of, whole_response};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::protocol::{Asked, Head};
use crate::rules::created::fault;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-121",
    name: "responses-absurd-time",
    severity: Severity::Must,
    source: "OpenAI API description: `created_at` and `completed_at`, Unix seconds; every recorded \
             answer",
    explanation: "`created_at`, and `completed_at` where it is there, are times in Unix seconds \
                  that are not far from the `date` header: at most a day after it or a year \
                  before. Callers sort answers and compute latencies by them; one in milliseconds, \
                  or below zero, is a date in another age.",
    violations: &[
        body!(timed!("completed", "null", "-1790000000")),
        body!(timed!("completed", "null", "1790000000000")),
        body!(timed!("completed", "1790000001000")),
    ],
    conforming: &[TEXT, body!(timed!("completed", "1790000001"))],
    faults: &[
        "edit * /created_at = -1",
        "edit response.created /response/created_at = 7",
    ],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match response_of(seen) {
        None => Verdict::Silent,
        Some((kind, response)) => {
            // Later events repeat when it was created, and have a rule for that.
            let is_first = kind == "response.created";
            let keys: &[&str] = if is_first { &KEYS } else { &KEYS[1..] };
            times(seen.asked.get(), seen.head.get(), response, keys)
        }
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    whole_response(whole).map_or(Verdict::Silent, |response| {
        times(whole.asked.get(), whole.head.get(), response, &KEYS)
    })
}

const KEYS: [&str; 2] = ["created_at", "completed_at"];

fn times(asked: &Asked, head: &Head, response: &Value, keys: &[&str]) -> Verdict {
    let mut verdict = Verdict::Silent;
    for key in keys {
        // One that is no number at all has a rule of its own.
        let Some(found) = response.get(*key).filter(|found| found.is_number()) else {
            continue;
        };
        if let Some(fault) = fault(asked, head, key, found) {
            return Verdict::fail(fault);
        }
        verdict = Verdict::Pass;
    }
    verdict
}
