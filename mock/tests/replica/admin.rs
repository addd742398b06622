//! `/__replica/` and the header `x-replica-fault`: what only a replica has.

use serde_json::{Value, json};
use spikeproof_mock::{Config, Fault, FaultSetting, Upstream};

use crate::client::*;

fn admin(client: &Client, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let mut incoming = client.request(method, path, body.to_string());
    // It asks for no key.
    incoming.headers.clear();
    let answer = client.send(&incoming);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-ratelimit-limit"), None);
    (answer.status, answer.json())
}

fn on(client: &Client, body: &Value) -> Value {
    let (status, told) = admin(client, "POST", "/__replica/faults", body);
    assert_eq!(status, 200, "{told}");
    told
}

fn get(client: &Client, path: &str) -> Value {
    let (status, told) = admin(client, "GET", path, &json!(null));
    assert_eq!(status, 200, "{told}");
    told
}

fn message(told: &Value) -> &str {
    told["error"]["message"].as_str().expect("a message")
}

#[test]
fn a_fault_strikes_as_often_as_asked_for_and_only_what_it_is_meant_for() {
    let client = Client::healthy();
    let told = on(
        &client,
        &json!({"fault": "upstream-503", "count": 2, "route": "/v1/messages", "model": "claude"}),
    );
    assert_eq!(told["switched_on"]["count"], 2);
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    let mut gpt = crate::client::message(false);
    gpt["model"] = json!("gpt-5-4");
    assert_eq!(client.post(MESSAGES, &gpt).status, 200);
    let claude = || client.post(MESSAGES, &crate::client::message(false)).status;
    assert_eq!([claude(), claude(), claude()], [503, 503, 200]);
    assert_eq!(get(&client, "/__replica/faults")["active"], json!([]));
}

#[test]
fn a_fault_of_one_key_leaves_the_others_alone() {
    let client = Client::healthy();
    let made = client.post("/api/v1/keys", &json!({"name": "second", "group_id": 3}));
    let secret = made.json()["key"].as_str().expect("a secret").to_owned();
    on(&client, &json!({"fault": "upstream-500", "key": secret}));
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    let mut incoming = client.request("POST", CHAT, chat(false).to_string());
    incoming.headers = vec![("x-api-key".to_owned(), secret)];
    assert_eq!(client.send(&incoming).status, 500);
    let listed = get(&client, "/__replica/faults");
    assert_eq!(listed["active"][0]["key"], 2, "the secret is not repeated");
}

#[test]
fn faults_go_off_by_name_by_number_and_all_at_once() {
    let client = Client::new(Config {
        faults: vec![FaultSetting {
            fault: Fault::parse("stall").expect("known"),
            probability: 0.5,
        }],
        ..Config::default()
    });
    let second = on(&client, &json!({"fault": "reset"}))["switched_on"]["id"].clone();
    on(&client, &json!({"fault": "reset", "probability": 0.25}));
    on(&client, &json!({"fault": "upstream-500"}));
    let off = |query: &str| {
        let path = format!("/__replica/faults{query}");
        admin(&client, "DELETE", &path, &json!(null)).1["switched_off"].clone()
    };
    assert_eq!(off(&format!("?id={second}")), 1);
    assert_eq!(off("?fault=reset"), 1);
    assert_eq!(off("?fault=reset"), 0);
    assert_eq!(off(""), 2);
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn a_request_can_ask_for_its_own_fault_and_no_other_request_has_it() {
    let client = Client::healthy();
    let asking = |faults: &str| {
        let mut incoming = client.request("POST", CHAT, chat(true).to_string());
        let header = ("x-replica-fault".to_owned(), faults.to_owned());
        incoming.headers.push(header);
        client.send(&incoming)
    };
    let sound = client.post(CHAT, &chat(true));
    assert_eq!(asking("upstream-529").status, 529);
    assert_ne!(asking("drop-event, header-missing").body, sound.body);
    assert_eq!(
        asking("header-missing,").header("x-quota-remaining-credits"),
        None
    );
    // What has nothing to do with the request does nothing.
    assert_eq!(asking("bill-free-endpoint").body, sound.body);
    assert_eq!(client.post(CHAT, &chat(true)).body, sound.body);
    let spent = client.engine.ledger().spent;
    let wrong = asking("drop-evnt");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("did you mean `drop-event`?"));
    assert_eq!(client.engine.ledger().spent, spent);
}

