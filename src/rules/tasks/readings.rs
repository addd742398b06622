//! What a target that was said to follow one reading of contradictory pages says otherwise of its
//! tasks. Silent as long as no reading was chosen.

use super::{body, pushed, short, stream, task};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::protocol::tasks::{State, Status};
use crate::protocol::{Asked, TaskFacts};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A task as query and cancel show it, and the reading that was chosen.
fn shown<'a>(whole: &Whole<'a, State>, switch: &str) -> Option<(&'static str, Status, &'a Value)> {
    let reading = whole.asked.contract.reading(switch)?;
    let here = [Endpoint::TasksQuery, Endpoint::TasksCancel];
    if !here.contains(&whole.asked.endpoint) {
        return None;
    }
    let status = Status::parse(&task(whole)?.status)?;
    Some((reading, status, own(whole.body.ok()?)?))
}

/// The object of a task, at the top or one level down.
fn own(body: &Value) -> Option<&Value> {
    let inner = ["task", "data"].iter().find_map(|key| body.get(*key));
    if body.get("status").is_some() {
        Some(body)
    } else {
        inner
    }
}

/// Where the result is.
pub(super) static SHAPE: Rule = Rule {
    id: "GW-174",
    name: "task-result-shape",
    severity: Severity::Must,
    source: "C-12: api-reference/utility/tasks-query against api-reference/video and models/sora2",
    explanation: "Three dialects show a finished task: a list `output`, an object `result`, a \
        member `result_url`. This target was said to speak one; a client of it finds no film in \
        the others.",
    violations: &[body(
        "/v1/tasks/query @C-12=reference\n",
        concat!(
            r#"{"task_id":"task_1","status":"completed","#,
            r#""result":{"video_url":"https://a.example/1"},"credits":1.85}"#
        ),
    )],
    conforming: &[body(
        "/v1/tasks/query @C-12=per-model\n",
        concat!(
            r#"{"task_id":"task_1","status":"completed","#,
            r#""result":{"video_url":"https://a.example/1"},"credits":1.85}"#
        ),
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let Some((reading, Status::Completed, task)) = shown(whole, "C-12") else {
                return Verdict::Silent;
            };
            has_result(reading, task)
        }),
        event: Some(|step| {
            let Some(reading) = step.asked.contract.reading("C-12") else {
                return Verdict::Silent;
            };
            let task = pushed(step).and_then(|(json, _)| own(json));
            // The stream may push the bare status.
            let is_told = |task: &&Value| RESULTS.iter().any(|member| task.get(*member).is_some());
            let task = task.filter(is_told);
            task.map_or(Verdict::Silent, |task| has_result(reading, task))
        }),
        ..Hooks::NONE
    }),
};

/// Where the dialects have it.
const RESULTS: [&str; 3] = ["output", "result", "result_url"];

fn has_result(reading: &str, task: &Value) -> Verdict {
    let member = match reading {
        "reference" => RESULTS[0],
        "per-model" => RESULTS[1],
        _ => RESULTS[2],
    };
    Verdict::when(task.get(member).is_some(), || {
        format!("C-12 is read as {reading}: expected a member `{member}`, found none")
    })
}

/// The word for waiting.
pub(super) static FIRST_STATUS: Rule = Rule {
    id: "GW-175",
    name: "task-first-status",
    severity: Severity::Must,
    source: "C-13: api-reference/utility/tasks-query against api-reference/video/sora-2",
    explanation: "A task that waits is `pending` on one page and `queued` on another. This target \
        was said to use one; a poller that compares words never sees the other pass.",
    violations: &[
        body(
            "/v1/tasks/query @C-13=pending\n",
            r#"{"task_id":"task_1","status":"queued","estimated_credits":1.50}"#,
        ),
        stream(
            "/v1/tasks/stream/{task_id} @C-13=pending\n",
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"queued\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query @C-13=queued\n",
        r#"{"task_id":"task_1","status":"queued","estimated_credits":1.50}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| waits(whole.asked.get(), task(whole))),
        event: Some(|step| waits(step.asked.get(), pushed(step).map(|(_, task)| task))),
        ..Hooks::NONE
    }),
};

