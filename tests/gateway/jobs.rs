//! Cancelling and following tasks: GW-109 to GW-113, GW-115, GW-117.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::Delay;

use crate::money::micros;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::socket::{Line, wait_for_rest};
use crate::target::{Given, HOUR, SECOND};
use crate::tasks::{clip, own, post, queried, submitted};

promises! {
    /// Cancelling a task that is over changes nothing, and cancelling twice is once
    gw_109_cancelling_what_is_over_changes_nothing {
        check: Check::Out, page: "utility/tasks-cancel",
        rules: &["GW-109"],
        opponents: &[Opponent::Frozen],
    }
    /// Cancel takes exactly one id, and one in the path beats one in the body
    gw_110_cancel_takes_exactly_one_id {
        check: Check::Out, page: "utility/tasks-cancel",
        rules: &["GW-110"],
        opponents: &[
            Opponent::Deaf("out_task_id"),
            Opponent::Answers(400, 404),
            Opponent::Says("invalid_param", "bad_id"),
        ],
    }
    /// Cancel answers in the shape of a query
    gw_111_cancel_answers_as_a_query_does {
        check: Check::Out, page: "utility/tasks-cancel",
        rules: &["GW-111"],
        opponents: &[Opponent::Set("a clock that runs on", |config| {
            config.task_queue = Delay::Constant(Duration::ZERO);
            config.task_run = Delay::Constant(Duration::ZERO);
        })],
    }
    /// Closing the connection of a submit does not cancel its task
    gw_112_closing_the_connection_of_a_submit_does_not_cancel {
        check: Check::OutMoney, page: "concepts/streaming",
        opponents: &[
            Opponent::Fault("upstream-503"),
            Opponent::Set("a queue that is over at once", |config| {
                config.task_queue = Delay::Constant(Duration::ZERO);
            }),
        ],
    }
    /// `stream` on submit does nothing
    gw_113_stream_on_submit_does_nothing {
        check: Check::OutMoney, page: "utility/tasks-submit",
        rules: &["GW-113"],
        opponents: &[Opponent::Says("application/json", "text/event-stream")],
    }
    /// The task stream pushes changes of state as server-sent events
    gw_115_the_task_stream_pushes_changes {
        check: Check::Out, page: "utility/tasks-query",
        rules: &["GW-115"],
        opponents: &[
            Opponent::Frozen,
            Opponent::Says("text/event-stream", "application/json"),
            Opponent::Says("\"status\":\"running\"", "\"status\":\"pending\""),
        ],
    }
    /// What a task used is at most what was estimated
    gw_117_a_task_uses_at_most_its_estimate {
        check: Check::OutMoney, page: "utility/tasks-query",
        rules: &["GW-117"],
        opponents: &[Opponent::Says("\"credits_used\":", "\"credits_used\":9")],
    }
}

fn gw_109_cancelling_what_is_over_changes_nothing(given: &Given) -> Held {
    let target = given.target();
    let mut doomed = clip(4);
    doomed["params"]["prompt"] = "[[fail]]".into();
    for (body, status) in [(clip(4), "completed"), (doomed, "failed")] {
        let id = submitted(&target, &body)?;
        target.advance(HOUR);
        let before = queried(&target, &id);
        same("the status", before["status"].as_str(), Some(status))?;
        for _ in 0..2 {
            let answer = post(&target, &format!("cancel/{id}"), &Value::Null);
            same(
                "the answer",
                (answer.status, answer.json()),
                (200, before.clone()),
            )?;
            target.advance(SECOND);
        }
        same("the task", queried(&target, &id), before)?;
    }
    let id = submitted(&target, &clip(4))?;
    target.advance(30 * SECOND);
    let cancel = || post(&target, &format!("cancel/{id}"), &Value::Null).json();
    let first = cancel();
    same("the status", first["status"].as_str(), Some("cancelled"))?;
    target.advance(HOUR);
    let spent = target.ledger().spent;
    same("the second cancel", cancel(), first)?;
    same("spent by it", target.ledger().spent, spent)
}

