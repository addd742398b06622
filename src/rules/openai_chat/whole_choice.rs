//! A whole choice has a message and has finished.

use crate::json::Value;

use super::moment::{Body, fold, whole_entries};
use super::sample::{CALLING_WHOLE, GREETING_WHOLE, whole};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-079",
    name: "completion-choice-shape",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionResponse and \
             ChatCompletionResponseMessage: required members",
    explanation: "Each choice of a completion has a `message` with `role`, the member `content` (a \
                  string, or null where it calls tools) and a `finish_reason` that is not null. \
                  Callers read all three unasked.",
    violations: &[
        whole(completion!(whole_choice!(0, "stop", r#""refusal":null"#),)),
        whole(completion!(
            r#"{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":null}"#,
        )),
    ],
    conforming: &[GREETING_WHOLE, CALLING_WHOLE],
    faults: &["edit * /choices/0/message/content removed"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(judge))
}

fn judge(entry: &Value) -> Verdict {
    let message = entry.get("message");
    for key in ["role", "content"] {
        if message.is_none_or(|message| message.get(key).is_none()) {
            let found = quoted_value(message);
            return Verdict::fail(format!("expected a message with `{key}`, found {found}"));
        }
    }
    let finish = entry.get("finish_reason");
    Verdict::when(finish.is_some_and(|finish| !finish.is_null()), || {
        format!("expected a `finish_reason`, found {}", quoted_value(finish))
    })
}
