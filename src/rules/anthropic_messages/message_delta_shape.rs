//! `message_delta` has a delta.

use crate::json::Value;

use super::moment::{ENDS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-090",
    name: "message-delta-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages streaming: `message_delta` has `delta` and \
             `usage`",
    explanation: "`message_delta` carries an object `delta`. The vendor's clients read its members \
                  unasked and raise when it is not there, after the whole answer has been \
                  streamed.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(r#""usage":{"output_tokens":5}"#),
        stop!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_delta /delta removed"],
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
    let delta = json.get("delta");
    Verdict::when(delta.is_some_and(Value::is_object), || {
        format!("expected an object `delta`, found {}", quoted_value(delta))
    })
}
