//! `message_start` carries a whole message object.

use super::moment::{STARTS, Step, of_type};
use super::sample::{GREETING, stream};
use super::shape::message;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-050",
    name: "message-start-shape",
    severity: Severity::Must,
    source: "Anthropic API reference, Messages: members of a message",
    explanation: "`message_start` carries a message with a non-empty string `id`, `type` \
                  `message`, `role` `assistant`, an array `content`, a string `model` and an \
                  object `usage`. Clients build the result from it and break on what is missing.",
    violations: &[
        stream(concat!(
            start_with!(
                r#""type":"message","role":"model","model":"m","content":[],"#,
                r#""stop_reason":null,"stop_sequence":null,"#,
                r#""usage":{"input_tokens":9,"output_tokens":1}"#
            ),
            hi!(0),
            bye!()
        )),
        stream(concat!(
            event!("message_start", r#"{"type":"message_start"}"#),
            hi!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["wrong-role", "wrong-id"],
    check: Check::AnthropicMessages(Hooks {
        about: &[STARTS],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    match of_type(step, "message_start") {
        None => Verdict::Silent,
        Some(json) => message(json.get("message")),
    }
}
