//! What can become of a task: every end in every state, under every reading.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::{CancelBill, ParameterLimits, RenderTime, TaskShape};
use spikeproof_mock::script::Step;
use spikeproof_mock::{Config, Contract, Delay, Fault};

use crate::client::*;

const QUEUE: Duration = Duration::from_secs(10);
const RUN: Duration = Duration::from_secs(50);

fn slow(contract: Contract) -> Config {
    Config {
        task_queue: Delay::Constant(QUEUE),
        task_run: Delay::Constant(RUN),
        contract,
        ..Config::default()
    }
}

fn submitted(client: &Client, body: &Value) -> Value {
    let answer = client.post(SUBMIT, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn query(client: &Client, task: &Value) -> Answer {
    client.post("/v1/tasks/query", &json!({"task_id": task["task_id"]}))
}

fn wish(prompt: &str) -> Value {
    json!({"model": "sora-2", "params": {"prompt": prompt, "duration_seconds": 5}})
}

#[test]
fn each_way_to_fail_has_its_own_code_and_is_free() {
    for (mark, code, after) in [
        ("[[fail]]", "upstream_error", RUN),
        ("[[block]]", "content_policy_violation", RUN),
        ("[[hang]]", "timeout", Duration::from_secs(900)),
    ] {
        let client = Client::new(slow(Contract::default()));
        let task = submitted(&client, &wish(mark));
        client.advance(QUEUE + after - Duration::from_secs(1));
        assert_eq!(query(&client, &task).json()["status"], "running", "{mark}");
        client.advance(Duration::from_secs(1));
        let told = query(&client, &task).json();
        let error = &told["error"]["code"];
        assert_eq!((&told["status"], error), (&json!("failed"), &json!(code)));
        assert!(told.get("output").is_none(), "{told}");
        let ledger = client.engine.ledger();
        assert_eq!((ledger.spent, ledger.held, ledger.call_count), (0, 0, 0));
    }
}

#[test]
fn a_task_that_would_run_for_too_long_is_given_up() {
    let client = Client::new(Config {
        task_timeout: Duration::from_secs(20),
        ..slow(Contract::default())
    });
    let task = submitted(&client, &clip());
    client.advance(QUEUE + Duration::from_secs(20));
    assert_eq!(query(&client, &task).json()["error"]["code"], "timeout");
}

#[test]
fn the_fault_that_lets_tasks_fail_leaves_the_money_alone() {
    let client = Client::with_fault(Fault::parse("task-fails").expect("a fault"));
    let task = submitted(&client, &clip());
    client.advance(Duration::from_secs(1));
    assert_eq!(query(&client, &task).json()["status"], "failed");
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.held), (0, 0));
    assert_eq!(client.post(IMAGES, &image()).status, 200);
}

#[test]
fn a_record_runs_out_and_its_own_id_is_free_again() {
    let client = Client::new(Config {
        task_kept: Duration::from_secs(3600),
        ..Config::default()
    });
    let mut body = clip();
    body["out_task_id"] = "mine".into();
    let first = submitted(&client, &body);
    client.advance(Duration::from_secs(3590));
    assert_eq!(submitted(&client, &body)["task_id"], first["task_id"]);
    client.advance(Duration::from_secs(20));
    let gone = query(&client, &first);
    let code = json!("task_not_found");
    assert_eq!((gone.status, &gone.json()["error"]["code"]), (404, &code));
    let second = submitted(&client, &body);
    assert_ne!(second["task_id"], first["task_id"]);
    client.advance(Duration::from_secs(1));
    assert_eq!(client.engine.ledger().call_count, 2);
}

