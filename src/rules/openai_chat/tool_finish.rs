//! Who calls tools finishes for them.

use super::moment::{Body, Step, at_done, fold, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream, streamed};
use crate::protocol::openai_chat::State;
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-062",
    name: "finish-does-not-fit-calls",
    severity: Severity::Must,
    source: "OpenAI API description, `finish_reason` `tool_calls`; recordings: it comes with \
             calls and calls with it, but for forced tools and cut answers",
    explanation: "`finish_reason` `tool_calls` means that there is a call, and a call that was \
                  neither forced nor cut finishes with it. Agents loop on the reason: they wait \
                  for results of calls that do not exist, or take the call for the final answer.",
    violations: &[
        stream(concat!(
            role!(0),
            say!(0),
            finish!(0, "tool_calls"),
            done!()
        )),
        streamed(
            r#"{"tools":[{"type":"function","function":{"name":"get_time"}}]}"#,
            concat!(role!(0), call!(0, "call_1"), finish!(0, "stop"), done!()),
        ),
        stream(concat!(
            role!(0),
            call!(0, "call_1"),
            finish!(0, "function_call"),
            done!()
        )),
        stream(concat!(
            role!(0),
            say!(0),
            finish!(0, "function_call"),
            done!()
        )),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit *#last /choices/0/finish_reason = "stop""#],
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
    // Unknown requests may have forced a tool.
    let may_stop = asked.body.is_none()
        || matches!(
            asked.tool_choice,
            Some(AskedToolChoice::Required | AskedToolChoice::Named(_))
        );
    fold(state.choices.iter().map(|choice| {
        let has_calls = !choice.tools.is_empty();
        match choice.finish.as_deref() {
            Some("tool_calls") => Verdict::when(has_calls, || {
                "expected a tool call with `finish_reason` `tool_calls`, found none".to_owned()
            }),
            // Retired, but for calls in the form that lists of them have replaced.
            Some("function_call") => Verdict::when(choice.function_call, || {
                let expected = if has_calls {
                    "`finish_reason` `tool_calls` after a tool call, found `function_call`"
                } else {
                    "a `function_call` with `finish_reason` `function_call`, found none"
                };
                format!("expected {expected}")
            }),
            Some("stop") if has_calls && !may_stop => Verdict::fail(
                "expected `finish_reason` `tool_calls` after a tool call, found `stop`",
            ),
            Some(_) | None => Verdict::Silent,
        }
    }))
}
