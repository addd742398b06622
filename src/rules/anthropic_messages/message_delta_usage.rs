//! `message_delta` has the final output count.

use super::moment::{ENDS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-091",
    name: "message-delta-usage",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: `message_delta` carries cumulative \
             usage; the gateway's documents name `usage.output_tokens`",
    explanation: "The usage of `message_delta` has `output_tokens`, the final count. The one in \
                  `message_start` is provisional, so that without this one nobody knows what the \
                  answer cost, and the vendor's clients raise.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(r#""delta":{"stop_reason":"end_turn","stop_sequence":null}"#),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["missing-usage"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = of_type(step, "message_delta") else {
        return Verdict::Silent;
    };
    let usage = json.get("usage");
    let count = usage.and_then(|usage| usage.get("output_tokens"));
    Verdict::when(count.is_some_and(|count| !count.is_null()), || {
        format!(
            "expected `usage.output_tokens` in `message_delta`, found {}",
            quoted_value(usage)
        )
    })
}
