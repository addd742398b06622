//! An answer that was cut by its limit has come near it.

use super::moment::{Body, Step, at_done, of_body};
use super::sample::answered;
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-098",
    name: "chat-limit-not-reached",
    severity: Severity::Should,
    source: "OpenAI API description, `finish_reason`: `length` where the limit of the request was \
             reached; recordings keep it",
    explanation: "`length` means that `max_completion_tokens` was used up. Far below it another \
                  limit cut the answer, and a caller that raises its own to get more gets the same \
                  again. (A full context window cuts answers as well; short ones have none.)",
    violations: &[answered(
        r#"{"max_tokens":60}"#,
        completion!(whole_choice!(0, "length", r#""content":"Hi""#),),
    )],
    conforming: &[answered(
        r#"{"max_tokens":2}"#,
        completion!(whole_choice!(0, "length", r#""content":"Hi""#),),
    )],
    faults: &[r#"edit *#last /choices/0/finish_reason = "length""#],
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

/// Tokens by which a server may stay below a limit.
const NEAR: u64 = 10;
/// The smallest context window of any model.
const WINDOW: u64 = 4000;

fn judge(state: &State, asked: &Asked) -> Verdict {
    let (Some(counts), Some(limit), [only]) =
        (state.counts, asked.max_tokens, state.choices.as_slice())
    else {
        return Verdict::Silent;
    };
    // Nothing counted at all is for another rule.
    let is_cut = only.finish.as_deref() == Some("length");
    if !is_cut || counts.output == 0 || counts.input.saturating_add(counts.output) >= WINDOW {
        return Verdict::Silent;
    }
    let output = counts.output;
    let reached = output.saturating_mul(2).saturating_add(NEAR);
    Verdict::when(reached >= limit, || {
        format!("expected about `{limit}` completion tokens after `length`, found `{output}`")
    })
}
