//! What a finished task has to show.

use super::{body, short, task};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::{State, Status};
use crate::protocol::url;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A completed task has a cost and an asset.
pub(super) static COMPLETED: Rule = Rule {
    id: "GW-108",
    name: "task-completed-without-result",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query",
    explanation: "A completed task that tells no URL was paid for nothing, and one without its \
        cost cannot be booked. Show `credits_used` and at least one absolute URL with the status.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"output":[]}"#,
        ),
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"completed","output":[{"url":"https://a.example/1"}]}"#,
        ),
        body(
            "/v1/videos/tasks/{task_id}\n",
            r#"{"status":"completed","result_url":"/1.mp4"}"#,
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"#,
                r#""output":[{"type":"video","url":"https://a.example/1"}]}"#
            ),
        ),
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"completed","#,
                r#""result":{"video_url":"https://a.example/1"},"credits":1.85}"#
            ),
        ),
        body(
            "/v1/videos/tasks/{task_id}\n",
            r#"{"status":"completed","result_url":"https://a.example/1"}"#,
        ),
    ],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(completed),
        ..Hooks::NONE
    }),
};

fn completed(whole: &Whole<'_, State>) -> Verdict {
    let videos = whole.asked.endpoint == Endpoint::VideosTasks;
    let shows = [Endpoint::TasksQuery, Endpoint::TasksCancel];
    if !videos && !shows.contains(&whole.asked.endpoint) {
        return Verdict::Silent;
    }
    let Some(task) =
        task(whole).filter(|task| Status::parse(&task.status) == Some(Status::Completed))
    else {
        return Verdict::Silent;
    };
    // The other video protocol tells no cost.
    if task.credits_used.is_none() && !videos {
        return Verdict::fail("expected `credits_used` with a completed task, found none");
    }
    match task.urls.iter().find(|url| url::parts(url).is_none()) {
        Some(broken) => {
            let found = short(broken);
            Verdict::fail(format!("expected an absolute http URL, found `{found}`"))
        }
        None => Verdict::when(!task.urls.is_empty(), || {
            "expected a URL with a completed task, found none".to_owned()
        }),
    }
}

/// The cost stays within the estimate.
pub(super) static OVER_ESTIMATE: Rule = Rule {
    id: "GW-117",
    name: "task-over-estimate",
    severity: Severity::Note,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query: samples only",
    explanation: "Budgets are made from estimates. The samples show a cost just below the \
        estimate; no page promises it.",
    violations: &[body(
        "/v1/tasks/query\n",
        r#"{"task_id":"task_1","status":"cancelled","estimated_credits":1.50,"credits_used":1.51}"#,
    )],
    conforming: &[body(
        "/v1/tasks/query\n",
        r#"{"task_id":"task_1","status":"cancelled","estimated_credits":1.50,"credits_used":1.47}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let Some(task) = task(whole) else {
                return Verdict::Silent;
            };
            let (Some(used), Some(estimate)) = (&task.credits_used, &task.estimated_credits) else {
                return Verdict::Silent;
            };
            let (Ok(cost), Ok(most)) = (used.parse::<f64>(), estimate.parse::<f64>()) else {
                return Verdict::Silent;
            };
            Verdict::when(cost <= most, || {
                let (used, estimate) = (short(used), short(estimate));
                format!("expected at most the estimate `{estimate}`, found `{used}`")
            })
        }),
        ..Hooks::NONE
    }),
};