#[test]
fn the_clock_moves_on_stops_and_runs_again() {
    let client = Client::healthy();
    let turn = |body| admin(&client, "POST", "/__replica/clock", &body);
    let (_, told) = turn(json!({"advance_seconds": 90.5}));
    assert_eq!(told["unix_seconds"], START + 90);
    assert_eq!(told["runs"], false);
    let (_, told) = turn(json!({"set": "2026-06-01T00:00:00Z"}));
    assert_eq!(told["now"], "2026-06-01T00:00:00Z");
    let (_, told) = turn(json!({"set": 1_790_000_000}));
    assert_eq!(told["unix_seconds"], 1_790_000_000);
    let (_, told) = turn(json!({"run": true}));
    assert_eq!(told["runs"], true);
    let (_, told) = turn(json!({"advance_seconds": 3600}));
    assert_eq!(told["runs"], true);
    assert!(told["unix_seconds"].as_u64().expect("a number") >= 1_790_003_600);
    for wrong in [
        json!({"advance_seconds": -1}),
        json!({"advance_seconds": 1e300}),
        json!({"set": "tomorrow"}),
        json!({"set": u64::MAX}),
        json!({"run": false}),
        json!({"run": true, "set": 1}),
        json!({}),
        json!([]),
    ] {
        assert_eq!(turn(wrong.clone()).0, 400, "{wrong}");
    }
}

#[test]
fn money_is_shown_topped_up_and_put_back() {
    let client = Client::healthy();
    let key = client.engine.key().to_owned();
    let start = get(&client, "/__replica/ledger");
    client.post(CHAT, &chat(false));
    client.post(SUBMIT, &clip());
    let told = get(&client, "/__replica/ledger?rows=5");
    let truth = client.engine.ledger();
    assert_eq!(told["spent"], truth.spent);
    assert_eq!(told["held"], truth.held);
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(1));
    let (status, told) = admin(
        &client,
        "POST",
        "/__replica/topup",
        &json!({"micro_usd": 5_000_000}),
    );
    assert_eq!(
        (status, &told["available"]),
        (200, &json!(truth.available + 5_000_000))
    );
    assert_eq!(client.engine.ledger().transactions.len(), 2);
    for wrong in [
        json!({"micro_usd": 0}),
        json!({"micro_usd": 1.5}),
        json!({"usd": 1}),
    ] {
        assert_eq!(admin(&client, "POST", "/__replica/topup", &wrong).0, 400);
    }
    on(&client, &json!({"fault": "stall"}));
    let (status, _) = admin(&client, "POST", "/__replica/reset", &json!(null));
    assert_eq!(status, 200);
    assert_eq!(get(&client, "/__replica/ledger")["spent"], start["spent"]);
    assert_eq!(get(&client, "/__replica/faults")["active"], json!([]));
    assert_eq!(client.engine.key(), key);
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn an_answer_under_way_goes_on_over_a_reset_and_costs_nothing() {
    let client = Client::new(Config {
        upstream: Upstream {
            slots: Some(1),
            ..Upstream::default()
        },
        ..Config::default()
    });
    let incoming = client.request("POST", CHAT, chat(true).to_string());
    let (first, waiting) = (
        client.engine.answer(&incoming),
        client.engine.answer(&incoming),
    );
    let told = get(&client, "/__replica/slots");
    assert_eq!(told["pools"][0]["waiting"], 1);
    client.engine.reset();
    assert!(
        client
            .engine
            .poll_slot(&waiting.call, std::task::Waker::noop())
            .is_ready()
    );
    for answered in [first, waiting] {
        client.engine.settle(&answered.call);
        client.engine.finish(&answered.call);
    }
    let truth = client.engine.ledger();
    assert_eq!((truth.spent, truth.held, truth.in_flight), (0, 0, 0));
    assert_eq!(get(&client, "/__replica/slots")["pools"], json!([]));
}

