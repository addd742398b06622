//! Keys that are made.

use crate::json::Value;

use super::{body, of};
use crate::endpoint::Endpoint;
use crate::protocol::management::State;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

const CREATE: &str = concat!("/api/v1/keys\n", r#"{"name":"a","group_id":1}"#);

/// A generated key can be told from other secrets.
pub(super) static PREFIX: Rule = Rule {
    id: "GW-017",
    name: "key-without-prefix",
    severity: Severity::Must,
    source: "docs.bytespike.ai/authentication",
    explanation: "Generated keys begin with `sk-byts-`. Scanners find leaked keys in code by that \
        prefix; a key without it leaks unseen. (A key that the caller chose is its own.)",
    violations: &[body(CREATE, r#"{"id":1,"key":"sk-0123456789abcdef"}"#)],
    conforming: &[body(CREATE, r#"{"id":1,"key":"sk-byts-0123456789abcdef"}"#)],
    faults: &[],
    check: Check::Management(Hooks {
        body: Some(prefix),
        ..Hooks::NONE
    }),
};

fn prefix(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = of(whole, Endpoint::KeysCreate) else {
        return Verdict::Silent;
    };
    let request = whole.asked.body.as_ref();
    if request.is_none_or(|request| request.get("custom_key").is_some()) {
        return Verdict::Silent;
    }
    // No page shows the whole shape.
    let inner = body.get("data");
    let key = body.get("key").or_else(|| inner?.get("key"));
    match key.and_then(Value::as_str) {
        None => Verdict::Silent,
        // What the key is must not come into a message.
        Some(key) => Verdict::when(key.starts_with("sk-byts-"), || {
            "expected a key that begins with `sk-byts-`, found another".to_owned()
        }),
    }
}
