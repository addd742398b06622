//! A message's id looks like one.

use crate::json::Value;

use super::moment::{Body, STARTS, Step, object, of_type};
use super::sample::{GREETING, GREETING_WHOLE, whole};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-053",
    name: "message-id-prefix",
    severity: Severity::Should,
    source: "Recordings: every id of a message starts with `msg_`; the gateway's documents \
             show the same",
    explanation: "The id of a message starts with `msg_`. The vendor calls the form unstable, but \
                  logs, dashboards and support tools tell ids apart by it.",
    violations: &[whole(concat!(
        r#"{"id":"chatcmpl-1","type":"message","role":"assistant","model":"m","#,
        r#""content":[],"stop_reason":"end_turn","stop_sequence":null,"#,
        r#""usage":{"input_tokens":9,"output_tokens":5}}"#
    ))],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit message_start /message/id = "chatcmpl-1""#],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    let message = of_type(step, "message_start").and_then(|json| json.get("message"));
    message.map_or(Verdict::Silent, judge)
}

fn body(whole: &Body<'_>) -> Verdict {
    object(whole).map_or(Verdict::Silent, judge)
}

fn judge(message: &Value) -> Verdict {
    match message.get("id").and_then(Value::as_str) {
        None => Verdict::Silent,
        Some(id) => Verdict::when(id.starts_with("msg_"), || {
            format!(
                "expected an id that starts with `msg_`, found {}",
                quoted(id)
            )
        }),
    }
}
