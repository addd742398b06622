//! A failure has a failure's status.

use crate::json::Value;

use super::moment::Body;
use super::sample::{GREETING_WHOLE, whole};
use crate::endpoint::Endpoint;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-084",
    name: "chat-error-in-success",
    severity: Severity::Must,
    source: "OpenAI documentation, Error codes; the gateway promises to rewrite an upstream's \
             200 that holds an error",
    explanation: "A whole body that has an `error` comes with a status of 400 or above. With \
                  status 200 clients take it for a completion without choices, do not try again, \
                  and the call is billed.",
    violations: &[whole(
        r#"{"error":{"message":"upstream","type":"server_error","param":null,"code":null}}"#,
    )],
    conforming: &[GREETING_WHOLE],
    faults: &["error-in-200"],
    check: Check::OpenaiChat(Hooks {
        body: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    let is_here = whole.asked.endpoint == Endpoint::ChatCompletions;
    let Some(body) = whole.body.ok().filter(|body| is_here && body.is_object()) else {
        return Verdict::Silent;
    };
    Verdict::when(body.get("error").is_none_or(Value::is_null), || {
        format!(
            "expected a completion with status `{}`, found an error",
            whole.head.status
        )
    })
}
