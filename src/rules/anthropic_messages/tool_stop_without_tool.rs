//! Who stops for a tool has called one.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{CALLING, CALLING_WHOLE, stream};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-101",
    name: "tool-stop-without-tool",
    severity: Severity::Must,
    source: "Anthropic documentation, Handling stop reasons: `tool_use` means that a tool is \
             called; every recorded one is",
    explanation: "`stop_reason` `tool_use` means that the content has a `tool_use` block. Agents \
                  loop on it: they run the calls, find none, and ask again for ever.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        end!("tool_use", 5),
        stop!()
    ))],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &[r#"edit message_delta /delta/stop_reason = "tool_use""#],
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
    if state.stop_reason.as_deref() != Some("tool_use") {
        return Verdict::Silent;
    }
    Verdict::when(!state.tools.is_empty(), || {
        "expected a `tool_use` block with `stop_reason` `tool_use`, found none".to_owned()
    })
}
