//! The assistant answers.

use crate::json::Value;

use super::moment::{Body, ROLE, Step, entries, fold, whole_entries};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-041",
    name: "wrong-role",
    severity: Severity::Must,
    source: "OpenAI API description, ChatCompletionResponseMessage: `role` is `assistant`",
    explanation: "The role of an answer is `assistant`. Callers append the message to the \
                  conversation as it is; with another role the model takes its own words for the \
                  user's.",
    violations: &[
        stream(concat!(
            delta!(0, r#"{"role":"user","content":""}"#),
            say!(0),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(
            r#"{"index":0,"message":{"role":"user","content":"Hi"},"finish_reason":"stop"}"#,
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &["wrong-role"],
    check: Check::OpenaiChat(Hooks {
        about: &[ROLE],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    fold(entries(step).map(|entry| judge(entry.delta())))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| {
        let role = entry.pointer("/message/role");
        match role.filter(|role| role.is_null()) {
            Some(_) => Verdict::fail("expected role `assistant`, found `null`"),
            None => judge(entry.get("message")),
        }
    }))
}

fn judge(message: Option<&Value>) -> Verdict {
    let role = message.and_then(|message| message.get("role"));
    match role.filter(|role| !role.is_null()) {
        None => Verdict::Silent,
        Some(role) => Verdict::when(role.as_str() == Some("assistant"), || {
            format!(
                "expected role `assistant`, found {}",
                quoted_value(Some(role))
            )
        }),
    }
}
