//! Token counts are whole numbers.

use crate::json::Value;

use super::moment::{Body, Step, object, of_type};
use super::sample::{GREETING, GREETING_WHOLE, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-024",
    name: "anthropic-bad-token-count",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages, Usage: counts are integers",
    explanation: "Token counts are JSON integers of zero or more, or null where a count is \
                  optional. Typed clients refuse the whole answer over a count that is a string or \
                  a fraction, and bills are made from them.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"output_tokens":"5"}"#
        ),
        stop!()
    ))],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[],
    check: Check::AnthropicMessages(Hooks {
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

const COUNTS: [&str; 4] = [
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
];

fn event(step: &Step<'_>) -> Verdict {
    let start = of_type(step, "message_start").and_then(|json| json.get("message"));
    let owner = start.or_else(|| of_type(step, "message_delta"));
    owner.map_or(Verdict::Silent, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    object(whole).map_or(Verdict::Silent, judge)
}

fn judge(owner: &Value) -> Verdict {
    let Some(usage) = owner.get("usage").filter(|usage| usage.is_object()) else {
        return Verdict::Silent;
    };
    let wrong = COUNTS.iter().find(|key| {
        let count = usage.get(*key).filter(|count| !count.is_null());
        count.is_some_and(|count| !count.is_u64())
    });
    match wrong {
        None => Verdict::Pass,
        Some(key) => Verdict::fail(format!(
            "expected a whole number in `usage.{key}`, found {}",
            quoted_value(usage.get(*key))
        )),
    }
}
