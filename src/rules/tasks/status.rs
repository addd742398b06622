//! A task only moves forward.

use super::{body, earlier, short, stream, task};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::{State, Status, task_of};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// The listed transitions and no others.
pub(super) static ORDER: Rule = Rule {
    id: "GW-107",
    name: "task-status-order",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/multimodal",
    explanation: "A client that has seen the end of a task forgets it; one that comes back to \
        life, or has a status that no page knows, is watched for ever or never. Go pending, \
        running, then once completed, failed or cancelled.",
    violations: &[
        body(
            "/v1/tasks/query @earlier=task_1:running\n",
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5}"#,
        ),
        body(
            "/v1/tasks/query @earlier=task_1:failed\n",
            r#"{"task_id":"task_1","status":"running","estimated_credits":1.5}"#,
        ),
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"processing"}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"queued\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/query @earlier=task_1:pending\n",
            r#"{"task_id":"task_1","status":"failed","error":{"code":"upstream_error"}}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id} @earlier=task_1:queued\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"pending\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    faults: &["wrong-type"],
    check: Check::Tasks(Hooks {
        body: Some(looked),
        event: Some(pushed),
        ..Hooks::NONE
    }),
};

fn looked(whole: &Whole<'_, State>) -> Verdict {
    let endpoint = whole.asked.endpoint;
    let cancel = endpoint == Endpoint::TasksCancel;
    if ![Endpoint::TasksQuery, Endpoint::VideosTasks].contains(&endpoint) && !cancel {
        return Verdict::Silent;
    }
    let Some(task) = task(whole) else {
        return Verdict::Silent;
    };
    let before = earlier(whole.asked.get());
    // Those have rules of their own.
    if cancel && (before.is_some_and(Status::is_terminal) || Status::parse(&task.status).is_none())
    {
        return Verdict::Silent;
    }
    moved(before, &task.status)
}

fn pushed(transition: &Transition<'_, State>) -> Verdict {
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    let Some(task) = transition.event.json().and_then(task_of) else {
        return Verdict::Silent;
    };
    let before = match &transition.before.task {
        Some(task) => Status::parse(&task.status),
        None => earlier(transition.asked.get()),
    };
    // What comes after the end is for the rule about the stream.
    if before.is_some_and(Status::is_terminal) && transition.before.task.is_some() {
        return Verdict::Silent;
    }
    moved(before, &task.status)
}

fn moved(before: Option<Status>, word: &str) -> Verdict {
    let Some(now) = Status::parse(word) else {
        let found = short(word);
        return Verdict::fail(format!("expected a documented `status`, found `{found}`"));
    };
    match before {
        Some(before) if !before.may_become(now) => {
            let before = format!("{before:?}").to_ascii_lowercase();
            let found = short(word);
            Verdict::fail(format!(
                "expected no step back from `{before}`, found `{found}`"
            ))
        }
        Some(_) | None => Verdict::Pass,
    }
}
