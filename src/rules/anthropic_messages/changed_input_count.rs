//! The input count stays what it was.

use crate::json::Value;

use super::moment::{ENDS, Step, of_type};
use super::sample::stream;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-096",
    name: "changed-input-count",
    severity: Severity::Should,
    source: "Recordings: input and cache counts of `message_delta` repeat those of \
             `message_start` unless a server tool ran",
    explanation: "Where `message_delta` repeats the input counts they equal those of \
                  `message_start`, because the input does not change while the answer is made. \
                  Server tools and compaction, which add input on the way, are excused, and so are \
                  answers in several iterations, of which another model may have made the last. A \
                  count that starts at zero is no use to clients that leave early.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"input_tokens":12,"output_tokens":5}"#
        ),
        stop!()
    ))],
    conforming: &[stream(concat!(
        start!(),
        hi!(0),
        ending!(
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null},"#,
            r#""usage":{"input_tokens":9,"cache_creation_input_tokens":0,"#,
            r#""cache_read_input_tokens":0,"output_tokens":5}"#
        ),
        stop!()
    ))],
    faults: &["edit message_delta /usage/input_tokens plus 1"],
    check: Check::AnthropicMessages(Hooks {
        about: &[ENDS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let usage = of_type(step, "message_delta").and_then(|json| json.get("usage"));
    let Some(usage) = usage.filter(|_| !step.before.server_tool) else {
        return Verdict::Silent;
    };
    let iterations = usage.get("iterations").and_then(Value::as_array);
    if iterations.is_some_and(|all| all.len() > 1) {
        return Verdict::Silent;
    }
    let counts = &step.before.counts;
    let pairs = [
        ("input_tokens", counts.input),
        ("cache_read_input_tokens", counts.cache_read),
        ("cache_creation_input_tokens", counts.cache_creation),
    ];
    let mut verdict = Verdict::Silent;
    for (key, before) in pairs {
        let now = usage.get(key).and_then(Value::as_u64);
        let (Some(now), Some(before)) = (now, before) else {
            continue;
        };
        if now != before {
            return Verdict::fail(format!(
                "expected `{key}` of `{before}` as in `message_start`, found `{now}`"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
