use bytes::Bytes;
use serde_json::{Value, json};
use spikeproof_mock::contract::{DuplicateTask, GeminiAuth, ResponsesAuth, UnusableModel};
use spikeproof_mock::{Config, Contract, Incoming};

use crate::client::*;

fn with_headers(client: &Client, target: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut incoming = client.request("POST", target, body.to_string());
    incoming.headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    client.send(&incoming)
}

/// The word that tells a failure apart, in whichever envelope it came.
pub(crate) fn word(answer: &Answer) -> String {
    let error = &answer.json()["error"];
    let word = error["code"]
        .as_str()
        .or(error["status"].as_str())
        .or(error["type"].as_str());
    word.unwrap_or_default().to_owned()
}

#[test]
fn each_key_place_is_taken_where_it_is_documented() {
    let client = Client::healthy();
    let key = client.engine.key().to_owned();
    let bearer = format!("Bearer {key}");
    for (target, body) in [
        (MESSAGES, message(false)),
        (CHAT, chat(false)),
        (RESPONSES, response(false)),
    ] {
        for header in [
            ("x-api-key", key.as_str()),
            ("authorization", bearer.as_str()),
        ] {
            assert_eq!(
                with_headers(&client, target, &body, &[header]).status,
                200,
                "{target}"
            );
        }
        let google = [("x-goog-api-key", key.as_str())];
        assert_eq!(
            with_headers(&client, target, &body, &google).status,
            401,
            "{target}"
        );
    }
    for header in ["x-goog-api-key", "x-api-key"] {
        let answer = with_headers(&client, GEMINI, &contents(), &[(header, key.as_str())]);
        assert_eq!(answer.status, 200, "{header}");
    }
    let by_query = format!("{GEMINI}?key={key}");
    assert_eq!(
        with_headers(&client, &by_query, &contents(), &[]).status,
        200
    );
    let elsewhere = format!("{CHAT}?key={key}");
    assert_eq!(
        with_headers(&client, &elsewhere, &chat(false), &[]).status,
        401
    );
}

#[test]
fn x_api_key_decides_where_both_headers_are_sent() {
    let client = Client::healthy();
    let key = client.engine.key().to_owned();
    let good = format!("Bearer {key}");
    let headers = [
        ("authorization", "Bearer wrong"),
        ("x-api-key", key.as_str()),
    ];
    assert_eq!(
        with_headers(&client, MESSAGES, &message(false), &headers).status,
        200
    );
    let headers = [("authorization", good.as_str()), ("x-api-key", "wrong")];
    assert_eq!(
        with_headers(&client, MESSAGES, &message(false), &headers).status,
        401
    );
    let mut body = message(false);
    body["api_key"] = key.into();
    assert_eq!(with_headers(&client, MESSAGES, &body, &[]).status, 401);
}

#[test]
fn the_contract_narrows_where_keys_are_taken() {
    let contract = Contract {
        gemini_auth: GeminiAuth::QueryOnly,
        responses_auth: ResponsesAuth::BearerOnly,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    let key = client.engine.key().to_owned();
    let google = [("x-goog-api-key", key.as_str())];
    assert_eq!(
        with_headers(&client, GEMINI, &contents(), &google).status,
        401
    );
    let own = [("x-api-key", key.as_str())];
    assert_eq!(
        with_headers(&client, RESPONSES, &response(false), &own).status,
        401
    );
}

#[test]
fn a_wrong_key_is_told_in_the_envelope_of_the_route_with_the_quota_headers() {
    let client = Client::healthy();
    let wrong = [("authorization", "Bearer sk-byts-none")];
    let anthropic = with_headers(&client, MESSAGES, &message(false), &wrong);
    let told = json!({"type": "error",
        "error": {"type": "authentication_error", "message": "invalid x-api-key"}});
    assert_eq!(anthropic.json(), told);
    let openai = with_headers(&client, CHAT, &chat(false), &wrong);
    assert_eq!(openai.json()["error"]["code"], "invalid_api_key");
    assert_eq!(openai.json()["error"]["param"], Value::Null);
    let google = with_headers(&client, GEMINI, &contents(), &wrong);
    assert_eq!(google.json()["error"]["code"], 401);
    assert_eq!(google.json()["error"]["status"], "UNAUTHENTICATED");
    let text = google.json()["error"]["message"].to_string();
    assert!(text.contains("API key not valid"), "{text}");
    for answer in [anthropic, openai, google] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("x-quota-remaining-credits"), Some("50000.00"));
    }
}

