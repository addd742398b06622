//! Webhook subscriptions.

use crate::json::Value;

use super::{body, of};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const CREATE: &str = concat!(
    "/api/v1/me/webhooks\n",
    r#"{"url":"https://a.example/h","event_types":["system.payment.received"]}"#
);
const LIST: &str = "/api/v1/me/webhooks\n";

/// The secret is shown once, and is 32 hex digits unless the caller chose it.
pub(super) static SECRET: Rule = Rule {
    id: "GW-072",
    name: "webhook-secret",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/account/me-webhooks",
    explanation: "Whoever can read the secret can forge events, so it is told at creation and \
        never again. Return 32 hex digits from create, and nothing from the other calls.",
    violations: &[
        body(
            CREATE,
            r#"{"id":1,"url":"https://a.example/h","status":"active"}"#,
        ),
        body(
            LIST,
            concat!(
                r#"{"items":[{"id":1,"secret":"0123456789abcdef0123456789abcdef","#,
                r#""url":"https://a.example/h","event_types":[],"status":"active","#,
                r#""fail_count":0}]}"#
            ),
        ),
    ],
    conforming: &[
        body(
            CREATE,
            r#"{"id":1,"secret":"0123456789abcdef0123456789abcdef"}"#,
        ),
        body(
            LIST,
            concat!(
                r#"{"items":[{"id":1,"url":"https://a.example/h","event_types":[],"#,
                r#""status":"active","fail_count":0}]}"#
            ),
        ),
    ],
    faults: &[r#"edit * /items/0/secret = "0123456789abcdef0123456789abcdef""#],
    check: Check::Management(Hooks {
        body: Some(secret),
        ..Hooks::NONE
    }),
};

fn is_generated(secret: &str) -> bool {
    secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn secret(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = of(whole, Endpoint::Webhooks) else {
        return Verdict::Silent;
    };
    let inner = ["data", "webhook"].iter().find_map(|key| body.get(key));
    let told = body.get("secret").or_else(|| inner?.get("secret"));
    let told = told.and_then(Value::as_str);
    // An update carries a status, which a create does not; looks carry no body at all.
    match whole.asked.body.as_ref() {
        Some(request) if request.get("status").is_none() && request.get("secret").is_none() => {
            Verdict::when(told.is_some_and(is_generated), || {
                "expected a `secret` of 32 hex digits from create".to_owned()
            })
        }
        Some(request) if request.get("status").is_none() => Verdict::Silent,
        Some(_) | None => {
            let lists = [Some(body), body.get("items"), body.get("data")];
            let mut hooks = lists
                .into_iter()
                .flatten()
                .filter_map(Value::as_array)
                .flatten();
            let shown = |hook: &Value| hook.get("secret")?.as_str().map(is_generated);
            let leaks =
                told.is_some_and(is_generated) || hooks.any(|hook| shown(hook) == Some(true));
            Verdict::when(!leaks, || {
                "expected no `secret` after create, found one".to_owned()
            })
        }
    }
}
