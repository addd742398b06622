//! The answer to a submit.

use super::{body, short, task};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::protocol::BodyEnd;
use crate::protocol::tasks::{State, Status};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A submit gives an id, a status and an estimate.
pub(super) static SUBMITTED: Rule = Rule {
    id: "GW-099",
    name: "task-submit-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-submit",
    explanation: "Without an id the task cannot be watched or cancelled, though it is billed; \
        without an estimate nobody can budget for it. Answer with `task_id`, `status`, \
        `estimated_credits`.",
    violations: &[
        body(
            "/v1/tasks/submit\n",
            r#"{"status":"pending","estimated_credits":1.5}"#,
        ),
        body(
            "/v1/tasks/submit\n",
            r#"{"task_id":"task_1","status":"pending"}"#,
        ),
        body("/v1/videos/generations\n", r#"{"id":""}"#),
        body(
            "/v1/videos/generations\n",
            r#"{"task_id":"task_1","status":7}"#,
        ),
        body(
            "/v1/videos/generations\n",
            r#"{"task_id":"task_1","status":"waiting"}"#,
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/submit\n",
            r#"{"task_id":"task_1","status":"queued","estimated_credits":1.50}"#,
        ),
        body("/v1/videos/generations\n", r#"{"task_id":"task_1"}"#),
    ],
    faults: &["edit * /estimated_credits removed"],
    check: Check::Tasks(Hooks {
        body: Some(submitted),
        ..Hooks::NONE
    }),
};

fn submitted(whole: &Whole<'_, State>) -> Verdict {
    let reference = whole.asked.endpoint == Endpoint::TasksSubmit;
    if !reference && whole.asked.endpoint != Endpoint::VideosGenerations {
        return Verdict::Silent;
    }
    if whole.body.is_err() || !whole.head.is_success() || whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let task = task(whole).unwrap_or_default();
    if task.task_id.is_empty() {
        return Verdict::fail("expected a string `task_id`, found none");
    }
    // The other video protocol need not show more than the id.
    if !reference {
        let status = whole.body.ok().and_then(|body| body.get("status"));
        let word = status.and_then(Value::as_str);
        let is_known = word.is_some_and(|word| Status::parse(word).is_some());
        return Verdict::when(status.is_none() || is_known, || {
            let found = quoted_value(status);
            format!("expected a documented `status`, found {found}")
        });
    }
    let Some(status) = Status::parse(&task.status) else {
        let found = short(&task.status);
        return Verdict::fail(format!("expected a documented `status`, found `{found}`"));
    };
    // A task that was known already may be over, and then has a cost instead of an estimate.
    if status.is_terminal() || task.estimated_credits.is_some() {
        return Verdict::Pass;
    }
    Verdict::fail("expected an amount in `estimated_credits`, found none")
}
