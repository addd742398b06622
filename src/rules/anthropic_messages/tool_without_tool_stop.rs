//! Who calls a tool stops for it.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-102",
    name: "tool-without-tool-stop",
    severity: Severity::Must,
    source: "Anthropic documentation, Handling stop reasons; recordings: a call never ends \
             with `end_turn`",
    explanation: "A message that calls a tool does not end with `end_turn` or `stop_sequence`. \
                  Agents that branch on the stop reason take it for the final answer and never run \
                  the call.",
    violations: &[stream(concat!(start!(), call!(0, "toolu_1"), bye!()))],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit message_delta /delta/stop_reason = "end_turn""#],
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

fn judge(state: &State, _asked: &Asked) -> Verdict {
    let Some(reason) = state.stop_reason.as_deref() else {
        return Verdict::Silent;
    };
    if !state.tools.iter().any(|tool| tool.is_direct) {
        return Verdict::Silent;
    }
    Verdict::when(!matches!(reason, "end_turn" | "stop_sequence"), || {
        format!("expected `stop_reason` `tool_use` after a tool call, found `{reason}`")
    })
}
