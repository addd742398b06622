//! What any look at a task shows.

use super::{body, of_look, of_push, pushed, short, stream};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::protocol::tasks::{State, own_id, task_of};
use crate::protocol::{BodyEnd, TaskFacts};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

const STREAM: &str = "/v1/tasks/stream/{task_id}\n";

/// A look at a task shows a task, and a submit is answered in JSON.
pub(super) static UNREADABLE: Rule = Rule {
    id: "GW-150",
    name: "task-answer-unreadable",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query",
    explanation: "A client that polls gets a JSON object with the task, its status in it. An \
        empty body or one without a status is taken for a broken connection and polled for ever. \
        The stream of a task pushes the same object, heartbeats and errors aside.",
    violations: &[
        body("/v1/tasks/submit\n", ""),
        body("/v1/tasks/query\n", ""),
        body("/v1/tasks/query\n", r#"{"estimated_credits":1.5}"#),
        body(
            "/v1/tasks/query\n",
            r#"{"data":{"task_id":"task_1","status":"pending"}}"#,
        ),
        stream(
            STREAM,
            concat!(
                "data: {\"progress\":40}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5}"#,
        ),
        stream(
            STREAM,
            concat!(
                "event: ping\ndata: {}\n\n",
                "data: {\"type\":\"heartbeat\",\"at\":1790000000}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    faults: &[concat!(
        r#"edit bytes "event: task.updated\n" "data: {\"progress\":40}\n\n"#,
        r#"event: task.updated\n""#
    )],
    check: Check::Tasks(Hooks {
        body: Some(readable),
        event: Some(is_task),
        ..Hooks::NONE
    }),
};

/// Events that keep a connection open and say nothing of the task.
const HEARTBEATS: [&str; 4] = ["ping", "heartbeat", "keepalive", "keep-alive"];

fn is_task(step: &Transition<'_, State>) -> Verdict {
    let json = step.event.json().filter(|_| step.event.lines().closed);
    // What comes after the end, and errors, have rules of their own.
    let Some(json) = json.filter(|_| !step.before.complete) else {
        return Verdict::Silent;
    };
    let name = step.event.type_name().or(step.event.name());
    let is_heartbeat = name.is_some_and(|name| HEARTBEATS.contains(&name))
        || json.as_object().is_some_and(|members| members.is_empty());
    let is_error = json.get("error").is_some() || name == Some("error");
    if is_heartbeat || (task_of(json).is_none() && is_error) {
        return Verdict::Silent;
    }
    Verdict::when(task_of(json).is_some(), || {
        format!("expected a task, found {}", quoted_value(Some(json)))
    })
}

fn is_look(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::TasksQuery | Endpoint::TasksCancel | Endpoint::VideosTasks
    )
}

fn is_at_the_top(value: &Value) -> bool {
    ["status", "task_id"]
        .iter()
        .any(|key| value.get(*key).is_some())
}

fn readable(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean || !whole.head.is_success() {
        return Verdict::Silent;
    }
    match whole.body {
        Err(error) => Verdict::fail(format!("expected a task as JSON, found that {error}")),
        // Every page has it at the top; only what is pushed may have it one level down.
        Ok(value) if task_of(value).is_some() && !is_at_the_top(value) => Verdict::fail(format!(
            "expected a task at the top, found {}",
            quoted_value(Some(value))
        )),
        // Those have rules of their own.
        Ok(_) if !is_look(whole.asked.endpoint) => Verdict::Silent,
        Ok(_) if whole.asked.endpoint == Endpoint::TasksCancel => Verdict::Silent,
        Ok(value) => Verdict::when(task_of(value).is_some(), || {
            format!("expected a task, found {}", quoted_value(Some(value)))
        }),
    }
}

/// A look at a task says which one it shows.
pub(super) static NAMELESS: Rule = Rule {
    id: "GW-151",
    name: "task-without-id",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query: every sample has it",
    explanation: "Whoever follows many tasks files each answer under its `task_id`; one that was \
        looked up by the caller's own id cannot be cancelled or watched without it.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":null,"status":"pending","estimated_credits":1.5}"#,
        ),
        body(
            "/v1/tasks/cancel/{task_id}\n",
            r#"{"status":"cancelled","credits_used":0}"#,
        ),
        body(
            "/v1/videos/tasks/{task_id}\n",
            r#"{"task_id":7,"status":"running"}"#,
        ),
        stream(
            STREAM,
            "data: {\"status\":\"failed\",\"credits_used\":0}\n\n",
        ),
    ],
    conforming: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1.5}"#,
        ),
        stream(
            STREAM,
            "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n",
        ),
    ],
    faults: &[
        "edit at /v1/tasks/cancel * /task_id removed",
        "edit task.updated /task_id removed",
    ],
    check: Check::Tasks(Hooks {
        body: Some(named),
        event: Some(|step| of_push(step, has_id)),
        ..Hooks::NONE
    }),
};

