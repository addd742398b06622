//! A block says what it is.

use crate::json::Value;

use super::moment::{OPENS, Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-060",
    name: "block-without-type",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages streaming: `content_block` is an object with a \
             type",
    explanation: "`content_block_start` carries an object `content_block` with a string `type`. \
                  Without it no client knows what the deltas are.",
    violations: &[stream(concat!(
        start!(),
        open!(0, r#"{"text":""}"#),
        say!(0),
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &["edit content_block_start /content_block/type removed"],
    check: Check::AnthropicMessages(Hooks {
        about: &[OPENS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(json) = of_type(step, "content_block_start") else {
        return Verdict::Silent;
    };
    let block = json.get("content_block");
    let kind = block.and_then(|block| block.get("type"));
    let kind = kind.and_then(Value::as_str).unwrap_or_default();
    Verdict::when(!kind.is_empty(), || {
        format!(
            "expected `content_block` with a `type`, found {}",
            quoted_value(block)
        )
    })
}