fn waits(asked: &Asked, task: Option<TaskFacts>) -> Verdict {
    let Some(reading) = asked.contract.reading("C-13") else {
        return Verdict::Silent;
    };
    let task = task.filter(|task| Status::parse(&task.status) == Some(Status::Pending));
    let Some(task) = task else {
        return Verdict::Silent;
    };
    Verdict::when(task.status == reading, || {
        format!(
            "C-13 is read as {reading}: found the status `{}`",
            short(&task.status)
        )
    })
}

/// What a cancelled task cost.
pub(super) static CANCEL_COST: Rule = Rule {
    id: "GW-051",
    name: "cancelled-task-cost",
    severity: Severity::Must,
    source: "C-14: concepts/credits-and-billing against api-reference/utility/tasks-cancel",
    explanation: "One page calls `credits_used` of a cancelled task authoritative, the sample of \
        another has an estimate alone. This target was said to follow one; without the figure a \
        caller cannot book what the cancelled task cost.",
    violations: &[body(
        "/v1/tasks/cancel/{task_id} @C-14=credits-used\n",
        r#"{"task_id":"task_1","status":"cancelled","estimated_credits":1.50}"#,
    )],
    conforming: &[body(
        "/v1/tasks/cancel/{task_id} @C-14=estimate-only\n",
        r#"{"task_id":"task_1","status":"cancelled","estimated_credits":1.50}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| {
            let Some((reading, Status::Cancelled, task)) = shown(whole, "C-14") else {
                return Verdict::Silent;
            };
            let tells = task.get("credits_used").is_some() || task.get("credits").is_some();
            Verdict::when(tells == (reading == "credits-used"), || {
                let found = if tells { "it" } else { "none" };
                format!("C-14 is read as {reading}: looked for `credits_used`, found {found}")
            })
        }),
        ..Hooks::NONE
    }),
};

/// The unit of amounts.
pub(super) static UNIT: Rule = Rule {
    id: "GW-176",
    name: "credit-unit",
    severity: Severity::Must,
    source: "C-04: concepts/credits-and-billing against api-reference/utility/tasks-query",
    explanation: "Credits are micro-USD on one page and read like USD in the samples of others. \
        This target was said to use one; in the other a caller books a millionth, or a million \
        times, of what was charged.",
    violations: &[
        body(
            "/v1/tasks/query @C-04=usd\n",
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1500000}"#,
        ),
        body(
            "/v1/tasks/query @C-04=micros\n",
            r#"{"task_id":"task_1","status":"pending","estimated_credits":1.50}"#,
        ),
    ],
    conforming: &[body(
        "/v1/tasks/query @C-04=micros\n",
        r#"{"task_id":"task_1","status":"pending","estimated_credits":1500000}"#,
    )],
    faults: &[],
    check: Check::Tasks(Hooks {
        body: Some(|whole| is_of_unit(whole.asked.get(), task(whole))),
        event: Some(|step| is_of_unit(step.asked.get(), pushed(step).map(|(_, task)| task))),
        ..Hooks::NONE
    }),
};

fn is_of_unit(asked: &Asked, task: Option<TaskFacts>) -> Verdict {
    let (Some(reading), Some(task)) = (asked.contract.reading("C-04"), task) else {
        return Verdict::Silent;
    };
    let amounts = [&task.estimated_credits, &task.credits_used];
    let told: Vec<&String> = amounts.into_iter().flatten().collect();
    let fits = |amount: &str| {
        let whole_number = amount.parse::<u64>();
        match reading {
            // No film costs a hundred thousand dollars.
            "usd" => whole_number.map_or(true, |number| number < 100_000),
            _ => whole_number.is_ok(),
        }
    };
    match told.iter().find(|amount| !fits(amount)) {
        _ if told.is_empty() => Verdict::Silent,
        None => Verdict::Pass,
        Some(amount) => Verdict::fail(format!(
            "C-04 is read as {reading}: found the amount {}",
            short(amount)
        )),
    }
}
