//! A message starts with nothing said, or comes whole.

use crate::json::Value;

use super::moment::{STARTS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-051",
    name: "message-start-not-empty",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: `message_start` has empty content; \
             recordings of programmatic tool calls: whole content with a stop reason",
    explanation: "In `message_start` the content is empty and `stop_reason` and `stop_sequence` \
                  are null, because nothing has been said. The one exception is a message that \
                  comes whole, with its content and its stop reason. Anything between makes \
                  clients show a finished message that then grows.",
    violations: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":1}"#
        ),
        hi!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &[r#"edit message_start /message/stop_reason = "end_turn""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(message) = of_type(step, "message_start").and_then(|json| json.get("message")) else {
        return Verdict::Silent;
    };
    let Some(content) = message.get("content").and_then(Value::as_array) else {
        return Verdict::Silent;
    };
    let reason = message.get("stop_reason");
    let has_reason = reason.is_some_and(|reason| !reason.is_null());
    if has_reason == content.is_empty() {
        return Verdict::fail(format!(
            "expected empty content with a null `stop_reason`, found `{}` blocks with {}",
            content.len(),
            quoted_value(reason)
        ));
    }
    let sequence = message.get("stop_sequence");
    if reason.is_none() || sequence.is_none() {
        return Verdict::fail(
            "expected `stop_reason` and `stop_sequence` in `message_start`, found one missing",
        );
    }
    let is_null = sequence.is_some_and(Value::is_null);
    Verdict::when(is_null || has_reason, || {
        format!(
            "expected a null `stop_sequence` at the start, found {}",
            quoted_value(sequence)
        )
    })
}
