//! The prompt cache: what is told of it, and what it costs.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::{Config, UsageRow};

use crate::client::*;

/// 4 bytes a token, so that lengths are exact: `tokens` words of four bytes.
fn long(tokens: usize) -> String {
    "abc ".repeat(tokens)
}

fn marked(text: &str, ttl: &str) -> Value {
    json!({"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": ttl}})
}

fn claude(system: Value, question: &str) -> Value {
    let mut body = message(false);
    body["system"] = system;
    body["messages"][0]["content"] = question.into();
    body
}

/// Input, written for 5 minutes, written for an hour, read.
fn counts(usage: &Value) -> [u64; 4] {
    [
        &usage["input_tokens"],
        &usage["cache_creation"]["ephemeral_5m_input_tokens"],
        &usage["cache_creation"]["ephemeral_1h_input_tokens"],
        &usage["cache_read_input_tokens"],
    ]
    .map(|count| count.as_u64().expect("a count"))
}

fn last_row(client: &Client) -> UsageRow {
    client.engine.ledger().rows.last().expect("a row").clone()
}

#[test]
fn a_marked_prefix_is_written_once_and_read_until_its_time_is_over() {
    let client = Client::healthy();
    let system = json!([marked(&long(2000), "5m")]);
    let ask = |question: &str| {
        let body = client
            .post(MESSAGES, &claude(system.clone(), question))
            .json();
        counts(&body["usage"])
    };
    // 4 for the message and 2 for eight bytes of it.
    assert_eq!(ask("first?  "), [6, 2000, 0, 0]);
    let row = last_row(&client);
    assert_eq!(
        (
            row.input_tokens,
            row.cache_write_tokens,
            row.cache_read_tokens
        ),
        (2006, 2000, 0)
    );
    let output = i64::try_from(row.output_tokens).unwrap() * 15;
    assert_eq!(row.charge, 6 * 3 + 2000 * 15 / 4 + output);

    client.advance(Duration::from_secs(299));
    assert_eq!(ask("second? "), [6, 0, 0, 2000]);
    let row = last_row(&client);
    assert_eq!(
        (
            row.input_tokens,
            row.cache_write_tokens,
            row.cache_read_tokens
        ),
        (2006, 0, 2000)
    );
    let output = i64::try_from(row.output_tokens).unwrap() * 15;
    assert_eq!(row.charge, 6 * 3 + 2000 * 3 / 10 + output);

    // Reading kept it alive.
    client.advance(Duration::from_secs(299));
    assert_eq!(ask("third?  "), [6, 0, 0, 2000]);
    client.advance(Duration::from_secs(300));
    assert_eq!(ask("fourth? "), [6, 2000, 0, 0]);
}

#[test]
fn a_conversation_reads_what_was_marked_and_writes_what_is_new() {
    let client = Client::healthy();
    let tools = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let turn = |role: &str, text: &str| {
        json!({"role": role, "content": [{"type": "text",
        "text": text}]})
    };
    let mut body = message(false);
    body["tools"] = tools;
    body["tool_choice"] = json!({"type": "none"});
    body["system"] = json!([marked(&long(1500), "1h")]);
    body["messages"] = json!([{"role": "user", "content": [marked(&long(500), "5m")]}]);
    let first = counts(&client.post(MESSAGES, &body).json()["usage"]);
    let [_, written_5m, written_1h, 0] = first else {
        panic!("{first:?}");
    };
    // A quarter of a token may be left over.
    assert!(first[0] <= 1 && written_5m == 504, "{first:?}");

    // The old mark is gone; what it wrote is found before the new one.
    body["messages"] = json!([turn("user", &long(500)), turn("assistant", "yes "),
        {"role": "user", "content": [marked("on? ", "5m")]}]);
    let second = counts(&client.post(MESSAGES, &body).json()["usage"]);
    assert!(second[0] <= 1, "{second:?}");
    assert_eq!(second[1..], [2 * 4 + 2, 0, written_5m + written_1h]);

    // Another first word is another prompt.
    body["system"] = json!([marked(&format!("x{}", long(1500)), "1h")]);
    let other = counts(&client.post(MESSAGES, &body).json()["usage"]);
    assert_eq!(other[3], 0);
}

