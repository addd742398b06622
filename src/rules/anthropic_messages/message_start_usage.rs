//! `message_start` says how long the input is.

use crate::json::Value;

use super::moment::{STARTS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-052",
    name: "message-start-usage",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages, Usage: `input_tokens` and `output_tokens` are \
             required",
    explanation: "The usage of `message_start` has `input_tokens` and `output_tokens`. It is the \
                  only place where a client that leaves early learns what its input cost.",
    violations: &[stream(concat!(
        start_with!(
            r#""type":"message","role":"assistant","model":"m","content":[],"#,
            r#""stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9}"#
        ),
        hi!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &["edit message_start /message/usage/output_tokens removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let message = of_type(step, "message_start").and_then(|json| json.get("message"));
    let Some(usage) = message.and_then(|message| message.get("usage")?.as_object()) else {
        return Verdict::Silent;
    };
    let missing = ["input_tokens", "output_tokens"]
        .into_iter()
        .find(|key| usage.get(key).is_none_or(Value::is_null));
    match missing {
        None => Verdict::Pass,
        Some(key) => Verdict::fail(format!(
            "expected `usage.{key}` in `message_start`, found none"
        )),
    }
}
