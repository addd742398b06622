//! A failure is told in this protocol's envelope.

use crate::json::Value;

use super::moment::Body;
use super::sample::refused;
use crate::endpoint::Endpoint;
use crate::protocol::BodyEnd;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-083",
    name: "chat-error-shape",
    severity: Severity::Must,
    source: "OpenAI API description, Error; the gateway's documents give this envelope to the \
             route",
    explanation: "The body of a failure is a JSON object with an object `error` that has a \
                  non-empty string `message`; `type`, `param` and `code` are strings or null, and \
                  the words among them not empty: what has no word is null. The vendor's clients \
                  read these to make their exception; in another envelope the reason is lost.",
    violations: &[
        refused(400, r#"{"message":"x"}"#),
        refused(400, r#"{"error":"x"}"#),
        refused(404, "not found"),
        refused(502, "<html>Bad Gateway</html>"),
        refused(
            400,
            r#"{"error":{"message":"x","type":"invalid_request_error","param":null,"code":400}}"#,
        ),
        refused(
            400,
            r#"{"error":{"message":"x","type":"","param":null,"code":null}}"#,
        ),
        refused(
            400,
            r#"{"error":{"message":"x","type":"invalid_request_error","param":null,"code":""}}"#,
        ),
    ],
    conforming: &[refused(
        400,
        r#"{"error":{"message":"x","type":"invalid_request_error","param":null,"code":null}}"#,
    )],
    faults: &["edit * /error/param = 7", r#"edit * /error/type = """#],
    check: Check::OpenaiChat(Hooks {
        refusal: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    if whole.asked.endpoint != Endpoint::ChatCompletions || whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let Ok(body) = whole.body else {
        // These come from proxies in front, in words of their own, and do not call them JSON.
        let says_json = whole.head.media_type().as_deref() == Some("application/json");
        if matches!(whole.head.status, 413 | 502..=504) && !says_json {
            return Verdict::Silent;
        }
        return Verdict::fail("expected an error envelope, found a body that is not JSON");
    };
    let error = body.get("error");
    let member = |key: &str| error.and_then(|error| error.get(key));
    let message = member("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_text = |key: &str| member(key).is_none_or(|word| word.is_string() || word.is_null());
    let is_word = |key: &str| is_text(key) && member(key).is_none_or(|word| *word != "");
    let has_words = is_word("type") && is_word("code") && is_text("param");
    let holds = !message.trim().is_empty() && has_words;
    Verdict::when(holds, || {
        format!(
            "expected `error` with a `message`, found {}",
            quoted_value(Some(body))
        )
    })
}
