//! Submitting tasks, asking for them, their assets: GW-099 to GW-108, GW-116.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::money::micros;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{DAY, Given, HOUR, SECOND, Target};

promises! {
    /// Submit answers at once with the task's id and an estimate
    gw_099_submit_answers_at_once_with_an_id_and_an_estimate {
        check: Check::OutMoney, page: "utility/tasks-submit",
        rules: &["GW-099"],
        opponents: &[
            Opponent::Says("\"task_id\"", "\"id\""),
            Opponent::Says("estimated_credits", "credits"),
        ],
    }
    /// A text model on submit is 400 `invalid_param`
    gw_100_a_text_model_on_submit_is_400 {
        check: Check::Out, page: "utility/tasks-submit",
        rules: &["GW-100"],
        opponents: &[
            Opponent::Answers(400, 404),
            Opponent::Says("invalid_param", "unsupported_model"),
        ],
    }
    /// The same `out_task_id`, model and parameters give the same task, charged once
    gw_101_the_same_submission_gives_the_same_task {
        check: Check::OutMoney, page: "utility/tasks-submit",
        rules: &["GW-101"],
        opponents: &[Opponent::Deaf("out_task_id")],
    }
    /// The same `out_task_id` with other parameters is 409 `duplicate_out_task_id`
    gw_102_the_same_id_with_other_parameters_is_409 {
        check: Check::Out, page: "utility/tasks-submit",
        doubted: Some("C-09"), switches: &[("C-09", &["409"])],
        rules: &["GW-102"],
        opponents: &[
            Opponent::Deaf("out_task_id"),
            Opponent::Says("duplicate_out_task_id", "invalid_param"),
        ],
    }
    /// More than 1 MiB on a task route is 413; just less is not refused for its size
    gw_103_more_than_a_mebibyte_is_413 {
        check: Check::Out, page: "concepts/error-handling, utility/tasks-submit",
        rules: &["GW-103"],
        opponents: &[Opponent::Answers(413, 400), Opponent::Answers(200, 413)],
    }
    /// A query with both ids is 400 `invalid_param`
    gw_104_a_query_with_both_ids_is_400 {
        check: Check::Out, page: "utility/tasks-query",
        rules: &["GW-104"],
        opponents: &[Opponent::Deaf("out_task_id"), Opponent::Answers(400, 200)],
    }
    /// A query by `out_task_id` gives the task that its `task_id` gives
    gw_105_both_ids_lead_to_the_same_task {
        check: Check::Out, page: "utility/tasks-query",
        rules: &["GW-105"],
        opponents: &[Opponent::Deaf("out_task_id")],
    }
    /// An unknown task is 404 `task_not_found`
    gw_106_an_unknown_task_is_404 {
        check: Check::Out, page: "concepts/errors-reference",
        rules: &["GW-106"],
        opponents: &[Opponent::Answers(404, 400), Opponent::Says("task_not_found", "not_found")],
    }
    /// A status only moves forward, and a terminal one stays
    gw_107_a_status_only_moves_forward {
        check: Check::OutMoney, page: "concepts/multimodal",
        switches: &[("C-13", &["pending", "queued"])],
        rules: &["GW-107"],
        opponents: &[
            Opponent::Frozen,
            Opponent::Says("\"status\":\"completed\"", "\"status\":\"pending\""),
        ],
    }
    /// A completed task says what it used and where its asset can be fetched
    gw_108_a_completed_task_has_its_cost_and_an_asset {
        check: Check::OutMoney, page: "utility/tasks-query",
        switches: &[("C-12", &["reference"])],
        rules: &["GW-108"],
        opponents: &[
            Opponent::Frozen,
            Opponent::Says("credits_used", "credits"),
            Opponent::Says("/assets/", "/files/"),
        ],
    }
    /// An asset's address works at once and no longer than 24 hours
    gw_116_an_asset_can_be_fetched_for_24_hours {
        check: Check::OutMoney, page: "video/sora-2-pro",
        opponents: &[Opponent::Answers(403, 200), Opponent::Deaf("expires")],
    }
}

pub(crate) fn clip(seconds: u64) -> Value {
    json!({"model": "sora-2", "params": {"prompt": "a kite", "duration_seconds": seconds}})
}

pub(crate) fn post(target: &Target, place: &str, body: &Value) -> Answer {
    target
        .ask("POST", &format!("/v1/tasks/{place}"))
        .json(body)
        .send()
}

