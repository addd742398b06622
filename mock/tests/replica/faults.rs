use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::script::Step;
use spikeproof_mock::{Config, Fault, FaultSetting};

use crate::client::*;

fn named(name: &str) -> Client {
    Client::with_fault(Fault::parse(name).expect("a fault of that name"))
}

/// The status and money that a healthy replica has for one call.
fn healthy_charge() -> i64 {
    let client = Client::healthy();
    client.post(CHAT, &chat(false));
    client.engine.ledger().spent
}

#[test]
fn upstream_failures_come_in_every_routes_envelope_and_are_free() {
    for (name, status) in [
        ("rate-limited", 429),
        ("concurrency-limited", 429),
        ("upstream-500", 500),
        ("upstream-502", 502),
        ("upstream-503", 503),
        ("upstream-504", 504),
        ("upstream-529", 529),
    ] {
        let client = named(name);
        for (target, body) in text_calls() {
            assert_eq!(client.post(target, &body).status, status, "{name} {target}");
        }
        assert_eq!(client.post(IMAGES, &image()).status, status);
        assert_eq!(client.post(SUBMIT, &clip()).status, status);
        let anthropic = client.post(MESSAGES, &message(true)).json();
        assert_eq!(anthropic["type"], "error");
        assert_eq!(
            client.post(GEMINI, &contents()).json()["error"]["code"],
            status
        );
        assert_eq!(client.get("/v1/models").status, 200, "{name}");
        assert_eq!(client.get("/api/v1/me/account").status, 200, "{name}");
        client.advance(Duration::from_secs(5));
        let ledger = client.engine.ledger();
        assert_eq!(
            (ledger.spent, ledger.held, ledger.call_count),
            (0, 0, 0),
            "{name}"
        );
        assert_eq!(ledger.in_flight, 0);
    }
}

#[test]
fn a_failure_in_mid_stream_is_told_by_the_protocol_and_free() {
    let client = named("error-mid-stream");
    let messages = client.post(MESSAGES, &message(true)).text();
    assert!(messages.contains("event: error\n") && !messages.contains("message_stop"));
    let chat_text = client.post(CHAT, &chat(true)).text();
    assert!(chat_text.contains(r#"data: {"error":"#));
    let picture =
        json!({"model": "gpt-image-2", "prompt": "a", "stream": true, "partial_images": 2});
    let images = client.post(IMAGES, &picture).text();
    assert!(images.contains("event: error\n") && !images.contains("completed"));
    assert_eq!(client.engine.ledger().spent, 0);
    client.post(CHAT, &chat(false));
    assert_eq!(
        client.engine.ledger().spent,
        healthy_charge(),
        "whole bodies are untouched"
    );
}

#[test]
fn stalls_and_resets_end_the_script_half_way() {
    for (name, end) in [("stall", Step::Stall), ("reset", Step::Reset)] {
        let client = named(name);
        for (target, body) in text_calls() {
            let incoming = client.request("POST", target, body.to_string());
            let answered = client.engine.answer(&incoming);
            assert!(answered.script.steps.contains(&end), "{name} {target}");
            assert!(
                !answered.script.steps.contains(&Step::Settle),
                "{name} {target}"
            );
            client.engine.finish(&answered.call);
        }
        assert_eq!(client.engine.ledger().spent, 0);
        assert_eq!(client.engine.ledger().held, 0);
    }
}

#[test]
fn faults_of_the_head_change_the_quota_header_alone_and_no_reads_of_money() {
    let quota = "x-quota-remaining-credits";
    let missing = named("header-missing");
    let answer = missing.post(CHAT, &chat(false));
    assert_eq!(answer.header(quota), None);
    assert!(answer.header("x-ratelimit-remaining").is_some());
    assert!(missing.get("/api/v1/me/account").header(quota).is_some());
    let word = named("header-not-decimal");
    assert_eq!(
        word.post(CHAT, &chat(false)).header(quota),
        Some("unlimited")
    );
    let stale = named("header-stale");
    for _ in 0..3 {
        stale.post(IMAGES, &image());
    }
    assert_eq!(
        stale.get("/v1/models").header(quota),
        stale.get("/v1/models").header(quota)
    );
    let before = stale.get("/v1/models").header(quota).map(str::to_owned);
    stale.post(IMAGES, &image());
    assert_eq!(
        stale.get("/v1/models").header(quota).map(str::to_owned),
        before
    );
    stale.advance(Duration::from_secs(30));
    assert_ne!(
        stale.get("/v1/models").header(quota).map(str::to_owned),
        before
    );
}

#[test]
fn wrong_envelopes_and_labels_are_wrong_and_nothing_else_is() {
    let client = named("wrong-error-envelope");
    let answer = client.post(MESSAGES, &json!({"model": "claude-sonnet-4-6"}));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["code"], "invalid_param");
    assert!(answer.json().get("type").is_none());
    assert!(answer.header("request-id").is_some());
    let client = named("wrong-content-type");
    let healthy = Client::healthy();
    let (wrong, right) = (
        client.post(CHAT, &chat(true)),
        healthy.post(CHAT, &chat(true)),
    );
    assert_eq!(wrong.header("content-type"), Some("application/json"));
    assert_eq!(wrong.body, right.body);
    assert_eq!(
        client.post(CHAT, &chat(false)).header("content-type"),
        Some("text/plain")
    );
}

#[test]
fn each_stream_fault_edits_text_streams_only() {
    let healthy = Client::healthy();
    for fault in Fault::all().filter(|fault| matches!(fault, Fault::Stream(_))) {
        let client = Client::with_fault(fault);
        // Frames rather than bodies: a frame split in two is the same body.
        let steps = |client: &Client, target: &str, body: &Value| {
            let answered = client
                .engine
                .answer(&client.request("POST", target, body.to_string()));
            client.engine.finish(&answered.call);
            answered.script.steps
        };
        let edited = text_calls()
            .iter()
            .any(|(target, body)| steps(&client, target, body) != steps(&healthy, target, body));
        assert!(edited, "{} edits nothing", fault.name());
        for (target, body) in text_calls()
            .iter()
            .filter(|(_, body)| body["stream"] == false)
        {
            let (one, two) = (client.post(target, body), healthy.post(target, body));
            assert_eq!(one.body, two.body, "{} {target}", fault.name());
        }
        let spent = |client: &Client| client.engine.ledger().call_count;
        assert!(spent(&client) > 0);
    }
}

/// Money spent, rows, calls counted and transactions after one good and one bad call.
fn books(name: &str) -> (i64, usize, u64, usize) {
    let client = named(name);
    client.post(CHAT, &chat(false));
    client.post(CHAT, &json!({"model": "none"}));
    let ledger = client.engine.ledger();
    assert_eq!(
        ledger.available,
        ledger.credited - ledger.spent - ledger.held
    );
    (
        ledger.spent,
        ledger.rows.len(),
        ledger.call_count,
        ledger.transactions.len(),
    )
}

#[test]
fn faults_of_the_ledger_change_exactly_what_they_say() {
    let cost = healthy_charge();
    assert_eq!(books("bill-failed-call"), (cost + 10_000, 1, 1, 1));
    assert_eq!(books("bill-twice"), (2 * cost, 2, 2, 1));
    assert_eq!(books("lose-charge"), (0, 1, 1, 1));
    assert_eq!(books("count-failed-call"), (cost, 1, 2, 1));
    assert_eq!(books("row-missing"), (cost, 0, 1, 1));
    assert_eq!(books("refund-after-failure"), (cost, 1, 1, 2));
    assert_eq!(books("bill-free-endpoint"), (cost, 1, 1, 1));
    assert_eq!(books("slow-settle"), (0, 0, 0, 1));
}

#[test]
fn a_failed_call_with_a_known_price_is_wrongly_billed_that_price() {
    let faults = ["upstream-503", "bill-failed-call"].map(|name| {
        let fault = Fault::parse(name).unwrap();
        FaultSetting {
            fault,
            probability: 1.0,
        }
    });
    let client = Client::new(Config {
        faults: faults.to_vec(),
        ..Config::default()
    });
    assert_eq!(client.post(CHAT, &chat(false)).status, 503);
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.rows.len()), (healthy_charge(), 0));
}

