use serde_json::json;
use spikeproof_mock::contract::{BalanceRoute, Embeddings};
use spikeproof_mock::{Config, Contract};

use crate::client::*;

const ENVELOPE: [&str; 4] = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-quota-remaining-credits",
];

#[test]
fn every_text_call_is_answered_billed_once_and_carries_the_envelope() {
    let client = Client::healthy();
    for (number, (target, body)) in (1..).zip(text_calls()) {
        let answer = client.post(target, &body);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        for name in ENVELOPE {
            assert!(answer.header(name).is_some(), "{target} lacks {name}");
        }
        let ledger = client.engine.ledger();
        assert_eq!(ledger.call_count, number, "{target}");
        assert_eq!(ledger.rows.len() as u64, number);
        assert_eq!(ledger.held, 0);
        assert_eq!(ledger.in_flight, 0);
        assert!(
            ledger
                .rows
                .last()
                .is_some_and(|row| row.charge > 0 && row.output_tokens > 0)
        );
    }
}

#[test]
fn streams_are_event_streams_and_whole_bodies_are_json() {
    let client = Client::healthy();
    for (target, body) in text_calls() {
        let answer = client.post(target, &body);
        let content_type = answer.header("content-type").unwrap_or_default();
        let stream = body["stream"] == true || target.contains("alt=sse");
        let expected = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        assert!(
            content_type.starts_with(expected),
            "{target}: {content_type}"
        );
    }
}

#[test]
fn a_whole_body_tells_the_balance_after_its_charge_and_a_stream_before() {
    let config = Config {
        account: spikeproof_mock::AccountSetting {
            decimals: 6,
            quota: 1_000_000_000,
            ..Default::default()
        },
        ..Config::default()
    };
    let client = Client::new(config);
    let before = "1000.000000";
    let stream = client.post(MESSAGES, &message(true));
    assert_eq!(stream.header("x-quota-remaining-credits"), Some(before));
    let spent = client.engine.ledger().spent;
    assert!(spent > 0);
    let whole = client.post(MESSAGES, &message(false));
    let after = client.engine.ledger();
    let left = format!("{:.6}", (1_000_000_000 - after.spent) as f64 / 1e6);
    assert_eq!(
        whole.header("x-quota-remaining-credits"),
        Some(left.as_str())
    );
    assert!(after.spent > spent);
}

#[test]
fn request_ids_are_unique_and_sent_twice_on_messages_only() {
    let client = Client::healthy();
    let mut seen = std::collections::HashSet::new();
    for (target, body) in text_calls() {
        let answer = client.post(target, &body);
        let id = answer
            .header("x-request-id")
            .expect("each answer has an id")
            .to_owned();
        let second = target.starts_with(MESSAGES).then_some(id.as_str());
        assert_eq!(answer.header("request-id"), second, "{target}");
        assert!(seen.insert(id));
    }
}

#[test]
fn the_same_request_has_the_same_body_and_another_seed_another() {
    let config = |seed| Config {
        seed,
        ..Config::default()
    };
    let (one, two) = (Client::new(config(7)), Client::new(config(7)));
    let other = Client::new(config(8));
    for (target, body) in text_calls() {
        let first = one.post(target, &body);
        assert_eq!(first.body, one.post(target, &body).body, "{target}");
        assert_eq!(first.body, two.post(target, &body).body, "{target}");
        assert_ne!(first.body, other.post(target, &body).body, "{target}");
    }
    assert_eq!(one.engine.key(), two.engine.key());
    assert_ne!(one.engine.key(), other.engine.key());
}

#[test]
fn any_text_model_is_reached_over_any_text_protocol() {
    let client = Client::healthy();
    for model in [
        "claude-opus-4-6",
        "gpt-5-4",
        "gemini-3-1-pro",
        "deepseek-v4-pro",
    ] {
        let mut body = message(false);
        body["model"] = model.into();
        assert_eq!(client.post(MESSAGES, &body).status, 200, "{model}");
        let mut body = chat(false);
        body["model"] = model.into();
        assert_eq!(client.post(CHAT, &body).status, 200, "{model}");
        let mut body = response(false);
        body["model"] = model.into();
        assert_eq!(client.post(RESPONSES, &body).status, 200, "{model}");
        let path = format!("/v1beta/models/{model}:generateContent");
        assert_eq!(client.post(&path, &contents()).status, 200, "{model}");
    }
}

#[test]
fn the_model_list_filters_by_capability_and_by_either_word_for_a_family() {
    let client = Client::healthy();
    let ids = |target: &str| -> Vec<String> {
        let body = client.get(target).json();
        let entries = body["data"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| entry["id"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let all = ids("/v1/models");
    assert!(all.contains(&"sora-2".to_owned()) && all.contains(&"gpt-image-2".to_owned()));
    assert_eq!(
        ids("/v1/models?family=anthropic"),
        ids("/v1/models?family=claude")
    );
    let both = ids("/v1/models?capability=thinking&capability=cache_control");
    assert!(both.iter().all(|id| id.starts_with("claude")), "{both:?}");
    assert!(ids("/v1/models?family=nobody").is_empty());
    let one = client.get("/v1/models/claude-sonnet-4-6").json();
    assert_eq!(one["context_window"], 200_000);
    assert_eq!(client.get("/v1/models/none").status, 404);
    assert_eq!(client.engine.ledger().spent, 0);
}

#[test]
fn doubtful_routes_are_missing_unless_the_contract_says_otherwise() {
    let client = Client::healthy();
    let embed = json!({"model": "bge-large-zh-v1.5", "input": ["a", "b"]});
    assert_eq!(client.post("/v1/embeddings", &embed).status, 404);
    assert_eq!(client.post("/v1/rerank", &embed).status, 404);
    assert_eq!(client.get("/v1/balance").status, 404);
    assert_eq!(client.get("/orgs/1/webhooks").status, 404);
    let contract = Contract {
        embeddings: Embeddings::Served,
        balance_route: BalanceRoute::Served,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    let answer = client.post("/v1/embeddings", &embed).json();
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(client.engine.ledger().call_count, 1);
    let rank = json!({"model": "bge-large-zh-v1.5", "query": "a", "documents": ["b", "c"]});
    assert_eq!(
        client.post("/v1/rerank", &rank).json()["results"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(client.get("/v1/balance").status, 200);
}