#[test]
fn unknown_paths_and_wrong_methods_are_told_apart() {
    let client = Client::healthy();
    for (method, target, status) in [
        ("GET", "/", 404),
        ("POST", "/v1/audio/speech", 404),
        ("POST", "/v1/assistants", 404),
        ("POST", "/v1beta/models/gemini-3-flash:countTokens", 404),
        ("GET", MESSAGES, 405),
        ("DELETE", "/v1/models", 405),
        ("GET", "/v1/tasks/submit", 405),
        ("PATCH", "/api/v1/me/webhooks/1", 405),
        ("GET", GEMINI, 405),
    ] {
        let answer = client.send(&client.request(method, target, "{}"));
        assert_eq!(answer.status, status, "{method} {target}");
        assert!(
            answer.header("x-ratelimit-limit").is_some(),
            "{method} {target}"
        );
        assert!(answer.json()["error"].is_object());
    }
}

#[test]
fn broken_bodies_are_400_and_name_the_field() {
    let client = Client::healthy();
    for (target, body) in text_calls() {
        let mut incoming = client.request("POST", target, "{\"model\":");
        assert_eq!(client.send(&incoming).status, 400, "{target}");
        incoming.body = Bytes::from_static(b"[1]");
        assert_eq!(client.send(&incoming).status, 400, "{target}");
        let mut body = body;
        for field in ["messages", "input", "contents"] {
            body.as_object_mut().expect("an object").remove(field);
        }
        let answer = client.post(target, &body);
        assert_eq!(answer.status, 400, "{target}");
    }
    let answer = client.post(CHAT, &json!({"model": "gpt-5-4"}));
    assert_eq!(answer.json()["error"]["code"], "invalid_param");
    assert_eq!(answer.json()["error"]["param"], "messages");
    assert_eq!(client.engine.ledger().spent, 0);
    assert_eq!(client.engine.ledger().call_count, 0);
}

#[test]
fn an_unknown_model_is_told_as_the_contract_says() {
    for (reading, status, told) in [
        (UnusableModel::NotFound400, 400, "model_not_found"),
        (UnusableModel::NotFound404, 404, "model_not_found"),
        (UnusableModel::Unsupported400, 400, "unsupported_model"),
        (UnusableModel::NotInGroup403, 403, "model_not_in_group"),
        (UnusableModel::NotAllowed400, 400, "model_not_allowed"),
    ] {
        let contract = Contract {
            unusable_model: reading,
            ..Contract::default()
        };
        let client = Client::new(Config {
            contract,
            ..Config::default()
        });
        let mut body = chat(false);
        body["model"] = "no-such-model".into();
        let answer = client.post(CHAT, &body);
        assert_eq!((answer.status, word(&answer).as_str()), (status, told));
    }
    let client = Client::healthy();
    let mut body = message(false);
    body["model"] = "no-such-model".into();
    assert_eq!(
        client.post(MESSAGES, &body).json()["error"]["type"],
        "not_found_error"
    );
    let gemini = client.post("/v1beta/models/none:generateContent", &contents());
    assert_eq!(gemini.status, 404, "the Gemini page says NOT_FOUND");
    assert_eq!(gemini.json()["error"]["status"], "NOT_FOUND");
    body["model"] = "sora-2".into();
    assert_eq!(client.post(MESSAGES, &body).status, 400);
}

