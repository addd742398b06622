//! A failure is told in this protocol's envelope.

use super::moment::{Body, type_of};
use super::sample::refused;
use crate::endpoint::Endpoint;
use crate::protocol::BodyEnd;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-111",
    name: "anthropic-error-shape",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors, Error shapes; the gateway's documents show the \
             same envelope for this route",
    explanation: "The body of a failure is a JSON object with `\"type\": \"error\"` and an object \
                  `error` with the strings `type` and `message`, neither of them empty. The \
                  vendor's clients read these to make their exception; in another envelope the \
                  reason is lost.",
    violations: &[
        refused(400, r#"{"error":{"code":"invalid_param","message":"x"}}"#),
        refused(404, "not found"),
        refused(502, "<html>Bad Gateway</html>"),
        refused(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":""}}"#,
        ),
        refused(400, r#"{"type":"error","error":{"type":"","message":"x"}}"#),
    ],
    conforming: &[refused(
        400,
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"x"}}"#,
    )],
    faults: &[
        "wrong-error-envelope",
        r#"edit * /error/message = """#,
        r#"edit * /error/type = """#,
    ],
    check: Check::AnthropicMessages(Hooks {
        refusal: Some(check),
        ..Hooks::NONE
    }),
};

fn check(whole: &Body<'_>) -> Verdict {
    if whole.asked.endpoint != Endpoint::Messages || whole.end != BodyEnd::Clean {
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
    let is_text = |key: &str| {
        let found = error.and_then(|error| error.get(key)?.as_str());
        found.is_some_and(|text| !text.trim().is_empty())
    };
    let holds = type_of(body) == "error" && is_text("type") && is_text("message");
    Verdict::when(holds, || {
        format!(
            "expected type `error` with `error.type` and `error.message`, found {}",
            quoted_value(Some(body))
        )
    })
}
