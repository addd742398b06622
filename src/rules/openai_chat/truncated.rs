//! A stream ends with `[DONE]` or an error.

use super::sample::{FAILING, GREETING, stream};
use crate::protocol::BodyEnd;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-087",
    name: "no-done",
    severity: Severity::Must,
    source: "OpenAI API description, `stream`: terminated by `data: [DONE]`; every recorded \
             stream has it",
    explanation: "A stream that ends without `[DONE]` and without an error was cut off. The \
                  vendor's clients say nothing about it and hand the half to their caller, so that \
                  nobody else notices.",
    violations: &[
        stream(concat!(role!(0), say!(0))),
        stream(hi!(0)),
        stream(""),
    ],
    conforming: &[GREETING, FAILING],
    faults: &["missing-terminator", "early-end", "empty-body"],
    check: Check::OpenaiChat(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    let is_over = ended.state.done || ended.state.error.is_some();
    match ended.end {
        BodyEnd::Clean => Verdict::when(is_over, || {
            "expected `[DONE]` or an error before the end of the stream, found none".to_owned()
        }),
        BodyEnd::Broken | BodyEnd::Left => Verdict::Silent,
    }
}
