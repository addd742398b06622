use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::{KeyBase, UsageRows};
use spikeproof_mock::{Config, Contract};

use crate::client::*;

/// USD in JSON as micro-USD, read from the text so that no float is in between.
fn micros(value: &Value) -> i64 {
    let text = value.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest: String = rest.chars().chain("000000".chars()).take(6).collect();
    format!("{whole}{rest}").parse().expect("a decimal number")
}

#[test]
fn reading_the_account_costs_nothing_and_its_arithmetic_holds() {
    let client = Client::healthy();
    client.post(MESSAGES, &message(false));
    let spent = client.engine.ledger().spent;
    let body = client.get("/api/v1/me/account").json();
    let balance = &body["balance"];
    assert_eq!(micros(&balance["lifetime_spent_usd"]), spent);
    let (topup, left) = (&balance["lifetime_topup_usd"], &balance["available_usd"]);
    assert_eq!(micros(topup) - spent, micros(left));
    assert_eq!(balance["low_balance_flagged"], false);
    assert_eq!(body["org"], Value::Null);
    let listed = client.get("/v1/models").json()["data"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(
        body["allowed_models"].as_array().map(Vec::len),
        Some(listed)
    );
    for path in ["/api/v1/me/available-models", "/api/v1/groups/available"] {
        assert_eq!(client.get(path).status, 200);
    }
    assert_eq!(client.engine.ledger().spent, spent);
}

#[test]
fn a_call_in_flight_lowers_what_is_available_and_no_header() {
    let client = Client::healthy();
    let open = client
        .engine
        .answer(&client.request("POST", MESSAGES, message(true).to_string()));
    let held = client.engine.ledger().held;
    assert!(held > 0);
    let answer = client.get("/api/v1/me/account");
    let left = micros(&answer.json()["balance"]["available_usd"]);
    assert_eq!(left, 100_000_000_000 - held);
    assert_eq!(answer.header("x-quota-remaining-credits"), Some("50000.00"));
    client.engine.finish(&open.call);
    assert_eq!(client.engine.ledger().held, 0);
}

#[test]
fn usage_groups_partition_the_same_totals() {
    let client = Client::healthy();
    for (target, body) in text_calls() {
        client.post(target, &body);
        client.advance(Duration::from_secs(5 * 3600));
    }
    let totals = client.get("/api/v1/me/usage").json()["totals"].clone();
    assert_eq!(totals["call_count"], client.engine.ledger().call_count);
    for group in [
        "day",
        "hour",
        "model",
        "api_key",
        "day,model",
        "hour,model,api_key",
    ] {
        let body = client
            .get(&format!("/api/v1/me/usage?group_by={group}"))
            .json();
        assert_eq!(body["totals"], totals, "{group}");
        let buckets = body["buckets"].as_array().unwrap();
        let sum: u64 = buckets
            .iter()
            .map(|bucket| bucket["call_count"].as_u64().unwrap())
            .sum();
        assert_eq!(sum, totals["call_count"].as_u64().unwrap(), "{group}");
        let with_model = buckets.iter().all(|bucket| bucket["model"].is_string());
        assert_eq!(with_model, group.contains("model"));
    }
    let days = client.get("/api/v1/me/usage").json()["buckets"].clone();
    assert!(
        days[0]["bucket"].as_str() > days[1]["bucket"].as_str(),
        "newest first"
    );
    let one = client.get("/api/v1/me/usage?model=gpt-5-4").json();
    assert_eq!(one["totals"]["call_count"], 2);
    assert_eq!(
        client.get("/api/v1/me/usage?api_key=nobody").json()["totals"]["call_count"],
        0
    );
    assert_eq!(client.get("/api/v1/me/usage?group_by=mood").status, 400);
    assert_eq!(client.get("/api/v1/me/usage?since=soon").status, 400);
    let half = client.get("/api/v1/me/usage?since=2026-05-25T14:00:00Z&until=2026-05-25T19:00:00Z");
    assert_eq!(
        half.json()["totals"]["call_count"],
        1,
        "the end of a span is not in it"
    );
    let none = client
        .get("/api/v1/me/usage?since=2026-05-20&until=2026-05-25T14:00:00Z")
        .json();
    assert_eq!(none["totals"]["call_count"], 0);
}

#[test]
fn rows_match_the_calls_by_request_id_and_page_from_the_newest() {
    let client = Client::healthy();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            let answer = client.post(CHAT, &chat(false));
            answer.header("x-request-id").unwrap().to_owned()
        })
        .collect();
    for path in ["/v1/usage", "/api/v1/usage"] {
        let body = client
            .get(&format!("{path}?page=2&page_size=2&api_key_id=1"))
            .json();
        assert_eq!(body["total"], 5);
        let rows = body["items"].as_array().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["request_id"], ids[2]);
        assert_eq!(rows[1]["request_id"], ids[1]);
    }
    let text = client.get("/v1/usage?limit=1").text();
    let charge = client.engine.ledger().rows[4].charge;
    assert!(
        text.contains(format!(r#""credits":0.{charge:06}"#).trim_end_matches('0')),
        "{text}"
    );
    let with = |usage_rows| {
        let contract = Contract {
            usage_rows,
            ..Contract::default()
        };
        Client::new(Config {
            contract,
            ..Config::default()
        })
    };
    assert_eq!(with(UsageRows::Nowhere).get("/v1/usage").status, 404);
    let also = with(UsageRows::AlsoOnMe)
        .get("/api/v1/me/usage?limit=3")
        .json();
    assert_eq!(also["items"], json!([]));
}

#[test]
fn transactions_hold_the_top_up_and_refuse_bad_pages() {
    let client = Client::healthy();
    client.post(CHAT, &chat(false));
    let path = "/api/v1/me/billing/transactions";
    let body = client.get(path).json();
    assert_eq!(
        (&body["total"], &body["page_size"]),
        (&json!(1), &json!(50))
    );
    assert_eq!(body["items"][0]["kind"], "topup");
    assert_eq!(body["items"][0]["amount_usd"], 100_000.0);
    for query in [
        "page=0",
        "page_size=201",
        "page=x",
        "since=then",
        "kind=gift",
    ] {
        let answer = client.get(&format!("{path}?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
    assert_eq!(
        client.get(&format!("{path}?kind=refund")).json()["total"],
        0
    );
    assert_eq!(client.get(&format!("{path}?page=9")).json()["total"], 1);
}

#[test]
fn webhooks_are_made_listed_changed_and_removed_and_the_secret_is_told_once() {
    let client = Client::healthy();
    let path = "/api/v1/me/webhooks";
    let body =
        json!({"url": "https://example.com/hook", "event_types": ["system.payment.received"]});
    let made = client.post(path, &body).json();
    assert_eq!(made["secret"].as_str().map(str::len), Some(32));
    assert!(client.get(path).json()["items"][0].get("secret").is_none());
    let one = format!("{path}/{}", made["id"]);
    let change = json!({"status": "disabled"}).to_string();
    let changed = client.send(&client.request("PUT", &one, change)).json();
    assert_eq!(changed["status"], "disabled");
    assert_eq!(client.get(&format!("{one}/deliveries")).json()["total"], 0);
    assert_eq!(client.send(&client.request("DELETE", &one, "")).status, 200);
    assert_eq!(client.send(&client.request("DELETE", &one, "")).status, 404);
    assert_eq!(
        client
            .post(path, &json!({"url": "ftp://x", "event_types": []}))
            .status,
        400
    );
}

#[test]
fn a_new_key_works_within_its_group_caps_and_days() {
    let client = Client::healthy();
    let made = client
        .post(
            "/api/v1/keys",
            &json!({"name": "b", "group_id": 1, "expires_in_days": 1, "quota": 0.5}),
        )
        .json();
    let secret = made["key"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("sk-byts-"));
    let call = |target: &str, body: &Value| {
        let mut incoming = client.request("POST", target, body.to_string());
        incoming.headers[0].1 = format!("Bearer {secret}");
        client.send(&incoming)
    };
    let answer = call(MESSAGES, &message(true));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-quota-remaining-credits"), Some("0.50"));
    let outside = call(CHAT, &chat(false));
    let code = json!("model_not_in_group");
    assert_eq!(
        (outside.status, &outside.json()["error"]["code"]),
        (403, &code)
    );
    assert_eq!(client.engine.ledger().rows[0].key, 2);
    client.advance(Duration::from_secs(86_400));
    assert_eq!(call(MESSAGES, &message(true)).status, 401);
    let far =
        json!({"name": "c", "group_id": 3, "ip_whitelist": ["10.0.0.0/8"], "custom_key": "c"});
    assert_eq!(client.post("/api/v1/keys", &far).status, 200);
    let mut incoming = client.request("POST", CHAT, chat(false).to_string());
    incoming.headers[0].1 = "Bearer c".to_owned();
    assert_eq!(client.send(&incoming).status, 403);
    assert_eq!(
        client
            .post("/api/v1/keys", &json!({"name": "d", "group_id": 9}))
            .status,
        400
    );
}

#[test]
fn a_key_is_revealed_under_the_base_that_the_contract_names() {
    let client = Client::healthy();
    assert_eq!(
        client.get("/v1/keys/1/reveal").json()["key"],
        client.engine.key()
    );
    assert_eq!(client.get("/api/v1/keys/1/reveal").status, 404);
    let contract = Contract {
        key_base: KeyBase::ApiV1,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    assert_eq!(client.get("/api/v1/keys/1/reveal").status, 200);
    assert_eq!(client.get("/api/v1/keys/7/reveal").status, 404);
}
