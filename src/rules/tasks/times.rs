//! When a task was submitted, and when it was done.

use super::{body, pushed};
use crate::json::Value;
use crate::protocol::Head;
use crate::protocol::tasks::State;
use crate::rules::created::text_fault;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// Times are times.
pub(super) static RULE: Rule = Rule {
    id: "GW-188",
    name: "task-absurd-time",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/video/sora-2-pro: `submitted_at` and `completed_at`; \
             every other time of the gateway's is ISO 8601",
    explanation: "`submitted_at` and `completed_at`, where they are there, are times such as \
        `2026-05-25T14:00:00Z`, not far from the `date` header and in this order. Callers compute \
        waits and the age of assets by them.",
    violations: &[
        body(
            "/v1/tasks/submit\n",
            concat!(
                r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5,"#,
                r#""submitted_at":"soon"}"#
            ),
        ),
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"failed","submitted_at":"2026-05-25T14:00:00Z","#,
                r#""completed_at":"2026-05-25T13:00:00Z"}"#
            ),
        ),
    ],
    conforming: &[body(
        "/v1/tasks/submit\n",
        concat!(
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5,"#,
            r#""submitted_at":"2026-05-25T14:00:00Z"}"#
        ),
    )],
    faults: &[r#"edit * /submitted_at = "soon""#],
    check: Check::Tasks(Hooks {
        body: Some(looked),
        event: Some(|step| {
            pushed(step).map_or(Verdict::Silent, |(json, _)| times(step.head.get(), json))
        }),
        ..Hooks::NONE
    }),
};

fn looked(whole: &Whole<'_, State>) -> Verdict {
    match (whole.body, super::task(whole)) {
        (Ok(body), Some(_)) => times(whole.head.get(), body),
        (Ok(_) | Err(_), _) => Verdict::Silent,
    }
}

const KEYS: [&str; 2] = ["submitted_at", "completed_at"];

fn times(head: &Head, body: &Value) -> Verdict {
    let mut verdict = Verdict::Silent;
    for key in KEYS {
        let Some(found) = body.get(key).filter(|found| !found.is_null()) else {
            continue;
        };
        if let Some(fault) = text_fault(head, key, found) {
            return Verdict::fail(fault);
        }
        verdict = Verdict::Pass;
    }
    let [begun, ended] = KEYS.map(|key| {
        let told = body.get(key).and_then(Value::as_str)?;
        told.parse::<jiff::Timestamp>().ok()
    });
    match (begun, ended) {
        (Some(begun), Some(ended)) => Verdict::when(begun <= ended, || {
            format!("expected `completed_at` after `submitted_at`, found `{ended}` and `{begun}`")
        }),
        (Some(_) | None, _) => verdict,
    }
}
