use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::{CancelCost, CreditUnit, FirstStatus, TaskShape};
use spikeproof_mock::{Config, Contract, Delay};

use crate::client::*;

const QUEUE: Duration = Duration::from_secs(10);
const RUN: Duration = Duration::from_secs(50);

fn slow() -> Config {
    let task_queue = Delay::Constant(QUEUE);
    Config {
        task_queue,
        task_run: Delay::Constant(RUN),
        ..Config::default()
    }
}

fn submit(client: &Client, body: &Value) -> String {
    let answer = client.post(SUBMIT, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["task_id"].as_str().expect("an id").to_owned()
}

fn query(client: &Client, id: &str) -> Value {
    client
        .post("/v1/tasks/query", &json!({"task_id": id}))
        .json()
}

#[test]
fn a_task_waits_runs_completes_and_is_charged_once_at_that_moment() {
    let client = Client::new(slow());
    let answer = client.post(SUBMIT, &clip());
    let told = answer.json();
    assert_eq!(told["status"], "pending");
    assert!(
        answer.text().contains(r#""estimated_credits":0.50"#),
        "{}",
        answer.text()
    );
    let id = told["task_id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("task_") && id.len() == 31, "{id}");
    let ledger = client.engine.ledger();
    assert_eq!((ledger.held, ledger.spent), (500_000, 0));
    client.advance(QUEUE);
    assert_eq!(query(&client, &id)["status"], "running");
    client.advance(RUN - Duration::from_nanos(1));
    assert_eq!(client.engine.ledger().spent, 0);
    client.advance(Duration::from_nanos(1));
    let ledger = client.engine.ledger();
    assert_eq!(
        (ledger.held, ledger.spent, ledger.call_count),
        (0, 500_000, 1)
    );
    assert_eq!(ledger.rows[0].seconds, 5);
    for _ in 0..3 {
        let done = query(&client, &id);
        assert_eq!(
            (&done["status"], &done["credits_used"]),
            (&json!("completed"), &json!(0.5))
        );
        assert!(done.get("estimated_credits").is_none());
        let url = done["output"][0]["url"].as_str().unwrap().to_owned();
        let (_, path) = url.split_once("/assets").unwrap();
        let mut incoming = client.request("GET", &format!("/assets{path}"), "");
        incoming.headers.clear();
        let asset = client.send(&incoming);
        assert_eq!(asset.status, 200);
        assert_eq!(&asset.body[4..8], b"ftyp");
    }
    assert_eq!(client.engine.ledger().spent, 500_000);
}

#[test]
fn an_asset_ends_after_a_day() {
    let client = Client::healthy();
    let url = client.post(IMAGES, &image()).json()["data"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let target = &url[url.find("/assets").unwrap()..];
    assert_eq!(client.get(target).status, 200);
    client.advance(Duration::from_secs(86_400));
    assert_eq!(client.get(target).status, 403);
}

#[test]
fn cancelling_is_free_before_the_start_and_partial_after_it() {
    let client = Client::new(slow());
    let id = submit(&client, &clip());
    let told = client
        .send(&client.request("POST", &format!("/v1/tasks/cancel/{id}"), ""))
        .json();
    assert_eq!(
        (&told["status"], &told["credits_used"]),
        (&json!("cancelled"), &json!(0.0))
    );
    let ledger = client.engine.ledger();
    assert_eq!((ledger.held, ledger.spent, ledger.call_count), (0, 0, 0));
    let mut body = clip();
    body["params"]["seed"] = 2.into();
    let id = submit(&client, &body);
    client.advance(QUEUE + RUN / 2);
    let cancel = json!({"task_id": id});
    let told = client.post("/v1/tasks/cancel", &cancel).json();
    assert_eq!(
        told["credits_used"],
        json!(0.2),
        "two of five seconds were made"
    );
    assert_eq!(client.engine.ledger().spent, 200_000);
    client.advance(RUN);
    assert_eq!(client.post("/v1/tasks/cancel", &cancel).json(), told);
    assert_eq!(query(&client, &id), told);
    assert_eq!(client.engine.ledger().spent, 200_000);
    assert_eq!(client.engine.ledger().held, 0);
}

#[test]
fn cancelling_a_completed_task_changes_nothing() {
    let client = Client::healthy();
    let id = submit(&client, &clip());
    client.advance(Duration::from_secs(1));
    let before = query(&client, &id);
    let path = format!("/v1/tasks/cancel/{id}");
    let cancelled = client.send(&client.request("POST", &path, r#"{"task_id":"other"}"#));
    assert_eq!((cancelled.status, cancelled.json()), (200, before));
}

#[test]
fn a_failed_task_is_free() {
    let client = Client::healthy();
    let body = json!({"model": "veo-3.1", "prompt": "a kite [[fail]]", "duration_seconds": 4});
    let id = submit(&client, &body);
    assert_eq!(client.engine.ledger().held, 1_600_000);
    client.advance(Duration::from_secs(1));
    let told = query(&client, &id);
    assert_eq!(told["status"], "failed");
    assert!(told["error"]["code"].is_string());
    let ledger = client.engine.ledger();
    assert_eq!((ledger.held, ledger.spent, ledger.call_count), (0, 0, 0));
}

#[test]
fn the_same_own_id_gives_the_same_task_and_one_charge() {
    let client = Client::healthy();
    let mut body = clip();
    body["out_task_id"] = "mine".into();
    let id = submit(&client, &body);
    body["params"] = json!({"duration_seconds": 5, "prompt": "a kite"});
    assert_eq!(submit(&client, &body), id);
    client.advance(Duration::from_secs(1));
    let by_own = client
        .post("/v1/tasks/query", &json!({"out_task_id": "mine"}))
        .json();
    assert_eq!(by_own, query(&client, &id));
    assert_eq!(by_own["out_task_id"], "mine");
    assert_eq!(client.engine.ledger().call_count, 1);
    let by_get = client.get(&format!("/v1/tasks/query?task_id={id}")).json();
    assert_eq!(by_get, by_own);
}

#[test]
fn ids_are_needed_one_at_a_time_and_known() {
    let client = Client::healthy();
    let id = submit(&client, &clip());
    for path in ["/v1/tasks/query", "/v1/tasks/cancel"] {
        let both = client.post(path, &json!({"task_id": id, "out_task_id": "x"}));
        assert_eq!(
            (both.status, &both.json()["error"]["code"]),
            (400, &json!("invalid_param"))
        );
        assert_eq!(client.post(path, &json!({})).status, 400);
        let unknown = client.post(path, &json!({"task_id": "task_none"}));
        let code = json!("task_not_found");
        assert_eq!(
            (unknown.status, &unknown.json()["error"]["code"]),
            (404, &code)
        );
    }
    assert_eq!(client.get("/v1/tasks/stream/task_none").status, 404);
    assert_eq!(client.get("/v1/videos/tasks/task_none").status, 404);
}

#[test]
fn tasks_take_pictures_and_no_text_models() {
    let client = Client::healthy();
    let text = client.post(
        SUBMIT,
        &json!({"model": "gpt-5-4", "params": {"prompt": "a"}}),
    );
    assert_eq!(
        (text.status, &text.json()["error"]["code"]),
        (400, &json!("invalid_param"))
    );
    let body = json!({"model": "nano-banana", "params": {"prompt": "a", "n": 2}, "stream": true});
    let id = submit(&client, &body);
    client.advance(Duration::from_secs(1));
    let told = query(&client, &id);
    assert_eq!(told["output"].as_array().map(Vec::len), Some(2));
    assert_eq!(client.engine.ledger().spent, 36_000);
    for params in [
        json!({"prompt": "a"}),
        json!({"prompt": "a", "duration_seconds": 0}),
    ] {
        assert_eq!(
            client
                .post(SUBMIT, &json!({"model": "sora-2", "params": params}))
                .status,
            400
        );
    }
    let refused = json!({"model": "sora-2", "prompt": "[[refuse]]", "duration_seconds": 3});
    assert_eq!(client.post(SUBMIT, &refused).status, 451);
}

#[test]
fn the_other_video_protocol_sees_the_same_tasks() {
    let client = Client::healthy();
    let body = json!({"model": "veo3.1", "prompt": "a", "duration_seconds": 5, "audio": true});
    let id = client.post("/v1/videos/generations", &body).json()["task_id"].clone();
    let path = format!("/v1/videos/tasks/{}", id.as_str().unwrap());
    assert_eq!(client.get(&path).json()["status"], "pending");
    client.advance(Duration::from_secs(1));
    let told = client.get(&path).json();
    assert_eq!(told["status"], "completed");
    assert!(told["result_url"].is_string() && told["audio_url"].is_string());
    assert_eq!(client.engine.ledger().spent, 2_000_000);
    let wrong = json!({"model": "nano-banana", "prompt": "a"});
    assert_eq!(client.post("/v1/videos/generations", &wrong).status, 400);
}

#[test]
fn a_task_stream_tells_each_state_once_and_shows_a_cancel() {
    let client = Client::new(slow());
    let id = submit(&client, &clip());
    let incoming = client.request("GET", &format!("/v1/tasks/stream/{id}"), "");
    let answered = client.engine.answer(&incoming);
    let said = |steps: &[spikeproof_mock::script::Step]| format!("{steps:?}");
    assert!(said(&answered.script.steps).contains("pending"));
    assert!(!said(&client.engine.proceed(&answered.call)).contains("task.updated"));
    client.advance(QUEUE);
    assert!(said(&client.engine.proceed(&answered.call)).contains("running"));
    let foreseen = said(&client.engine.foresee(&answered.call));
    assert!(foreseen.contains("completed") && !foreseen.contains("running"));
    client.send(&client.request("POST", &format!("/v1/tasks/cancel/{id}"), ""));
    let rest = client.engine.proceed(&answered.call);
    assert!(said(&rest).contains("cancelled") && rest.len() == 1);
    client.engine.finish(&answered.call);
    assert_eq!(client.engine.ledger().in_flight, 0);
    let late = client.get(&format!("/v1/tasks/stream/{id}"));
    assert_eq!(late.text().matches("event: task.updated").count(), 1);
}

#[test]
fn the_other_readings_of_a_task_are_told_as_they_are_documented() {
    let contract = Contract {
        task_shape: TaskShape::PerModel,
        first_status: FirstStatus::Queued,
        credit_unit: CreditUnit::Micros,
        cancel_cost: CancelCost::EstimateOnly,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    let told = client.post(SUBMIT, &clip()).json();
    assert_eq!(
        (&told["status"], &told["estimated_credits"]),
        (&json!("queued"), &json!(500_000))
    );
    let id = told["task_id"].as_str().unwrap().to_owned();
    client.advance(Duration::from_secs(1));
    let told = query(&client, &id);
    assert_eq!(told["credits"], 500_000);
    assert!(told["result"]["video_url"].is_string() && told["completed_at"].is_string());
    let mut body = clip();
    body["params"]["seed"] = 1.into();
    let id = submit(&client, &body);
    let told = client
        .post("/v1/tasks/cancel", &json!({"task_id": id}))
        .json();
    assert!(told.get("credits_used").is_none());
}
