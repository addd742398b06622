//! The tool choice is kept.

use super::moment::{Body, Step, at_done, cuts_short, fold, of_body};
use super::sample::streamed;
use crate::protocol::openai_chat::State;
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-060",
    name: "tool-choice-ignored",
    severity: Severity::Must,
    source: "OpenAI API description, `tool_choice`: `none`, `required` and a named tool",
    explanation: "With `tool_choice` `none` nothing is called; with `required` or a named tool \
                  something is, unless the answer was cut. Callers that force a tool read its \
                  arguments and nothing else, and find none.",
    violations: &[
        streamed(
            with_time!(r#""tool_choice":"required""#),
            concat!(hi!(0), done!()),
        ),
        streamed(
            with_time!(r#""tool_choice":"none""#),
            concat!(calling!(), done!()),
        ),
    ],
    conforming: &[streamed(
        with_time!(r#""tool_choice":"required""#),
        concat!(calling!(), done!()),
    )],
    faults: &["edit * /choices/0/message/tool_calls removed"],
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
    let wants_call = match &asked.tool_choice {
        Some(AskedToolChoice::None) => false,
        Some(AskedToolChoice::Required | AskedToolChoice::Named(_)) => true,
        Some(AskedToolChoice::Auto) | None => return Verdict::Silent,
    };
    fold(state.choices.iter().map(|choice| {
        let is_excused = cuts_short(choice.finish.as_deref()) || choice.refused;
        if choice.finish.is_none() || (wants_call && is_excused) {
            return Verdict::Silent;
        }
        Verdict::when(choice.called() == wants_call, || {
            let (wanted, found) = if wants_call {
                ("a tool call, as one was forced", "none")
            } else {
                ("no tool call, as none was allowed", "one")
            };
            format!("expected {wanted}, found {found}")
        })
    }))
}
