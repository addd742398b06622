//! The stop reason is a known one.

use super::moment::{Body, STOPS, Step, at_stop, of_body};
use super::sample::{GREETING, GREETING_WHOLE, stream};
use crate::protocol::Asked;
use crate::protocol::anthropic_messages::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-094",
    name: "unknown-stop-reason",
    severity: Severity::Should,
    source: "Anthropic documentation, Handling stop reasons; the vendor reserves the right to \
             add values",
    explanation: "`stop_reason` is one of the documented words. New ones may come, but one that \
                  belongs to another protocol, such as `stop` or `length`, tells of a translation \
                  that was left half done, and callers branch on none of them.",
    violations: &[stream(concat!(start!(), hi!(0), end!("stop", 5), stop!()))],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit message_delta /delta/stop_reason = "stop""#],
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
    let is_known = matches!(
        reason,
        "end_turn"
            | "max_tokens"
            | "stop_sequence"
            | "tool_use"
            | "pause_turn"
            | "refusal"
            | "model_context_window_exceeded"
            | "compaction"
    );
    Verdict::when(is_known, || {
        format!(
            "expected a documented stop reason, found {}",
            quoted(reason)
        )
    })
}
