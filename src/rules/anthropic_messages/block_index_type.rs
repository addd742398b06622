//! Block events say which block they are about.

use crate::json::Value;

use super::moment::{Step, of_type};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-023",
    name: "block-index-type",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages streaming: `index` is an integer",
    explanation: "The three `content_block` events carry an integer `index` of zero or more. \
                  Clients use it as a position in the content array; without it text is lost or \
                  the client raises.",
    violations: &[
        stream(concat!(
            start!(),
            event!(
                "content_block_start",
                r#"{"type":"content_block_start","content_block":{"type":"text","text":""}}"#
            ),
            say!(0),
            close!(0),
            bye!()
        )),
        stream(concat!(
            start!(),
            open_text!("\"0\""),
            say!(0),
            close!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING],
    faults: &[r#"edit content_block_start /index = "0""#],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let kind = step.event.type_name().unwrap_or_default();
    if !kind.starts_with("content_block_") {
        return Verdict::Silent;
    }
    let Some(json) = of_type(step, kind) else {
        return Verdict::Silent;
    };
    let index = json.get("index");
    if step.before.unindexed {
        return Verdict::Silent;
    }
    Verdict::when(index.is_some_and(Value::is_u64), || {
        format!(
            "expected a whole number as `index`, found {}",
            quoted_value(index)
        )
    })
}