#[test]
fn a_slow_charge_comes_two_seconds_late_and_a_lost_hold_stays() {
    let client = named("slow-settle");
    client.post(CHAT, &chat(false));
    client.advance(Duration::from_secs(2));
    assert_eq!(client.engine.ledger().spent, healthy_charge());
    let client = named("hold-never-released");
    client.post(CHAT, &chat(false));
    let ledger = client.engine.ledger();
    assert_eq!(ledger.spent, healthy_charge());
    assert!(ledger.held > 0);
}

#[test]
fn free_routes_cost_a_cent_each_under_their_fault() {
    let client = named("bill-free-endpoint");
    for target in ["/v1/models", "/api/v1/me/account", "/v1/usage"] {
        client.get(target);
    }
    let ledger = client.engine.ledger();
    assert_eq!(
        (ledger.spent, ledger.call_count, ledger.rows.len()),
        (30_000, 0, 0)
    );
}

#[test]
fn task_faults_charge_polls_and_cancels() {
    let id = |answer: Answer| -> Value { answer.json()["task_id"].clone() };
    let client = named("bill-each-poll");
    let task = id(client.post(SUBMIT, &clip()));
    client.advance(Duration::from_secs(1));
    for _ in 0..2 {
        client.post("/v1/tasks/query", &json!({"task_id": task}));
    }
    assert_eq!(client.engine.ledger().spent, 1_500_000);
    assert_eq!(client.engine.ledger().call_count, 1);
    let client = named("bill-cancelled-task");
    let task = id(client.post(SUBMIT, &clip()));
    let told = client
        .post("/v1/tasks/cancel", &json!({"task_id": task}))
        .json();
    assert_eq!(told["credits_used"], json!(0.0));
    assert_eq!(client.engine.ledger().spent, 500_000);
}

#[test]
fn a_fault_strikes_its_share_of_equal_requests_and_the_same_ones_each_time() {
    let strikes = |seed| -> Vec<u16> {
        let fault = Fault::parse("upstream-500").unwrap();
        let faults = vec![FaultSetting {
            fault,
            probability: 0.25,
        }];
        let client = Client::new(Config {
            seed,
            faults,
            ..Config::default()
        });
        (0..400)
            .map(|_| client.post(CHAT, &chat(false)).status)
            .collect()
    };
    let statuses = strikes(3);
    let struck = statuses.iter().filter(|status| **status == 500).count();
    assert!((60..140).contains(&struck), "{struck} of 400");
    assert_eq!(statuses, strikes(3));
    assert_ne!(statuses, strikes(4));
}
