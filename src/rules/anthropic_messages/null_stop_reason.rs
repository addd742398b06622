//! A whole message has stopped.

use super::moment::{Body, object};
use super::sample::{GREETING_WHOLE, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-122",
    name: "null-stop-reason",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `stop_reason` is always non-null in \
             non-streaming mode",
    explanation: "A whole message has a string `stop_reason`, because it is finished. Callers \
                  branch on it: to run tools, to ask for more, to give up.",
    violations: &[whole(message!(
        r#""content":[],"stop_reason":null,"stop_sequence":null,"#,
        r#""usage":{"input_tokens":9,"output_tokens":5}"#
    ))],
    conforming: &[GREETING_WHOLE],
    faults: &["edit message /stop_reason = null"],
    check: Check::AnthropicMessages(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    match object(whole).and_then(|body| body.get("stop_reason")) {
        None => Verdict::Silent,
        Some(reason) => Verdict::when(
            reason.as_str().is_some_and(|reason| !reason.is_empty()),
            || {
                format!(
                    "expected a string as `stop_reason`, found {}",
                    quoted_value(Some(reason))
                )
            },
        ),
    }
}
