//! What a task says that its status denies: a cost before it is done, an error when none failed.

use super::{body, of_look, of_push, short, stream};
use crate::json::Value;
use crate::protocol::TaskFacts;
use crate::protocol::tasks::Status;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

/// Nothing is charged before the end, and nothing for a failure.
pub(super) static EARLY: Rule = Rule {
    id: "GW-185",
    name: "task-cost-of-nothing",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/multimodal: billed on completion, a failed task is free; \
             api-reference/utility/tasks-query: `credits_used` appears at completion",
    explanation: "A task is charged when it is done, and one that failed is free. A cost above \
        zero beside `pending`, `running` or `failed` is booked by callers who trust it, and was \
        either never charged or should not have been.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"failed","credits_used":1.47}"#,
        ),
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"running","credits_used":0.5}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"running\",\"credits_used\":0.5}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"failed","credits_used":0.00}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id}\n",
            "data: {\"task_id\":\"task_1\",\"status\":\"failed\",\"credits_used\":0}\n\n",
        ),
    ],
    faults: &["edit task.updated /credits_used = 0.5"],
    check: Check::Tasks(Hooks {
        body: Some(|whole| of_look(whole, judge)),
        event: Some(|step| of_push(step, judge)),
        ..Hooks::NONE
    }),
};

fn judge(_body: &Value, task: &TaskFacts) -> Verdict {
    let cost = task.credits_used.as_deref();
    let Some(cost) = cost.and_then(|told| told.parse::<f64>().ok()) else {
        return Verdict::Silent;
    };
    match Status::parse(&task.status) {
        Some(Status::Pending | Status::Running | Status::Failed) => {
            Verdict::when(cost <= 0.0, || {
                let (status, cost) = (short(&task.status), cost.to_string());
                format!(
                    "expected no cost of a task that is `{status}`, found `{}`",
                    short(&cost)
                )
            })
        }
        Some(Status::Completed | Status::Cancelled) | None => Verdict::Silent,
    }
}

/// An error is of a task that failed.
pub(super) static ERROR: Rule = Rule {
    id: "GW-190",
    name: "task-error-without-failure",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/multimodal: a task fails or it does not; \
             api-reference/utility/tasks-query: no sample of another state has an error",
    explanation: "An `error` stands beside the status `failed` and no other. Callers look at one \
        of the two first: one half of them retries and pays again, the other half waits for, or \
        delivers, what the error says there is not.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"#,
                r#""output":[{"type":"video","url":"https://a.example/1"}],"#,
                r#""error":{"code":"upstream_error","message":"no"}}"#
            ),
        ),
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"t\",\"status\":\"running\",\"error\":{\"code\":\"x\"}}\n\n",
                "data: {\"task_id\":\"t\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query\n",
        r#"{"task_id":"task_1","status":"failed","error":{"code":"upstream_error"}}"#,
    )],
    faults: &[r#"edit * /error = {"code":"upstream_error","message":"no"}"#],
    check: Check::Tasks(Hooks {
        body: Some(|whole| of_look(whole, is_denied)),
        event: Some(|step| of_push(step, is_denied)),
        ..Hooks::NONE
    }),
};

fn is_denied(body: &Value, task: &TaskFacts) -> Verdict {
    let Some(error) = body.get("error").filter(|error| !error.is_null()) else {
        return Verdict::Silent;
    };
    match Status::parse(&task.status) {
        Some(Status::Failed) => Verdict::Pass,
        Some(Status::Pending | Status::Running | Status::Completed | Status::Cancelled) => {
            Verdict::fail(format!(
                "expected no `error` of a task that is `{}`, found {}",
                short(&task.status),
                quoted_value(Some(error))
            ))
        }
        None => Verdict::Silent,
    }
}
