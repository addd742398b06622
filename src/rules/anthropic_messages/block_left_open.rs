//! All blocks are closed when the message ends.

use crate::json::Value;

use super::moment::{ENDS, STOPS, Step, cuts_short, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-036",
    name: "block-left-open",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages, Event types: each block has a stop",
    explanation: "Every block is stopped before `message_delta`. Clients that wait for \
                  `content_block_stop` to show a block, or to run its tool, wait for ever. Answers \
                  that were cut at their limit are another rule's business.",
    violations: &[stream(concat!(start!(), open_text!(0), say!(0), bye!()))],
    conforming: &[GREETING],
    faults: &["missing-stop"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS, STOPS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let delta = of_type(step, "message_delta");
    if delta.is_none() && of_type(step, "message_stop").is_none() {
        return Verdict::Silent;
    }
    let Some(open) = &step.before.open else {
        return Verdict::Pass;
    };
    let reason = delta.and_then(|json| json.pointer("/delta/stop_reason")?.as_str());
    if cuts_short(reason.or(step.before.stop_reason.as_deref())) {
        return Verdict::Silent;
    }
    let kind = step
        .event
        .json()
        .and_then(|json| json.get("type"))
        .and_then(Value::as_str);
    Verdict::fail(format!(
        "expected `content_block_stop` of block `{}` before `{}`",
        open.index,
        kind.unwrap_or_default()
    ))
}