/// Submits it and gives the id.
pub(crate) fn submitted(target: &Target, body: &Value) -> Result<String, String> {
    let answer = post(target, "submit", body);
    same("submit", answer.status, 200)?;
    let id = answer.json()["task_id"].as_str().map(str::to_owned);
    id.ok_or_else(|| format!("no task_id: {}", answer.text()))
}

pub(crate) fn queried(target: &Target, id: &str) -> Value {
    post(target, "query", &json!({"task_id": id})).json()
}

pub(crate) fn own(mut body: Value, id: &str) -> Value {
    body["out_task_id"] = id.into();
    body
}

fn gw_099_submit_answers_at_once_with_an_id_and_an_estimate(given: &Given) -> Held {
    let target = given.target();
    let answer = post(&target, "submit", &clip(4));
    same("the status", answer.status, 200)?;
    same("the wait", answer.took, Duration::ZERO)?;
    let task = answer.json();
    let id = task["task_id"].as_str().unwrap_or_default();
    ensure!(id.starts_with("task_"), "task_id is `{id}`");
    let estimate = micros(&task["estimated_credits"].to_string());
    same("the estimate of 4 s for 0.10 USD", estimate, Some(400_000))?;
    let picture = json!({"model": "seedream-v4", "params": {"prompt": "a kite", "n": 2}});
    same(
        "a task of pictures",
        post(&target, "submit", &picture).status,
        200,
    )
}

fn gw_100_a_text_model_on_submit_is_400(given: &Given) -> Held {
    let target = given.target();
    for model in ["claude-sonnet-4-6", "gpt-5-4", "gemini-3-flash"] {
        let body = json!({"model": model, "params": {"prompt": "a kite"}});
        let refusal = post(&target, "submit", &body).refusal();
        same(model, refusal, (400, "invalid_param".to_owned()))?;
    }
    Ok(())
}

fn gw_101_the_same_submission_gives_the_same_task(given: &Given) -> Held {
    let target = given.target();
    let body = own(clip(4), "mine");
    let first = submitted(&target, &body)?;
    same("at once", submitted(&target, &body)?, first.clone())?;
    let mut other_order = json!({"out_task_id": "mine", "model": "sora-2"});
    other_order["params"] = json!({"duration_seconds": 4, "prompt": "a kite"});
    same(
        "in another order",
        submitted(&target, &other_order)?,
        first.clone(),
    )?;
    target.advance(HOUR);
    same("when it is over", submitted(&target, &body)?, first)?;
    same("spent", target.ledger().spent, 400_000)
}

fn gw_102_the_same_id_with_other_parameters_is_409(given: &Given) -> Held {
    let target = given.target();
    let first = submitted(&target, &own(clip(4), "mine"))?;
    let mut other_model = own(clip(4), "mine");
    other_model["model"] = "veo-3.1".into();
    for body in [own(clip(5), "mine"), other_model] {
        let refusal = post(&target, "submit", &body).refusal();
        same(
            "the second",
            refusal,
            (409, "duplicate_out_task_id".to_owned()),
        )?;
    }
    let task = post(&target, "query", &json!({"out_task_id": "mine"})).json();
    same("the task", task["task_id"].as_str(), Some(first.as_str()))
}

fn gw_103_more_than_a_mebibyte_is_413(given: &Given) -> Held {
    const MEBIBYTE: usize = 1 << 20;
    let target = given.target();
    let sized = |size: usize| {
        let mut body = clip(4).to_string();
        body.push_str(&" ".repeat(size - body.len()));
        target.ask("POST", "/v1/tasks/submit").raw(body).send()
    };
    same("a byte more", sized(MEBIBYTE + 1).status, 413)?;
    same("a mebibyte", sized(MEBIBYTE).status, 200)?;
    for place in ["query", "cancel"] {
        let body = vec![b' '; MEBIBYTE + 1];
        let answer = target
            .ask("POST", &format!("/v1/tasks/{place}"))
            .raw(body)
            .send();
        same(place, answer.status, 413)?;
    }
    // The other routes take more.
    let mut chat = Speech::Chat.body("gpt-5-4", false);
    chat["metadata"] = json!({"padding": " ".repeat(2 * MEBIBYTE)});
    same(
        "chat",
        Speech::Chat.ask(&target).json(&chat).send().status,
        200,
    )
}

fn gw_104_a_query_with_both_ids_is_400(given: &Given) -> Held {
    let target = given.target();
    let id = submitted(&target, &own(clip(4), "mine"))?;
    let both = json!({"task_id": id, "out_task_id": "mine"});
    let wanted = (400, "invalid_param".to_owned());
    same(
        "both",
        post(&target, "query", &both).refusal(),
        wanted.clone(),
    )?;
    same("none", post(&target, "query", &json!({})).refusal(), wanted)
}

