//! `[DONE]` is the last record.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-013",
    name: "record-after-done",
    severity: Severity::Must,
    source: "OpenAI API description, `stream`: terminated by `data: [DONE]`; recordings: \
             nothing follows it",
    explanation: "Nothing follows `[DONE]` but the end of the body. Clients stop reading there, so \
                  that a later chunk is lost, or is taken for the beginning of the next answer.",
    violations: &[
        stream(concat!(hi!(0), done!(), say!(0))),
        stream(concat!(hi!(0), done!(), done!())),
    ],
    conforming: &[GREETING],
    faults: &["event-after-end"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let before = step.before;
    if !step.event.lines().closed || before.went_on {
        return Verdict::Silent;
    }
    match (&step.event.payload, before.done) {
        (Payload::Done, false) => Verdict::Pass,
        (_, false) | (Payload::Empty, true) => Verdict::Silent,
        (Payload::Done, true) => Verdict::fail("found a second `[DONE]`"),
        (Payload::Json(_) | Payload::NotJson(_), true) => {
            Verdict::fail("expected the end of the stream after `[DONE]`, found another record")
        }
    }
}
