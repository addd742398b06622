//! Token counts are whole numbers.

use crate::json::Value;

use super::moment::{Body, ENDS, STARTS, Step, object, of_type};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use super::tables::USAGE;
use crate::rules::members::wrong;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-024",
    name: "anthropic-bad-token-count",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages, Usage: counts are integers",
    explanation: "Token counts are JSON integers of zero or more, or null where a count is \
                  optional; so are those that break them down. Typed clients refuse the whole \
                  answer over a count that is a string or a fraction, and bills are made from \
                  them.",
    violations: &[
        stream(concat!(
            start!(),
            hi!(0),
            ending!(
                r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
                r#""usage":{"output_tokens":"5"}"#
            ),
            stop!()
        )),
        whole(message!(
            r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
            r#""usage":{"input_tokens":9,"output_tokens":5,"#,
            r#""output_tokens_details":{"thinking_tokens":null}}"#
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit message_delta /usage/output_tokens = "5""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS, ENDS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

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
    match wrong(usage, USAGE) {
        None => Verdict::Pass,
        Some(told) => Verdict::fail(told),
    }
}
