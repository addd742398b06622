//! A delta's payload is a string.

use crate::json::Value;

use super::moment::{DELTAS, Step, of_type, type_of};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-068",
    name: "delta-without-text",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages streaming: members of the deltas",
    explanation: "`text_delta.text`, `thinking_delta.thinking`, `input_json_delta.partial_json` \
                  and `signature_delta.signature` are strings. Clients join them, so that null \
                  becomes the word `null` in one language and an exception in another.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            delta!(0, r#"{"type":"text_delta","text":null}"#),
            close!(0),
            bye!()
        )),
        stream(concat!(
            start!(),
            open_text!(0),
            event!(
                "content_block_delta",
                r#"{"type":"content_block_delta","index":0}"#
            ),
            close!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["edit content_block_delta /delta/text = null"],
    check: Check::AnthropicMessages(Hooks {
        about: &[DELTAS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = of_type(step, "content_block_delta") else {
        return Verdict::Silent;
    };
    let Some(delta) = json.get("delta").filter(|delta| !type_of(delta).is_empty()) else {
        return Verdict::fail(format!(
            "expected an object `delta` with a type, found {}",
            quoted_value(json.get("delta"))
        ));
    };
    let key = match type_of(delta) {
        "text_delta" => "text",
        "thinking_delta" => "thinking",
        "input_json_delta" => "partial_json",
        "signature_delta" => "signature",
        _ => return Verdict::Silent,
    };
    let found = delta.get(key);
    Verdict::when(found.is_some_and(Value::is_string), || {
        format!(
            "expected a string as `delta.{key}`, found {}",
            quoted_value(found)
        )
    })
}
