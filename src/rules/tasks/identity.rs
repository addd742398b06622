//! It is the same task each time.

use super::{body, pushed, short, stream, task};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::State;
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
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n",
                "data: {\"task_id\":\"task_2\",\"status\":\"failed\"}\n\n"
            ),
        ),
        stream(
            "/v1/tasks/stream/{task_id} @target=/v1/tasks/stream/task_1\n",
            "data: {\"task_id\":\"task_2\",\"status\":\"failed\"}\n\n",
        ),
        body(
            "/v1/tasks/query\n{\"task_id\":\"task_1\"}",
            r#"{"task_id":"task_2","status":"pending","estimated_credits":1.5}"#,
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
        event: Some(|step| {
            let Some((_, task)) = pushed(step) else {
                return Verdict::Silent;
            };
            let before = step.before.task.as_ref().map(|task| task.task_id.clone());
            is_it(wanted(step.asked.get()).or(before), &task)
        }),
        ..Hooks::NONE
    }),
};

fn same(whole: &Whole<'_, State>) -> Verdict {
    task(whole).map_or(Verdict::Silent, |task| is_same(whole.asked.get(), &task))
}

fn is_same(asked: &Asked, task: &TaskFacts) -> Verdict {
    is_it(wanted(asked), task)
}

/// The task that is asked about, as far as it is known.
fn wanted(asked: &Asked) -> Option<String> {
    let known = asked
        .earlier
        .as_ref()
        .map(|earlier| earlier.task_id.clone());
    if let Some(known) = known.filter(|known| !known.is_empty()) {
        return Some(known);
    }
    if asked.mistake.is_some() {
        return None;
    }
    // An id in the path goes before one in the body.
    let route = asked.endpoint.path();
    let in_path = asked.last_segment().filter(|segment| {
        let target = asked.target.as_deref().unwrap_or_default();
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let is_at_its_place = path.matches('/').count() == route.matches('/').count();
        route.ends_with('}') && is_at_its_place && !segment.contains('{')
    });
    let in_body = || Some(asked.body.as_ref()?.get("task_id")?.as_str()?.to_owned());
    let in_query = || {
        let mut parameters = asked.parameters()?.into_iter();
        parameters.find_map(|(name, value)| (name == "task_id").then_some(value))
    };
    in_path.or_else(in_body).or_else(in_query)
}

fn is_it(wanted: Option<String>, task: &TaskFacts) -> Verdict {
    // The other video protocol does not repeat the id.
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty() && !task.task_id.is_empty())
    else {
        return Verdict::Silent;
    };
    Verdict::when(task.task_id == wanted, || {
        let (wanted, found) = (short(&wanted), short(&task.task_id));
        format!("expected the task `{wanted}`, found `{found}`")
    })
}
