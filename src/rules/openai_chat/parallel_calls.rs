//! One call at a time where that was asked for.

use crate::json::Value;

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::streamed;
use crate::protocol::Asked;
use crate::protocol::openai_chat::State;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-061",
    name: "parallel-calls-not-allowed",
    severity: Severity::Should,
    source: "OpenAI API description, `parallel_tool_calls`",
    explanation: "With `parallel_tool_calls` false there is at most one call in each choice. \
                  Callers that switch them off run the first and forget the rest.",
    violations: &[streamed(
        with_time!(r#""parallel_tool_calls":false"#),
        concat!(
            role!(0),
            call!(0, "call_1"),
            call!(1, "call_2"),
            finish!(0, "tool_calls"),
            done!()
        ),
    )],
    conforming: &[streamed(
        with_time!(r#""parallel_tool_calls":false"#),
        concat!(calling!(), done!()),
    )],
    faults: &[concat!(
        r#"edit * /choices/0/message/tool_calls = [{"id":"call_1","#,
        r#""type":"function","function":{"name":"search","arguments":"{}"}},"#,
        r#"{"id":"call_2","type":"function","function":{"name":"search","#,
        r#""arguments":"{}"}}]"#
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
    let parallel = asked
        .body
        .as_ref()
        .and_then(|body| body.get("parallel_tool_calls"));
    if parallel.and_then(Value::as_bool) != Some(false) {
        return Verdict::Silent;
    }
    fold(state.choices.iter().map(|choice| {
        let count = choice.tools.len();
        Verdict::when(count <= 1, || {
            format!("expected at most one tool call, found `{count}`")
        })
    }))
}
