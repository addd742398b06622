//! `message_delta` says which stop sequence matched, or null.

use super::moment::{ENDS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-093",
    name: "stop-sequence-key",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: `stop_sequence` is required and nullable; \
             recordings: always there",
    explanation: "The delta of `message_delta` has the member `stop_sequence`, a string or null. \
                  Typed clients have no default for it.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(r#""delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}"#),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_delta /delta/stop_sequence removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let delta = of_type(step, "message_delta").and_then(|json| json.get("delta")?.as_object());
    let Some(delta) = delta else {
        return Verdict::Silent;
    };
    let found = delta.get("stop_sequence");
    let holds = found.is_some_and(|found| found.is_null() || found.is_string());
    Verdict::when(holds, || {
        format!(
            "expected a string or null as `delta.stop_sequence`, found {}",
            quoted_value(found)
        )
    })
}
