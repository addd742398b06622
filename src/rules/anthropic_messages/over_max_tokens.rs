//! The answer is not longer than asked.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-097",
    name: "over-max-tokens",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `max_tokens` is the maximum to generate; \
             every recorded answer without tools of the service keeps it",
    explanation: "`output_tokens` is at most the request's `max_tokens`. The limit is what the \
                  caller is ready to pay, and what a reservation was made for.",
    violations: &[streamed(
        r#"{"max_tokens":4}"#,
        concat!(start!(), hi!(0), bye!()),
    )],
    conforming: &[streamed(
        r#"{"max_tokens":5}"#,
        concat!(start!(), hi!(0), bye!()),
    )],
    faults: &["edit message_delta /usage/output_tokens = 999999"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STOPS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_stop(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, asked: &Asked) -> Verdict {
    let (Some(output), Some(limit)) = (state.counts.output, asked.max_tokens) else {
        return Verdict::Silent;
    };
    if !state.server.calls.is_empty() {
        return Verdict::Silent;
    }
    Verdict::when(output <= limit, || {
        format!("expected at most `{limit}` output tokens, found `{output}`")
    })
}
