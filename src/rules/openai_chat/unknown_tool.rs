//! Only tools that were offered are called.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-059",
    name: "unknown-function-called",
    severity: Severity::Note,
    source: "OpenAI API description, `tools` and `tool_choice`; models now and then make a name up",
    explanation: "The name in a tool call is one of the request's tools, and without tools there \
                  is no call. The caller cannot run any other, and mostly finds out by an \
                  exception.",
    violations: &[streamed(
        r#"{"tools":[{"type":"function","function":{"name":"search"}}]}"#,
        concat!(calling!(), done!()),
    )],
    conforming: &[streamed(
        r#"{"tools":[{"type":"function","function":{"name":"get_time"}}]}"#,
        concat!(calling!(), done!()),
    )],
    faults: &[r#"edit * /choices/0/delta/tool_calls/0/function/name = "nobody""#],
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
    let Some(offered) = &asked.tools else {
        return Verdict::Silent;
    };
    let calls = state.choices.iter().flat_map(|choice| &choice.tools);
    fold(calls.map(|tool| {
        Verdict::when(offered.contains(&tool.name), || {
            format!(
                "expected a call of an offered tool, found a call of {}",
                quoted(&tool.name)
            )
        })
    }))
}
