//! The answer is not longer than asked.

use super::moment::{Body, Step, at_done, of_body};
use super::sample::answered;
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-074",
    name: "chat-over-max-tokens",
    severity: Severity::Should,
    source: "OpenAI API description, `max_completion_tokens`: an upper bound; recordings keep \
             it",
    explanation: "`completion_tokens` is at most the request's limit for each of its choices. The \
                  limit is what the caller is ready to pay, and what a reservation was made for.",
    violations: &[answered(r#"{"max_tokens":1}"#, completion!(whole_hi!(0),))],
    conforming: &[answered(r#"{"max_tokens":2}"#, completion!(whole_hi!(0),))],
    faults: &[concat!(
        r#"edit *#last /usage = {"prompt_tokens":1,"completion_tokens":99999,"#,
        r#""total_tokens":100000}"#
    )],
    check: Check::OpenaiChat(Hooks {
        about: &[Topic::Done],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    at_done(step, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    of_body(whole, judge)
}

fn judge(state: &State, asked: &Asked) -> Verdict {
    let (Some(counts), Some(limit), Some(n)) = (state.counts, asked.max_tokens, asked.n) else {
        return Verdict::Silent;
    };
    let limit = limit.saturating_mul(n);
    Verdict::when(counts.output <= limit, || {
        format!(
            "expected at most `{limit}` completion tokens, found `{}`",
            counts.output
        )
    })
}