fn gw_110_cancel_takes_exactly_one_id(given: &Given) -> Held {
    let target = given.target();
    let (kept, mine) = (
        submitted(&target, &own(clip(4), "kept"))?,
        submitted(&target, &own(clip(5), "mine"))?,
    );
    let wanted = (400, "invalid_param".to_owned());
    let both = json!({"task_id": kept, "out_task_id": "kept"});
    same(
        "both",
        post(&target, "cancel", &both).refusal(),
        wanted.clone(),
    )?;
    same(
        "none",
        post(&target, "cancel", &json!({})).refusal(),
        wanted,
    )?;
    let path = post(
        &target,
        &format!("cancel/{mine}"),
        &json!({"task_id": kept}),
    )
    .json();
    same(
        "the path's task",
        path["task_id"].as_str(),
        Some(mine.as_str()),
    )?;
    same("its status", path["status"].as_str(), Some("cancelled"))?;
    same(
        "the body's task",
        queried(&target, &kept)["status"].as_str(),
        Some("pending"),
    )?;
    let by_own = post(&target, "cancel", &json!({"out_task_id": "kept"})).json();
    same(
        "by its own id",
        by_own["task_id"].as_str(),
        Some(kept.as_str()),
    )
}

fn gw_111_cancel_answers_as_a_query_does(given: &Given) -> Held {
    let target = given.target();
    for wait in [0, 20] {
        let id = submitted(&target, &own(clip(4), &format!("after-{wait}")))?;
        target.advance(wait * SECOND);
        let cancelled = post(&target, &format!("cancel/{id}"), &Value::Null).json();
        same(
            "the status",
            cancelled["status"].as_str(),
            Some("cancelled"),
        )?;
        same("cancel and query", cancelled, queried(&target, &id))?;
    }
    Ok(())
}

fn gw_112_closing_the_connection_of_a_submit_does_not_cancel(given: &Given) -> Held {
    let replica = given.replica(|config| {
        config.task_queue = Delay::Constant(HOUR);
    })?;
    // The client reads that it was answered, and goes.
    let mut line = Line::post(&replica, "/v1/tasks/submit", &own(clip(4), "mine"))?;
    let head = line.read_to("\r\n\r\n")?;
    ensure!(head.starts_with("HTTP/1.1 200"), "{head}");
    drop(line);
    wait_for_rest(&replica);
    let query = json!({"out_task_id": "mine"});
    let answer = Line::post(&replica, "/v1/tasks/query", &query)?.read_to("}")?;
    ensure!(
        answer.contains("\"status\":\"pending\""),
        "the task is {answer}"
    );
    ensure!(
        replica.engine().ledger().held > 0,
        "nothing is held for the task"
    );
    Ok(())
}

fn gw_113_stream_on_submit_does_nothing(given: &Given) -> Held {
    let target = given.target();
    let mut body = own(clip(4), "mine");
    let plain = post(&target, "submit", &body);
    for stream in [true, false] {
        body["stream"] = stream.into();
        let answer = post(&target, "submit", &body);
        same(
            "the media type",
            answer.header("content-type"),
            Some("application/json"),
        )?;
        same("the body", answer.json(), plain.json())?;
    }
    Ok(())
}

fn gw_115_the_task_stream_pushes_changes(given: &Given) -> Held {
    let target = given.target();
    let id = submitted(&target, &clip(4))?;
    let answer = target.get(&format!("/v1/tasks/stream/{id}"));
    same("the status", answer.status, 200)?;
    let kind = answer.header("content-type").unwrap_or_default();
    ensure!(
        kind.starts_with("text/event-stream"),
        "it is labelled `{kind}`"
    );
    let mut statuses = Vec::new();
    for (_, data) in answer.events() {
        let task: Value = serde_json::from_str(&data).map_err(|error| error.to_string())?;
        same("the task", task["task_id"].as_str(), Some(id.as_str()))?;
        statuses.push(task["status"].as_str().unwrap_or_default().to_owned());
    }
    let wanted = ["pending", "running", "completed"].map(str::to_owned);
    same("the statuses", statuses, wanted.to_vec())?;
    same("the stream's length", answer.took, 50 * SECOND)
}

fn gw_117_a_task_uses_at_most_its_estimate(given: &Given) -> Held {
    let target = given.target();
    for seconds in [1, 4, 10] {
        let answer = post(&target, "submit", &clip(seconds)).json();
        let estimate = micros(&answer["estimated_credits"].to_string());
        target.advance(HOUR);
        let task = queried(&target, answer["task_id"].as_str().unwrap_or_default());
        let used = micros(&task["credits_used"].to_string());
        ensure!(
            used.is_some() && used <= estimate,
            "{used:?} of {estimate:?} µUSD were used"
        );
    }
    Ok(())
}
