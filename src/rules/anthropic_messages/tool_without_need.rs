//! No tool call where none was allowed.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::streamed;
use crate::protocol::anthropic_messages::State;
use crate::protocol::{Asked, AskedToolChoice};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-085",
    name: "tool-call-not-allowed",
    severity: Severity::Must,
    source: "Anthropic documentation, Tool use: a tool can be called when it is offered and \
             `tool_choice` is not `none`",
    explanation: "A request without tools, or with `tool_choice` `none`, is answered without \
                  `tool_use`. The caller has nothing that could run it, and the conversation \
                  cannot go on without a result.",
    violations: &[streamed(
        r#"{"max_tokens":16}"#,
        concat!(start!(), call!(0, "toolu_1"), end!("tool_use", 5), stop!()),
    )],
    conforming: &[
        streamed(r#"{"max_tokens":16}"#, concat!(start!(), hi!(0), bye!())),
        streamed(
            r#"{"tools":[{"name":"get_time"}]}"#,
            concat!(start!(), call!(0, "toolu_1"), end!("tool_use", 5), stop!()),
        ),
    ],
    faults: &[concat!(
        r#"edit content_block_start /content_block = {"type":"tool_use","#,
        r#""id":"toolu_1","name":"f","input":{}}"#
    )],
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
    let Some(tools) = &asked.tools else {
        return Verdict::Silent;
    };
    let is_allowed = !tools.is_empty() && asked.tool_choice != Some(AskedToolChoice::None);
    match state.tools.first() {
        Some(tool) if !is_allowed => Verdict::fail(format!(
            "expected no tool call, as none was allowed, found a call of {}",
            quoted(&tool.name)
        )),
        Some(_) | None => Verdict::Pass,
    }
}