#[test]
fn a_prompt_beyond_the_window_is_refused() {
    let client = Client::healthy();
    let mut body = message(false);
    body["max_tokens"] = 200_000.into();
    let answer = client.post(MESSAGES, &body);
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    let mut body = chat(false);
    body["max_tokens"] = 256_000.into();
    assert_eq!(word(&client.post(CHAT, &body)), "context_length_exceeded");
}

#[test]
fn bodies_are_limited_to_a_mebibyte_on_tasks_and_to_32_elsewhere() {
    let client = Client::healthy();
    let padded = |length: usize| -> Bytes {
        let mut body = clip().to_string().into_bytes();
        body.resize(length, b' ');
        body.into()
    };
    let send = |target: &str, length| client.send(&client.request("POST", target, padded(length)));
    assert_eq!(send(SUBMIT, 1 << 20).status, 200);
    let answer = send(SUBMIT, (1 << 20) + 1);
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (413, "request_too_large")
    );
    assert!(answer.header("x-quota-remaining-credits").is_some());
    assert_eq!(send(CHAT, (1 << 20) + 1).status, 400);
    assert_eq!(send(CHAT, (32 << 20) + 1).status, 413);
    let answer = send(MESSAGES, (32 << 20) + 1);
    assert_eq!(answer.json()["error"]["type"], "request_too_large");
}

#[test]
fn a_duplicate_task_id_is_409_or_400() {
    for (reading, status) in [
        (DuplicateTask::Conflict409, 409),
        (DuplicateTask::BadRequest400, 400),
    ] {
        let contract = Contract {
            duplicate_task: reading,
            ..Contract::default()
        };
        let client = Client::new(Config {
            contract,
            ..Config::default()
        });
        let mut body = clip();
        body["out_task_id"] = "mine".into();
        assert_eq!(client.post(SUBMIT, &body).status, 200);
        body["params"]["duration_seconds"] = 6.into();
        let answer = client.post(SUBMIT, &body);
        assert_eq!(
            (answer.status, word(&answer).as_str()),
            (status, "duplicate_out_task_id")
        );
    }
}

#[test]
fn nothing_that_is_sent_makes_the_engine_panic() {
    let client = Client::healthy();
    let nonsense: [&[u8]; 7] = [
        b"",
        b"null",
        b"\xff\xfe",
        b"{\"model\":null,\"messages\":[null]}",
        b"{\"model\":\"sora-2\",\"params\":{\"duration_seconds\":1e400}}",
        b"{\"model\":\"gpt-image-2\",\"prompt\":\"x\",\"size\":\"0x0\",\"n\":-1}",
        b"{\"model\":\"claude-sonnet-4-6\",\"max_tokens\":18446744073709551615,\"messages\":\
            [{\"role\":\"user\",\"content\":\"a\"}]}",
    ];
    let targets = [
        MESSAGES,
        CHAT,
        RESPONSES,
        GEMINI,
        IMAGES,
        "/v1/images/edits",
        SUBMIT,
        "/v1/tasks/query",
        "/v1/tasks/cancel",
        "/v1/tasks/cancel/%ff",
        "/v1/tasks/stream/é",
        "/v1/videos/generations",
        "/v1/videos/tasks/x",
        "/assets/img/9x9-zz.png",
        "/assets/x",
        "/api/v1/me/usage?since=x&group_by=,",
        "/api/v1/keys",
        "/api/v1/me/webhooks",
        "/api/v1/me/webhooks/9",
        "/v1/keys/9/reveal",
        "/v1/usage?page=0",
        "//",
        "/v1/models/",
        "/v1beta/models/:",
        "/v1beta/models/a%2Fb:generateContent",
    ];
    for target in targets {
        for method in ["GET", "POST", "PUT", "DELETE", "BREW"] {
            for body in nonsense {
                let incoming: Incoming =
                    client.request(method, target, Bytes::copy_from_slice(body));
                let answer = client.send(&incoming);
                assert!((200..500).contains(&answer.status), "{method} {target}");
            }
        }
    }
}