#[test]
fn streams_bodies_and_rows_tell_the_same_of_the_cache() {
    let client = Client::healthy();
    let mut body = claude(json!([marked(&long(1100), "5m")]), "hm? ");
    client.post(MESSAGES, &body);
    body["stream"] = true.into();
    let text = client.post(MESSAGES, &body).text();
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = events
        .map(|one| serde_json::from_str(one).unwrap())
        .collect();
    assert_eq!(counts(&events[0]["message"]["usage"]), [5, 0, 0, 1100]);
    let told = events
        .iter()
        .find(|event| event["type"] == "message_delta")
        .unwrap();
    assert_eq!(told["usage"]["cache_read_input_tokens"], 1100);
    assert_eq!(told["usage"]["input_tokens"], 5);
    let rows = client.get("/api/v1/usage").json();
    assert_eq!(rows["items"][0]["prompt_tokens"], 1105);
    assert_eq!(rows["items"][0]["cache_read_tokens"], 1100);
    assert_eq!(rows["items"][1]["cache_write_tokens"], 1100);
}

#[test]
fn what_is_short_unmarked_or_of_another_model_or_key_is_not_read() {
    let client = Client::healthy();
    let ask = |body: &Value| counts(&client.post(MESSAGES, body).json()["usage"]);
    let short = claude(json!([marked(&long(1023), "5m")]), "x");
    assert_eq!((ask(&short)[1], ask(&short)[3]), (0, 0));
    let plain = claude(json!(long(3000)), "x");
    assert_eq!((ask(&plain)[1], ask(&plain)[3]), (0, 0));
    let mut body = claude(json!([marked(&long(3000), "5m")]), "x");
    assert_eq!(ask(&body)[1], 3000);
    body["model"] = "claude-haiku-4-5".into();
    assert_eq!((ask(&body)[1], ask(&body)[3]), (3000, 3000));

    let made = client
        .post("/api/v1/keys", &json!({"name": "other", "group_id": 3}))
        .json();
    let key = made["key"].as_str().unwrap_or_else(|| panic!("{made}"));
    let mut incoming = client.request("POST", MESSAGES, body.to_string());
    incoming.headers = vec![("x-api-key".to_owned(), key.to_owned())];
    assert_eq!(counts(&client.send(&incoming).json()["usage"])[1], 3000);
}

#[test]
fn a_refused_call_leaves_nothing_in_the_cache() {
    let client = Client::new(Config {
        account: spikeproof_mock::AccountSetting {
            concurrency: Some(1),
            ..Default::default()
        },
        ..Config::default()
    });
    let body = claude(json!([marked(&long(3000), "5m")]), "x");
    let other = client.request("POST", MESSAGES, message(false).to_string());
    let in_flight = client.engine.answer(&other).call;
    assert_eq!(client.post(MESSAGES, &body).status, 429);
    client.engine.finish(&in_flight);
    let first = counts(&client.post(MESSAGES, &body).json()["usage"]);
    assert_eq!((first[1], first[3]), (3000, 0));
}