fn gw_105_both_ids_lead_to_the_same_task(given: &Given) -> Held {
    let target = given.target();
    let id = submitted(&target, &own(clip(4), "mine"))?;
    for _ in 0..3 {
        let by_own = post(&target, "query", &json!({"out_task_id": "mine"})).json();
        same("the task", by_own, queried(&target, &id))?;
        target.advance(25 * SECOND);
    }
    Ok(())
}

fn gw_106_an_unknown_task_is_404(given: &Given) -> Held {
    let target = given.target();
    let wanted = (404, "task_not_found".to_owned());
    for body in [
        json!({"task_id": "task_0"}),
        json!({"out_task_id": "nobody's"}),
    ] {
        for place in ["query", "cancel"] {
            same(place, post(&target, place, &body).refusal(), wanted.clone())?;
        }
    }
    let by_path = post(&target, "cancel/task_0", &Value::Null).refusal();
    same("cancel by path", by_path, wanted.clone())?;
    same(
        "stream",
        target.get("/v1/tasks/stream/task_0").refusal(),
        wanted,
    )
}

fn gw_107_a_status_only_moves_forward(given: &Given) -> Held {
    let target = given.target();
    let first = given.contract().first_status.name();
    let mut doomed = clip(4);
    doomed["params"]["prompt"] = "[[fail]]".into();
    for (body, end) in [(clip(4), "completed"), (doomed, "failed")] {
        let id = submitted(&target, &body)?;
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..30 {
            let status = queried(&target, &id)["status"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if seen.last() != Some(&status) {
                seen.push(status);
            }
            target.advance(5 * SECOND);
        }
        same(
            "the statuses",
            seen,
            [first, "running", end].map(str::to_owned).to_vec(),
        )?;
        let told = queried(&target, &id);
        target.advance(HOUR);
        same("a task that is over", queried(&target, &id), told)?;
    }
    Ok(())
}

/// The addresses that a task's object tells.
fn addresses(task: &Value) -> Vec<String> {
    let output = task["output"].as_array().cloned().unwrap_or_default();
    output
        .iter()
        .filter_map(|asset| asset["url"].as_str())
        .map(str::to_owned)
        .collect()
}

/// Fetched without a key.
fn fetch(target: &Target, url: &str) -> Answer {
    let place = url.strip_prefix("http://127.0.0.1").unwrap_or(url);
    target.ask("GET", place).without_key().send()
}

fn gw_108_a_completed_task_has_its_cost_and_an_asset(given: &Given) -> Held {
    let target = given.target();
    let pictures = json!({"model": "seedream-v4.5", "params": {"prompt": "a kite", "n": 2}});
    for (body, count, kind) in [(clip(4), 1, "video/mp4"), (pictures, 2, "image/png")] {
        let id = submitted(&target, &body)?;
        target.advance(HOUR);
        let task = queried(&target, &id);
        same("the status", task["status"].as_str(), Some("completed"))?;
        ensure!(
            task["credits_used"].is_number(),
            "no credits_used in {task}"
        );
        let urls = addresses(&task);
        same("assets", urls.len(), count)?;
        for url in urls {
            let asset = fetch(&target, &url);
            same(
                &url,
                (asset.status, asset.header("content-type")),
                (200, Some(kind)),
            )?;
            ensure!(
                asset.body.len() > 100,
                "{url} has {} bytes",
                asset.body.len()
            );
        }
    }
    Ok(())
}

fn gw_116_an_asset_can_be_fetched_for_24_hours(given: &Given) -> Held {
    let target = given.target();
    let id = submitted(&target, &clip(4))?;
    target.advance(50 * SECOND);
    let urls = addresses(&queried(&target, &id));
    let picture = json!({"model": "seedream-v4", "prompt": "a kite"});
    let picture = target
        .ask("POST", "/v1/images/generations")
        .json(&picture)
        .send();
    let picture = picture.json()["data"][0]["url"].as_str().map(str::to_owned);
    let urls: Vec<String> = urls.into_iter().chain(picture).collect();
    same("a clip and a picture", urls.len(), 2)?;
    let waits = [(Duration::ZERO, 200), (DAY - SECOND, 200), (SECOND, 403)];
    for (wait, status) in waits {
        target.advance(wait);
        for url in &urls {
            same(url, fetch(&target, url).status, status)?;
        }
    }
    Ok(())
}
