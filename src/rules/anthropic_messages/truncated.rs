//! A stream ends with `message_stop` or an error.

use super::sample::{FAILING, GREETING, stream};
use crate::protocol::BodyEnd;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Ended, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-042",
    name: "no-message-stop",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types: the last event is \
             `message_stop`; every recorded stream has it",
    explanation: "A stream that ends without `message_stop` and without `error` was cut off. The \
                  vendor's Python client hands the half to its caller as a success, so that nobody \
                  else notices.",
    violations: &[
        stream(concat!(start!(), hi!(0), end!("end_turn", 5))),
        stream(concat!(start!(), open_text!(0), say!(0))),
        stream(""),
    ],
    conforming: &[GREETING, FAILING],
    faults: &["missing-terminator", "early-end", "empty-body"],
    check: Check::AnthropicMessages(Hooks {
        end: Some(check),
        ..Hooks::NONE
    }),
};

fn check(ended: &Ended<'_, State>) -> Verdict {
    match ended.end {
        BodyEnd::Clean => Verdict::when(ended.state.is_over(), || {
            "expected `message_stop` or `error` before the end of the stream, found none".to_owned()
        }),
        BodyEnd::Broken | BodyEnd::Left => Verdict::Silent,
    }
}