#[test]
fn a_cancel_in_each_state_is_told_in_each_dialect() {
    let shapes = [TaskShape::Reference, TaskShape::PerModel, TaskShape::Videos];
    for task_shape in shapes {
        let contract = Contract {
            task_shape,
            ..Contract::default()
        };
        // (waiting, the status after the cancel, what is charged)
        for (prompt, wait, status, charge) in [
            ("a", Duration::ZERO, "cancelled", 0),
            ("a", QUEUE + RUN / 2, "cancelled", 200_000),
            ("a", QUEUE + RUN, "completed", 500_000),
            ("a [[fail]]", QUEUE + RUN, "failed", 0),
        ] {
            let client = Client::new(slow(contract));
            let task = submitted(&client, &wish(prompt));
            client.advance(wait);
            let before = query(&client, &task).json();
            let path = format!("/v1/tasks/cancel/{}", task["task_id"].as_str().unwrap());
            let cancelled = client.send(&client.request("POST", &path, ""));
            let told = cancelled.json();
            assert_eq!((cancelled.status, &told["status"]), (200, &json!(status)));
            assert_eq!(query(&client, &task).json(), told);
            if status != "cancelled" {
                assert_eq!(told, before, "what is over stays as it was");
            }
            let videos = format!("/v1/videos/tasks/{}", task["task_id"].as_str().unwrap());
            assert_eq!(client.get(&videos).json()["status"], status);
            client.advance(RUN * 2);
            assert_eq!(query(&client, &task).json(), told);
            let ledger = client.engine.ledger();
            assert_eq!(
                (ledger.spent, ledger.held),
                (charge, 0),
                "{task_shape:?} {status}"
            );
        }
    }
}

#[test]
fn a_running_video_that_is_cancelled_is_free_under_the_other_reading() {
    let contract = Contract {
        cancel_bill: CancelBill::Free,
        ..Contract::default()
    };
    let client = Client::new(slow(contract));
    let task = submitted(&client, &clip());
    client.advance(QUEUE + RUN / 2);
    let cancel = json!({"task_id": task["task_id"]});
    let told = client.post("/v1/tasks/cancel", &cancel).json();
    assert_eq!(
        (&told["status"], &told["credits_used"]),
        (&json!("cancelled"), &json!(0.0))
    );
    assert_eq!(client.engine.ledger().spent, 0);
}