fn has_id(_body: &Value, task: &TaskFacts) -> Verdict {
    Verdict::when(!task.task_id.is_empty(), || {
        "expected a string `task_id`, found none".to_owned()
    })
}

fn named(whole: &Whole<'_, State>) -> Verdict {
    if !is_look(whole.asked.endpoint) {
        return Verdict::Silent;
    }
    // The other video protocol need not repeat the id.
    let told = whole.body.ok().and_then(|body| body.get("task_id"));
    if whole.asked.endpoint == Endpoint::VideosTasks && told.is_none() {
        return Verdict::Silent;
    }
    of_look(whole, has_id)
}

/// The caller's own id comes back as it was.
pub(super) static OWN_ID: Rule = Rule {
    id: "GW-152",
    name: "task-own-id-changed",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query, its samples",
    explanation: "`out_task_id` is the caller's key into its own books. It may be left out of an \
        answer, but where it stands it is the one that was sent, and stays.",
    violations: &[
        body(
            "/v1/tasks/submit\n{\"model\":\"sora-2\",\"out_task_id\":\"mine-1\"}",
            concat!(
                r#"{"task_id":"task_1","out_task_id":"mine-2","status":"pending","#,
                r#""estimated_credits":1.5}"#
            ),
        ),
        body(
            "/v1/tasks/query\n{\"out_task_id\":\"mine-1\"}",
            r#"{"task_id":"task_1","out_task_id":null,"status":"pending"}"#,
        ),
        stream(
            STREAM,
            concat!(
                "data: {\"task_id\":\"t\",\"out_task_id\":\"mine-1\",\"status\":\"running\"}\n\n",
                "data: {\"task_id\":\"t\",\"out_task_id\":\"mine-2\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[body(
        "/v1/tasks/submit\n{\"model\":\"sora-2\",\"out_task_id\":\"mine-1\"}",
        concat!(
            r#"{"task_id":"task_1","out_task_id":"mine-1","status":"pending","#,
            r#""estimated_credits":1.5}"#
        ),
    )],
    faults: &[r#"edit * /out_task_id = "another""#],
    check: Check::Tasks(Hooks {
        body: Some(sent_id),
        event: Some(same_id),
        ..Hooks::NONE
    }),
};

fn same_id(step: &Transition<'_, State>) -> Verdict {
    let found = pushed(step).and_then(|(json, _)| own_id(json));
    let (Some(known), Some(found)) = (&step.before.own_id, found) else {
        return Verdict::Silent;
    };
    Verdict::when(found == known.as_str(), || {
        let (known, found) = (short(known), quoted_value(Some(found)));
        format!("expected the `out_task_id` `{known}` as before, found {found}")
    })
}

fn sent_id(whole: &Whole<'_, State>) -> Verdict {
    let sent = whole.asked.body.as_ref();
    let sent = sent.and_then(|body| body.get("out_task_id")?.as_str());
    let found = whole.body.ok().and_then(|body| body.get("out_task_id"));
    let is_text = found.is_none_or(|found| found.is_string() || found.is_null());
    if super::task(whole).is_some() && !is_text {
        let found = quoted_value(found);
        return Verdict::fail(format!("expected a text as `out_task_id`, found {found}"));
    }
    let (Some(sent), Some(found), true) = (sent, found, super::task(whole).is_some()) else {
        return Verdict::Silent;
    };
    Verdict::when(found == sent, || {
        let (sent, found) = (short(sent), quoted_value(Some(found)));
        format!("expected the `out_task_id` `{sent}`, found {found}")
    })
}

/// Amounts and durations are numbers.
pub(super) static AMOUNT: Rule = Rule {
    id: "GW-153",
    name: "task-amount-not-number",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query, concepts/multimodal: samples",
    explanation: "`estimated_credits`, `estimated_seconds` and `credits_used` are numbers of 0 or \
        more, or are left out. Clients add them up and wait by them.",
    violations: &[
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"pending","estimated_seconds":"35"}"#,
        ),
        body(
            "/v1/tasks/query\n",
            r#"{"task_id":"task_1","status":"running","estimated_credits":-1}"#,
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query\n",
        concat!(
            r#"{"task_id":"task_1","status":"running","estimated_credits":1.50,"#,
            r#""estimated_seconds":35}"#
        ),
    )],
    faults: &[r#"edit * /estimated_credits = "1.50""#],
    check: Check::Tasks(Hooks {
        body: Some(|whole| of_look(whole, amounts)),
        event: Some(|step| of_push(step, amounts)),
        ..Hooks::NONE
    }),
};

fn amounts(body: &Value, _task: &TaskFacts) -> Verdict {
    let names = ["estimated_credits", "estimated_seconds", "credits_used"];
    let told = names
        .into_iter()
        .filter_map(|name| Some((name, body.get(name)?)));
    let mut verdict = Verdict::Silent;
    for (name, value) in told {
        if !value.as_f64().is_some_and(|number| number >= 0.0) {
            let found = quoted_value(Some(value));
            return Verdict::fail(format!("expected a number in `{name}`, found {found}"));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
