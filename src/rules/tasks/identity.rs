//! It is the same task each time.

use super::{body, short, stream, task};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::{State, task_of};
use crate::protocol::{Asked, TaskFacts};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// The same wish under the same id is the same task.
pub(super) static SAME_TASK: Rule = Rule {
    id: "GW-101",
    name: "task-resubmit-new-task",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-submit",
    explanation: "A client that repeats a submit after a lost answer counts on not paying twice. \
        Answer a repeated `out_task_id` with equal params with the task that exists.",
    violations: &[body(
        "/v1/tasks/submit @earlier=task_1:pending @resubmitted\n",
        r#"{"task_id":"task_2","status":"pending","estimated_credits":1.5}"#,
    )],
    conforming: &[body(
        "/v1/tasks/submit @earlier=task_1:pending @resubmitted\n",
        r#"{"task_id":"task_1","status":"running","estimated_credits":1.5}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let earlier = whole.asked.earlier.as_ref();
            if whole.asked.endpoint != Endpoint::TasksSubmit
                || !earlier.is_some_and(|earlier| earlier.resubmitted)
            {
                return Verdict::Silent;
            }
            same(whole)
        }),
        ..Hooks::NONE
    }),
};

/// A look at a task shows that task.
pub(super) static OTHER_TASK: Rule = Rule {
    id: "GW-105",
    name: "task-query-other-task",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query",
    explanation: "By the gateway's id, by the caller's own and in its stream the same task must be \
        found, or results go to the wrong customer. Look them up in the same place.",
    violations: &[
        body(
            "/v1/tasks/query @earlier=task_1:pending\n",
            r#"{"task_id":"task_2","status":"pending","estimated_credits":1.5}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id} @earlier=task_1:pending\n",
            "data: {\"task_id\":\"task_2\",\"status\":\"failed\"}\n\n",
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query @earlier=task_1:pending\n",
        r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5}"#,
    )],
    faults: &["wrong-id"],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let looks = [
                Endpoint::TasksQuery,
                Endpoint::TasksCancel,
                Endpoint::VideosTasks,
            ];
            if !looks.contains(&whole.asked.endpoint) {
                return Verdict::Silent;
            }
            same(whole)
        }),
        event: Some(|transition| {
            let task = transition.event.json().and_then(task_of);
            let Some(task) = task.filter(|_| transition.event.lines().closed) else {
                return Verdict::Silent;
            };
            is_same(transition.asked.get(), &task)
        }),
        ..Hooks::NONE
    }),
};

fn same(whole: &Whole<'_, State>) -> Verdict {
    task(whole).map_or(Verdict::Silent, |task| is_same(whole.asked.get(), &task))
}

fn is_same(asked: &Asked, task: &TaskFacts) -> Verdict {
    let Some(earlier) = &asked.earlier else {
        return Verdict::Silent;
    };
    // The other video protocol does not repeat the id.
    if task.task_id.is_empty() || earlier.task_id.is_empty() {
        return Verdict::Silent;
    }
    Verdict::when(task.task_id == earlier.task_id, || {
        let (wanted, found) = (short(&earlier.task_id), short(&task.task_id));
        format!("expected the task `{wanted}`, found `{found}`")
    })
}