#[test]
fn the_third_dialect_tells_an_address_and_nothing_of_lists() {
    let contract = Contract {
        task_shape: TaskShape::Videos,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    let body = json!({"model": "veo3.1", "prompt": "a", "duration_seconds": 5, "audio": true});
    let task = submitted(&client, &body);
    client.advance(Duration::from_secs(1));
    let told = query(&client, &task).json();
    assert!(told.get("output").is_none() && told.get("result").is_none());
    for (name, kind, magic) in [
        ("result_url", "video/mp4", &b"ftyp"[..]),
        ("audio_url", "audio/wav", b"RIFF"),
    ] {
        let url = told[name].as_str().unwrap();
        let asset = client.get(&url[url.find("/assets").unwrap()..]);
        assert_eq!(
            (asset.status, asset.header("content-type")),
            (200, Some(kind))
        );
        let start = if magic == b"ftyp" { 4 } else { 0 };
        assert_eq!(&asset.body[start..start + 4], magic);
    }
}

/// Width and height that the film's track tells.
fn film(client: &Client, body: &Value) -> (u32, u32) {
    let task = submitted(client, body);
    client.advance(Duration::from_secs(1));
    let told = query(client, &task).json();
    let url = told["output"][0]["url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let film = client.get(&url[url.find("/assets").expect("ours")..]).body;
    let at = film
        .windows(4)
        .position(|name| name == b"tkhd")
        .expect("a track")
        + 4
        + 76;
    let side = |at: usize| u32::from(u16::from_be_bytes([film[at], film[at + 1]]));
    (side(at), side(at + 4))
}

#[test]
fn a_film_has_the_size_that_was_asked_for() {
    let client = Client::healthy();
    for (field, value, size) in [
        ("resolution", "1080p", (1920, 1080)),
        ("resolution", "720p", (1280, 720)),
        ("aspect_ratio", "9:16", (720, 1280)),
        ("aspect_ratio", "1:1", (720, 720)),
        ("size", "1920x1080", (1920, 1080)),
    ] {
        let mut body = clip();
        body["params"][field] = value.into();
        assert_eq!(film(&client, &body), size, "{field} {value}");
    }
}

#[test]
fn pictures_of_a_task_have_the_format_that_was_asked_for() {
    let client = Client::healthy();
    let params = json!({"prompt": "a", "output_format": "webp", "background": "transparent"});
    let task = submitted(&client, &json!({"model": "gpt-image-2", "params": params}));
    client.advance(Duration::from_secs(1));
    let told = query(&client, &task).json();
    let url = told["output"][0]["url"].as_str().unwrap();
    let asset = client.get(&url[url.find("/assets").unwrap()..]);
    assert_eq!(asset.header("content-type"), Some("image/webp"));
}

#[test]
fn parameters_are_checked_by_name_and_by_model() {
    let narrow = Client::new(Config {
        contract: Contract {
            parameter_limits: ParameterLimits::Reference,
            ..Contract::default()
        },
        ..Config::default()
    });
    let wide = Client::healthy();
    // (model, parameter, value, status under the narrow and under the wide reading)
    for (model, field, value, statuses) in [
        ("sora-2", "duration_seconds", json!(11), [400, 200]),
        ("sora-2", "duration_seconds", json!(21), [400, 400]),
        ("sora-2", "duration_seconds", json!(2.5), [400, 400]),
        ("sora-2", "duration_seconds", json!("5"), [400, 400]),
        ("veo-3.1-fast", "resolution", json!("1080p"), [400, 200]),
        ("sora-2", "resolution", json!("4k"), [400, 400]),
        ("sora-2", "aspect_ratio", json!("21:9"), [400, 400]),
        ("sora-2", "seed", json!(-1), [400, 400]),
        ("sora-2-pro", "style_preset", json!("anime"), [200, 200]),
        ("sora-2", "style_preset", json!("anime"), [400, 200]),
        ("sora-2-pro", "style_preset", json!("noir"), [400, 400]),
        (
            "seedance-1.5-pro",
            "motion_intensity",
            json!("high"),
            [200, 200],
        ),
        ("sora-2", "motion_intensity", json!("high"), [400, 200]),
        (
            "seedance-1.5-pro",
            "motion_intensity",
            json!("wild"),
            [400, 400],
        ),
        (
            "sora-2",
            "image_init",
            json!("https://a.example/1.png"),
            [200, 200],
        ),
        ("sora-2", "image_init", json!("1.png"), [400, 400]),
        ("sora-2", "audio", json!(true), [400, 200]),
        ("sora-2", "audio", json!("yes"), [400, 400]),
    ] {
        let mut params = json!({"prompt": "a kite", "duration_seconds": 4});
        params[field] = value.clone();
        for (client, status) in [&narrow, &wide].into_iter().zip(statuses) {
            // Both dialects of a submission.
            let nested = json!({"model": model, "params": params});
            let mut flat = params.clone();
            flat["model"] = model.into();
            for body in [nested, flat] {
                let answer = client.post(SUBMIT, &body);
                assert_eq!(answer.status, status, "{body}: {}", answer.text());
                if status == 400 {
                    assert_eq!(answer.json()["error"]["param"], field);
                }
            }
        }
    }
}

#[test]
fn render_times_follow_the_model_or_the_page() {
    let estimate = |config: Config, model: &str| {
        let client = Client::new(config);
        let body = json!({"model": model, "params": {"prompt": "a", "duration_seconds": 4}});
        submitted(&client, &body)["estimated_seconds"]
            .as_u64()
            .unwrap()
    };
    for (render_time, model, seconds) in [
        (RenderTime::Submit10To60, "sora-2", 10..=61),
        (RenderTime::Multimodal30To180, "sora-2", 30..=181),
        (RenderTime::PerModel, "sora-2", 60..=121),
        (RenderTime::PerModel, "seedance-fast", 15..=26),
    ] {
        let contract = Contract {
            render_time,
            ..Contract::default()
        };
        let config = Config {
            contract,
            ..Config::default()
        };
        let told = estimate(config, model);
        assert!(seconds.contains(&told), "{render_time:?} {model} {told}");
    }
    let own = Config {
        task_run_of: vec![("sora-2".to_owned(), Delay::Constant(RUN))],
        ..Config::default()
    };
    assert_eq!(estimate(own.clone(), "sora-2"), 50);
    assert_eq!(estimate(own, "sora-2-pro"), 1);
}

#[test]
fn a_stream_in_which_nothing_changes_says_that_it_is_alive() {
    let client = Client::new(slow(Contract::default()));
    let task = submitted(&client, &wish("a"));
    let path = format!("/v1/tasks/stream/{}", task["task_id"].as_str().unwrap());
    let answered = client.engine.answer(&client.request("GET", &path, ""));
    client.advance(QUEUE);
    let mut beats = 0;
    for _ in 0..49 {
        client.advance(Duration::from_secs(1));
        for step in client.engine.proceed(&answered.call) {
            if let Step::Frame(frame) = step {
                beats += u32::from(frame.bytes.starts_with(b": "));
            }
        }
    }
    assert_eq!(beats, 3, "once in fifteen seconds");
    client.engine.finish(&answered.call);
}
