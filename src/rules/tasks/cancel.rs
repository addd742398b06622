//! The answer to a cancel.

use super::{body, earlier, short, task};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::{State, Status};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A cancel is answered as a query is.
pub(super) static SHAPE: Rule = Rule {
    id: "GW-111",
    name: "task-cancel-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-cancel",
    explanation: "A client learns from this answer whether the cancel came in time and what it \
        costs. Answer with the task as a query would show it, id and status included.",
    violations: &[body("/v1/tasks/cancel/{task_id}\n", r#"{"ok":true}"#)],
    conforming: &[body(
        "/v1/tasks/cancel/{task_id}\n",
        r#"{"task_id":"task_1","status":"cancelled","estimated_credits":1.50}"#,
    )],
    faults: &["edit at /v1/tasks/cancel * /status removed"],
    check: Check::Tasks(Hooks {
        body: Some(shape),
        ..Hooks::NONE
    }),
};

fn shape(whole: &Whole<'_, State>) -> Verdict {
    if whole.asked.endpoint != Endpoint::TasksCancel
        || !whole.head.is_success()
        || whole.body.is_err()
    {
        return Verdict::Silent;
    }
    let task = task(whole).unwrap_or_default();
    if task.task_id.is_empty() {
        return Verdict::fail("expected a string `task_id`, found none");
    }
    Verdict::when(Status::parse(&task.status).is_some(), || {
        let found = short(&task.status);
        format!("expected a documented `status`, found `{found}`")
    })
}

/// A cancel that comes too late changes nothing.
pub(super) static TERMINAL: Rule = Rule {
    id: "GW-109",
    name: "task-cancel-changed-terminal",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-cancel",
    explanation: "A cancel may race with the end of the render, so one that comes late is answered \
        with the task as it ended. Leave a task that is over as it is.",
    violations: &[body(
        "/v1/tasks/cancel/{task_id} @earlier=task_1:completed\n",
        r#"{"task_id":"task_1","status":"cancelled"}"#,
    )],
    conforming: &[body(
        "/v1/tasks/cancel/{task_id} @earlier=task_1:cancelled\n",
        r#"{"task_id":"task_1","status":"cancelled"}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let Some(before) = earlier(whole.asked.get()).filter(|status| status.is_terminal())
            else {
                return Verdict::Silent;
            };
            if whole.asked.endpoint != Endpoint::TasksCancel {
                return Verdict::Silent;
            }
            let Some(task) = task(whole) else {
                return Verdict::Silent;
            };
            Verdict::when(Status::parse(&task.status) == Some(before), || {
                let wanted = whole.asked.earlier.as_ref();
                let wanted = wanted
                    .map(|earlier| short(&earlier.status))
                    .unwrap_or_default();
                let found = short(&task.status);
                format!("expected the status to stay `{wanted}`, found `{found}`")
            })
        }),
        ..Hooks::NONE
    }),
};
