//! A stream ends with `message_stop` or an error.

use super::sample::{FAILING, GREETING, stream};
use crate::protocol::BodyEnd;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Ended, Hooks, Rule, Sample, Severity, Verdict};

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
    faults: &["half-body", "missing-terminator", "early-end", "empty-body"],
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

pub(super) static UNCLEAN: Rule = Rule {
    id: "ANT-012",
    name: "anthropic-connection-broken",
    severity: Severity::Should,
    source: "RFC 9112, section 7.1, and RFC 9113, section 8.1: how a body ends; recordings: all do",
    explanation: "After `message_stop` the body ends as HTTP says: with the last chunk, or the end \
                  of the HTTP/2 stream. When the connection breaks instead, or stays open for \
                  good, clients raise although the answer is complete, and ask again. (A stream \
                  that breaks before its end is another matter: its call has failed.)",
    violations: &[Sample::Answer {
        request: "/v1/messages @broken\n",
        status: 200,
        headers: &[("content-type", "text/event-stream; charset=utf-8")],
        body: concat!(start!(), hi!(0), bye!()),
    }],
    conforming: &[GREETING],
    faults: &["edit message_stop broken"],
    check: Check::AnthropicMessages(Hooks {
        end: Some(|ended: &Ended<'_, State>| match ended.end {
            _ if !ended.state.stopped => Verdict::Silent,
            BodyEnd::Clean => Verdict::Pass,
            BodyEnd::Broken => Verdict::fail(
                "expected the end of the body after `message_stop`, found a broken connection",
            ),
            BodyEnd::Left => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};
