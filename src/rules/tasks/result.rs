//! What a finished task has to show.

use super::{body, of_look, of_push, pushed, short, stream, task};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::protocol::tasks::{State, Status};
use crate::protocol::{TaskFacts, url};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// A completed task has a cost and an asset.
pub(super) static COMPLETED: Rule = Rule {
    id: "GW-108",
    name: "task-completed-without-result",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query",
    explanation: "A completed task that tells no URL was paid for nothing, and one without its \
        cost cannot be booked. Show `credits_used` and at least one absolute URL with the status. \
        (A stream may push the bare status; what it shows of a result, it shows like a query.)",
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
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"completed\",",
                "\"output\":[{\"type\":\"video\",\"url\":\"https://a.example/1\"}]}\n\n"
            ),
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
        stream(
            "/v1/tasks/stream/{task_id}\n",
            "data: {\"task_id\":\"task_1\",\"status\":\"completed\"}\n\n",
        ),
    ],
    faults: &[
        "edit * /output = []",
        "edit task.updated /credits_used removed",
    ],
    check: Check::Tasks(Hooks {
        body: Some(completed),
        event: Some(told),
        ..Hooks::NONE
    }),
};

/// No page says what the stream repeats of a result, so that it may be all of it or nothing.
fn told(step: &Transition<'_, State>) -> Verdict {
    let Some((json, task)) = pushed(step) else {
        return Verdict::Silent;
    };
    if Status::parse(&task.status) != Some(Status::Completed) {
        return Verdict::Silent;
    }
    let inner = ["task", "data"].iter().find_map(|key| json.get(*key));
    let results = ["output", "result", "result_url", "credits_used", "credits"];
    let is_told =
        |key: &str| json.get(key).is_some() || inner.is_some_and(|task| task.get(key).is_some());
    if !results.into_iter().any(is_told) {
        return Verdict::Pass;
    }
    has_result(&task, true)
}

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
    has_result(&task, !videos)
}

fn has_result(task: &TaskFacts, has_cost: bool) -> Verdict {
    if task.credits_used.is_none() && has_cost {
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

/// Each piece of output says what it is and where it lies.
pub(super) static OUTPUT: Rule = Rule {
    id: "GW-154",
    name: "task-output-shape",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query: the completed sample",
    explanation: "`output` is a list of pieces, each with a `type` and an absolute `url`, and a \
        duration in seconds where it plays. Clients choose a player by the type and download each \
        URL once. A failed task has made nothing.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"#,
                r#""output":[{"type":7,"url":"https://a.example/1"}]}"#
            ),
        ),
        body(
            "/v1/tasks/query\n",
            concat!(
                r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"output":["#,
                r#"{"type":"video","url":"https://a.example/1"},"#,
                r#"{"type":"video","url":"https://a.example/1"}]}"#
            ),
        ),
        stream(
            "/v1/tasks/stream/{task_id}\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"completed\",\"credits_used\":1.47,",
                "\"output\":[{\"url\":\"https://a.example/1\"}]}\n\n"
            ),
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query\n",
        concat!(
            r#"{"task_id":"task_1","status":"completed","credits_used":1.47,"#,
            r#""output":[{"type":"video","url":"https://a.example/1","duration_seconds":8}]}"#
        ),
    )],
    faults: &["edit * /output/0/duration_seconds = \"8\""],
    check: Check::Tasks(Hooks {
        body: Some(|whole| of_look(whole, pieces)),
        event: Some(|step| of_push(step, pieces)),
        ..Hooks::NONE
    }),
};

/// What a piece can be.
const TYPES: [&str; 5] = ["video", "image", "audio", "text", "file"];

fn pieces(body: &Value, task: &TaskFacts) -> Verdict {
    let Some(output) = body.get("output") else {
        return Verdict::Silent;
    };
    let Some(pieces) = output.as_array() else {
        // Nothing yet, in a word.
        return Verdict::when(output.is_null(), || {
            format!(
                "expected a list in `output`, found {}",
                quoted_value(Some(output))
            )
        });
    };
    if task.status == "failed" && !pieces.is_empty() {
        return Verdict::fail("expected no `output` of a failed task, found some");
    }
    for (at, piece) in pieces.iter().enumerate() {
        let text = |name: &str| piece.get(name).and_then(Value::as_str);
        let is_url = text("url").is_some_and(|url| url::parts(url).is_some());
        let seconds = piece.get("duration_seconds");
        let is_long = seconds.is_none_or(|told| told.as_f64().is_some_and(|told| told > 0.0));
        let is_known = text("type").is_some_and(|kind| TYPES.contains(&kind));
        if !(is_url && is_long && is_known) {
            let found = quoted_value(Some(piece));
            return Verdict::fail(format!(
                "expected a `type`, an absolute `url` and seconds in `output`, found {found}"
            ));
        }
        if pieces[..at]
            .iter()
            .any(|other| other.get("url") == piece.get("url"))
        {
            let found = quoted_value(piece.get("url"));
            return Verdict::fail(format!(
                "expected each URL once in `output`, found {found} twice"
            ));
        }
    }
    Verdict::Pass
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
    faults: &["edit at /v1/tasks/cancel * /credits_used = 1000000"],
    check: Check::Tasks(Hooks {
        body: Some(|whole| of_look(whole, over)),
        event: Some(|step| of_push(step, over)),
        ..Hooks::NONE
    }),
};

fn over(_body: &Value, task: &TaskFacts) -> Verdict {
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
}