/// Method, path, body, and the status and words that it is answered with.
const WRONG: [(&str, &str, &str, u16, &str); 12] = [
    (
        "POST",
        "/faults",
        r#"{"fault": "stal"}"#,
        400,
        "did you mean `stall`?",
    ),
    (
        "POST",
        "/faults",
        r#"{"fautl": "stall"}"#,
        400,
        "did you mean `fault`?",
    ),
    ("POST", "/faults", "{}", 400, "`fault` is missing"),
    (
        "POST",
        "/faults",
        r#"{"fault": "stall", "count": 0}"#,
        400,
        "`count` is",
    ),
    (
        "POST",
        "/faults",
        r#"{"fault": "stall", "probability": 2}"#,
        400,
        "`probability` is",
    ),
    (
        "POST",
        "/faults",
        r#"{"fault": "stall", "key": 99}"#,
        400,
        "`key` is no key",
    ),
    ("POST", "/faults", "stall", 400, "a JSON object"),
    (
        "DELETE",
        "/faults?fault=resset",
        "",
        400,
        "did you mean `reset`?",
    ),
    (
        "GET",
        "/legder",
        "",
        404,
        "did you mean `/__replica/ledger`?",
    ),
    ("GET", "/topup", "", 405, "takes POST, not GET"),
    ("PUT", "/faults", "", 405, "takes GET and POST and DELETE"),
    ("GET", "/ledger?rows=all", "", 400, "`rows` is"),
];

#[test]
fn what_is_asked_wrongly_is_answered_with_the_nearest_known() {
    let client = Client::healthy();
    for (method, path, body, status, says) in WRONG {
        let path = format!("/__replica{path}");
        let answer = client.send(&client.request(method, &path, body));
        let told = answer.json();
        assert_eq!(answer.status, status, "{method} {path} {body}: {told}");
        assert!(
            message(&told).contains(says),
            "{method} {path} {body}: {told}"
        );
    }
}

#[test]
fn more_faults_than_anybody_means_are_refused() {
    let client = Client::healthy();
    for _ in 0..200 {
        on(&client, &json!({"fault": "stall", "probability": 1e-9}));
    }
    let fault = json!({"fault": "stall"});
    let (status, _) = admin(&client, "POST", "/__replica/faults", &fault);
    assert_eq!(status, 409);
}

#[test]
fn it_leaves_no_trace_in_the_books_and_can_be_left_out() {
    let client = Client::healthy();
    for path in [
        "",
        "/",
        "/faults",
        "/contract",
        "/config",
        "/clock",
        "/ledger",
        "/slots",
    ] {
        get(&client, &format!("/__replica{path}"));
    }
    let contract = get(&client, "/__replica/contract");
    assert_eq!(contract["contract"][0]["id"], "C-01");
    let config = get(&client, "/__replica/config");
    assert_eq!(config["contract"]["C-09"], "409");
    let truth = client.engine.ledger();
    assert_eq!((truth.spent, truth.call_count, truth.rows.len()), (0, 0, 0));

    let without = Client::new(Config {
        admin: false,
        ..Config::default()
    });
    let refused = without.get("/__replica/faults");
    assert_eq!(refused.json()["error"]["code"], "not_found");
    assert_eq!(refused.status, 404);
    let mut incoming = without.request("POST", CHAT, chat(true).to_string());
    let header = ("x-replica-fault".to_owned(), "no-such-fault".to_owned());
    incoming.headers.push(header);
    assert_eq!(without.send(&incoming).status, 200);
    // A path that only looks alike is the gateway's to refuse.
    assert_eq!(
        client.get("/__replicas").json()["error"]["code"],
        "not_found"
    );
}
