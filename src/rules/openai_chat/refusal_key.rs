//! A message says whether it refuses.

use crate::json::Value;

use super::moment::{Body, completion, fold};
use super::sample::whole;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-080",
    name: "refusal-not-told",
    severity: Severity::Should,
    source: "OpenAI API description, ChatCompletionResponseMessage: `refusal` is required; \
             recordings since the details of usage came",
    explanation: "A message has the member `refusal`, null where it does not refuse. Typed clients \
                  have no default for it. Answers of before its introduction, which also lack \
                  `completion_tokens_details`, are not judged.",
    violations: &[whole(detailed!(r#""content":"Hi""#))],
    conforming: &[whole(detailed!(r#""content":"Hi","refusal":null"#))],
    faults: &["edit * /choices/0/message/refusal removed"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let Some(body) = completion(whole) else {
        return Verdict::Silent;
    };
    let details = body.pointer("/usage/completion_tokens_details");
    if !details.is_some_and(Value::is_object) {
        return Verdict::Silent;
    }
    let choices = body.get("choices").and_then(Value::as_array);
    let messages = choices.into_iter().flatten();
    let messages = messages.filter_map(|choice| choice.get("message"));
    fold(messages.map(|message| {
        Verdict::when(message.get("refusal").is_some(), || {
            let found = quoted_value(Some(message));
            format!("expected a member `refusal` in the message, found {found}")
        })
    }))
}