#[test]
fn other_models_cache_by_themselves_in_steps() {
    let client = Client::healthy();
    let mut body = chat(false);
    body["messages"][0]["content"] = long(1300).into();
    let cached = |body: &Value| {
        let usage = client.post(CHAT, body).json()["usage"].take();
        usage["prompt_tokens_details"]["cached_tokens"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((cached(&body), cached(&body)), (0, 1280));
    // The same beginning, then other words: only whole steps before the first of them count.
    let mut other = body.clone();
    other["messages"][0]["content"] = format!("{}and something else", long(1200)).into();
    assert_eq!(cached(&other), 1152);
    body["messages"][0]["content"] = long(1000).into();
    assert_eq!((cached(&body), cached(&body)), (0, 0), "too short");

    let mut body = response(false);
    body["input"] = long(2000).into();
    let cached = |body: &Value| {
        client.post(RESPONSES, body).json()["usage"]["input_tokens_details"]["cached_tokens"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((cached(&body), cached(&body)), (0, 1920));

    let mut body = contents();
    body["contents"][0]["parts"][0]["text"] = long(2000).into();
    assert!(
        client.post(GEMINI, &body).json()["usageMetadata"]
            .get("cachedContentTokenCount")
            .is_none()
    );
    let usage = client.post(GEMINI, &body).json()["usageMetadata"].take();
    assert_eq!(usage["cachedContentTokenCount"], 1920);
    assert_eq!(usage["promptTokenCount"], 2004);
    assert_eq!(
        usage["cacheTokensDetails"],
        json!([{"modality": "TEXT", "tokenCount": 1920}])
    );
    let row = last_row(&client);
    // Flash: 0.30 a million, a tenth of that from the cache, 2.50 for output; rounded once.
    let exact = 84 * 30 + 1920 * 3 + i64::try_from(row.output_tokens).unwrap() * 250;
    assert_eq!(row.charge, (exact + 50) / 100);
}

#[test]
fn a_protocol_that_cannot_mark_does_not_cache_claude_and_a_marked_gpt_caches_by_itself() {
    let client = Client::healthy();
    let mut body = chat(false);
    body["model"] = "claude-sonnet-4-6".into();
    body["messages"][0]["content"] = long(3000).into();
    for _ in 0..2 {
        let usage = client.post(CHAT, &body).json()["usage"].take();
        assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 0);
    }
    let mut body = claude(json!([marked(&long(3000), "5m")]), "x");
    body["model"] = "gpt-5-4".into();
    let ask = || counts(&client.post(MESSAGES, &body).json()["usage"]);
    assert_eq!((ask()[1], ask()[3]), (0, 2944));
}

#[test]
fn without_a_cache_equal_requests_get_equal_bodies() {
    let client = Client::new(Config {
        prompt_cache: false,
        ..Config::default()
    });
    let claude = claude(json!([marked(&long(3000), "5m")]), "x");
    let mut gpt = response(true);
    gpt["input"] = long(3000).into();
    for (path, body) in [(MESSAGES, claude), (RESPONSES, gpt)] {
        let first = client.post(path, &body).body;
        assert_eq!(client.post(path, &body).body, first, "{path}");
    }
    assert!(
        client
            .engine
            .ledger()
            .rows
            .iter()
            .all(|row| row.cache_read_tokens == 0)
    );
}

#[test]
fn a_long_response_is_read_from_the_cache_when_it_is_continued() {
    let client = Client::healthy();
    let mut body = json!({"model": "gpt-5-4", "input": long(2000)});
    let first = client.post(RESPONSES, &body).json();
    let used = first["usage"]["total_tokens"].as_u64().unwrap();
    body["input"] = "and? ".into();
    body["previous_response_id"] = first["id"].clone();
    let usage = client.post(RESPONSES, &body).json()["usage"].take();
    assert_eq!(
        usage["input_tokens_details"]["cached_tokens"],
        used / 128 * 128
    );
}

#[test]
fn deepseek_shows_its_reasoning_and_counts_cache_hits_in_its_own_words() {
    let client = Client::healthy();
    let mut body = chat(false);
    body["model"] = "deepseek-v4-pro".into();
    body["reasoning_effort"] = "low".into();
    body["messages"][0]["content"] = long(640).into();
    let told = |key: &str| client.post(CHAT, &body).json()["usage"][key].clone();
    assert_eq!(told("prompt_cache_hit_tokens"), 0);
    assert_eq!(
        (
            told("prompt_cache_hit_tokens"),
            told("prompt_cache_miss_tokens")
        ),
        (640.into(), 4.into())
    );
    let message = client.post(CHAT, &body).json()["choices"][0]["message"].take();
    assert!(
        message["reasoning_content"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    body["model"] = "gpt-5-4".into();
    let message = client.post(CHAT, &body).json()["choices"][0]["message"].take();
    assert!(message.get("reasoning_content").is_none());
}
