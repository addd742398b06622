//! An event's name is the type in its data.

use crate::json::Value;

use super::moment::{Step, is_known};
use super::sample::{GREETING, stream};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-021",
    name: "event-type-mismatch",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: each event's name is repeated as \
             `type`; every recorded event agrees",
    explanation: "The `event` line and the member `type` of the data are equal. Older clients \
                  choose by the name and newer ones by the type; where they differ, one half of \
                  them sees another event than the other.",
    violations: &[
        stream(concat!(
            start!(),
            open_text!(0),
            event!(
                "content_block_stop",
                r#"{"type":"content_block_delta","index":0,"#,
                r#""delta":{"type":"text_delta","text":"a"}}"#
            ),
            close!(0),
            bye!()
        )),
        stream(concat!(event!("message_start", "{}"), hi!(0), bye!())),
    ],
    conforming: &[GREETING],
    faults: &["wrong-type"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    let (Some(name), Some(json)) = (frame.name.as_deref(), step.event.json()) else {
        return Verdict::Silent;
    };
    if !frame.lines.closed || step.is_over || !json.is_object() {
        return Verdict::Silent;
    }
    let kind = json.get("type");
    let found = kind.and_then(Value::as_str);
    if !is_known(name) && !found.is_some_and(is_known) {
        return Verdict::Silent;
    }
    Verdict::when(found == Some(name), || {
        format!(
            "expected type {} as in the event line, found {}",
            quoted(name),
            quoted_value(kind)
        )
    })
}
