//! A tool that was demanded is called.

use super::moment::{Body, STOPS, Step, at_stop, cuts_short, of_body};
use super::sample::streamed;
use crate::protocol::anthropic_messages::State;
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-086",
    name: "forced-tool-not-called",
    severity: Severity::Must,
    source: "Anthropic documentation, Tool use, Forcing tool use: `any` and `tool`",
    explanation: "With `tool_choice` `any` the answer calls a tool, with `tool` it calls the one \
                  that is named. Callers that force a tool read its input and nothing else, and \
                  find none. An answer that was cut or refused is excused.",
    violations: &[streamed(
        r#"{"tools":[{"name":"get_time"}],"tool_choice":{"type":"any"}}"#,
        concat!(start!(), hi!(0), bye!()),
    )],
    conforming: &[streamed(
        r#"{"tools":[{"name":"get_time"}],"tool_choice":{"type":"tool","name":"get_time"}}"#,
        concat!(start!(), call!(0, "toolu_1"), end!("tool_use", 5), stop!()),
    )],
    faults: &[r#"edit message /content = [{"type":"text","text":"Hi"}]"#],
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
    if cuts_short(state.stop_reason.as_deref()) || state.stop_reason.is_none() {
        return Verdict::Silent;
    }
    match &asked.tool_choice {
        Some(AskedToolChoice::Required) => Verdict::when(!state.tools.is_empty(), || {
            "expected a tool call, as one was forced, found none".to_owned()
        }),
        Some(AskedToolChoice::Named(name)) => {
            let is_called = state.tools.iter().any(|tool| tool.name == *name);
            Verdict::when(is_called, || {
                format!(
                    "expected a call of {}, as it was forced, found none",
                    quoted(name)
                )
            })
        }
        Some(AskedToolChoice::Auto | AskedToolChoice::None) | None => Verdict::Silent,
    }
}
