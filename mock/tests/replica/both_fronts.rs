//! Every route, asked well and asked badly, over both fronts: the same status, headers and bytes.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::{BalanceRoute, Embeddings, ImageEdits};
use spikeproof_mock::{Config, Contract, Engine, Replica, mocks};
use wiremock::MockServer;

use crate::client::*;
use crate::fronts::{client, fast, start};

/// The same engine twice, each behind another front.
struct Fronts {
    replica: Replica,
    server: MockServer,
    engine: std::sync::Arc<Engine>,
    client: reqwest::Client,
}

/// What a front adds of its own, or leaves to HTTP.
const OWN: [&str; 3] = ["date", "transfer-encoding", "content-length"];

#[derive(Debug, PartialEq, Eq)]
struct Observed {
    status: u16,
    /// Sorted.
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Clone, Copy)]
struct Call<'a> {
    method: &'a str,
    target: &'a str,
    key: &'a str,
    body: &'a str,
}

impl Fronts {
    async fn start(config: Config) -> Self {
        let replica = start(config.clone());
        let engine = Engine::new(config);
        engine.set_base_url(&replica.base_url());
        for engine in [replica.engine(), &engine] {
            engine.set_clock(Duration::from_secs(START));
        }
        let server = MockServer::start().await;
        for mock in mocks(&engine) {
            server.register(mock).await;
        }
        Self {
            replica,
            server,
            engine,
            client: client(),
        }
    }

    async fn observed(&self, base: &str, call: Call<'_>) -> Observed {
        let method = call.method.parse().expect("a method");
        let request = self
            .client
            .request(method, format!("{base}{}", call.target))
            .header("authorization", format!("Bearer {}", call.key))
            .body(call.body.to_owned());
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let mut headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter(|(name, _)| !OWN.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect();
        headers.sort();
        let body = text(&response.bytes().await.expect("a whole body"));
        Observed {
            status,
            headers,
            body,
        }
    }

    /// Sends it over both, and gives what both answered.
    async fn same(&self, method: &str, target: &str, body: &str) -> Observed {
        let key = self.replica.key();
        let call = Call {
            method,
            target,
            key,
            body,
        };
        self.same_call(call).await
    }

    async fn same_call(&self, call: Call<'_>) -> Observed {
        let one = self.observed(&self.replica.base_url(), call).await;
        let two = self.observed(&self.server.uri(), call).await;
        assert_eq!(one, two, "{} {}", call.method, call.target);
        one
    }

    async fn ok(&self, method: &str, target: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.same(method, target, &body).await;
        assert_eq!(answer.status, 200, "{method} {target}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    fn same_books(&self) {
        let books = [self.replica.engine(), &self.engine].map(|engine| {
            let mut ledger = engine.ledger();
            // The top-up is older than the clock that was set.
            ledger.transactions.clear();
            ledger
        });
        assert_eq!(books[0], books[1]);
    }

    async fn refused(&self, status: u16, method: &str, target: &str, body: &str) {
        let answer = self.same(method, target, body).await;
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.body);
    }
}

fn all_served() -> Config {
    Config {
        contract: Contract {
            embeddings: Embeddings::Served,
            balance_route: BalanceRoute::Served,
            image_edits: ImageEdits::Served,
            ..Contract::default()
        },
        ..fast()
    }
}

#[tokio::test]
async fn both_fronts_answer_texts_alike() {
    let fronts = Fronts::start(all_served()).await;
    for (target, body) in text_calls() {
        let answer = fronts.same("POST", target, &body.to_string()).await;
        assert_eq!(answer.status, 200, "{target}");
        let again = fronts.same("POST", target, &body.to_string()).await;
        assert_eq!(again.body, answer.body, "{target}: said once more");
        fronts.refused(400, "POST", target, "{\"model\": ").await;
        fronts.refused(400, "POST", target, "{}").await;
        fronts.refused(405, "DELETE", target, "").await;
        let mut unknown = body.clone();
        if unknown.get("model").is_some() {
            unknown["model"] = "no-such-model".into();
            let answer = fronts.same("POST", target, &unknown.to_string()).await;
            assert!((400..500).contains(&answer.status), "{target}");
        }
        let call = Call {
            method: "POST",
            target,
            key: "sk-byts-wrong",
            body: &body.to_string(),
        };
        assert_eq!(fronts.same_call(call).await.status, 401, "{target}");
    }
    let embed = json!({"model": "bge-large-zh-v1.5", "input": ["a", "b"]});
    fronts.ok("POST", "/v1/embeddings", Some(embed)).await;
    fronts.refused(400, "POST", "/v1/embeddings", "{}").await;
    let rank = json!({"model": "bge-large-zh-v1.5", "query": "a", "documents": ["b", "c"]});
    fronts.ok("POST", "/v1/rerank", Some(rank)).await;
    fronts.refused(400, "POST", "/v1/rerank", "[]").await;
    fronts.same_books();
    assert!(fronts.engine.ledger().spent > 0);
}

#[tokio::test]
async fn both_fronts_answer_pictures_alike() {
    let fronts = Fronts::start(all_served()).await;
    let made = fronts.ok("POST", IMAGES, Some(image())).await;
    let url = made["data"][0]["url"].as_str().expect("an address");
    let target = url.trim_start_matches(&fronts.replica.base_url());
    assert_eq!(fronts.same("GET", target, "").await.status, 200);
    fronts.refused(404, "GET", "/assets/img/none", "").await;
    for fields in [
        json!({"response_format": "b64_json"}),
        json!({"stream": true, "partial_images": 2}),
    ] {
        let mut body = json!({"model": "gpt-image-2", "prompt": "a kite"});
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        fronts.ok("POST", IMAGES, Some(body)).await;
    }
    fronts.refused(400, "POST", IMAGES, "{}").await;
    let picture = json!([{"image_url": "https://example.com/a.png"}]);
    let edit = json!({"model": "gpt-image-2", "prompt": "a kite", "images": picture});
    fronts.ok("POST", "/v1/images/edits", Some(edit)).await;
    fronts.refused(400, "POST", "/v1/images/edits", "{}").await;
    fronts.same_books();
}

#[tokio::test]
async fn both_fronts_answer_tasks_alike() {
    let fronts = Fronts::start(all_served()).await;
    let mut body = clip();
    body["out_task_id"] = "mine".into();
    let task = fronts.ok("POST", SUBMIT, Some(body.clone())).await;
    fronts.ok("POST", SUBMIT, Some(body.clone())).await;
    body["params"]["prompt"] = "another".into();
    fronts.refused(409, "POST", SUBMIT, &body.to_string()).await;
    fronts.refused(400, "POST", SUBMIT, "{}").await;
    let id = task["task_id"].as_str().expect("an id");
    let by_id = json!({"task_id": id});
    fronts
        .ok("POST", "/v1/tasks/query", Some(by_id.clone()))
        .await;
    let own = "/v1/tasks/query?out_task_id=mine";
    assert_eq!(fronts.ok("GET", own, None).await["task_id"], id);
    fronts
        .refused(404, "GET", "/v1/tasks/query?task_id=none", "")
        .await;
    let cancel = format!("/v1/tasks/cancel/{id}");
    fronts.ok("POST", &cancel, None).await;
    fronts.ok("POST", "/v1/tasks/cancel", Some(by_id)).await;
    let stream = fronts
        .same("GET", &format!("/v1/tasks/stream/{id}"), "")
        .await;
    assert!(stream.body.contains("cancelled"), "{}", stream.body);
    fronts
        .refused(404, "GET", "/v1/tasks/stream/none", "")
        .await;
    let videos = "/v1/videos/generations";
    let video = fronts.ok("POST", videos, Some(clip())).await;
    let id = video["task_id"].as_str().expect("an id");
    for engine in [fronts.replica.engine(), &fronts.engine] {
        engine.advance(Duration::from_secs(600));
    }
    fronts
        .ok("GET", &format!("/v1/videos/tasks/{id}"), None)
        .await;
    fronts
        .refused(404, "GET", "/v1/videos/tasks/none", "")
        .await;
    fronts.same_books();
}

#[tokio::test]
async fn both_fronts_answer_management_alike() {
    let fronts = Fronts::start(all_served()).await;
    fronts.ok("POST", CHAT, Some(chat(false))).await;
    for target in [
        "/v1/models",
        "/v1/models?family=claude",
        "/v1/models/claude-sonnet-4-6",
        "/v1/usage",
        "/api/v1/usage?page_size=1",
        "/v1/balance",
        "/api/v1/me/usage?group_by=model",
        "/api/v1/me/account",
        "/api/v1/me/billing/transactions?kind=refund",
        "/api/v1/me/available-models",
        "/api/v1/groups/available",
        "/v1/keys/1/reveal",
    ] {
        fronts.ok("GET", target, None).await;
    }
    for target in ["/v1/models/none", "/nowhere", "/v1/keys/99/reveal", "/"] {
        fronts.refused(404, "GET", target, "").await;
    }
    for target in [MESSAGES, SUBMIT, IMAGES] {
        fronts.refused(405, "GET", target, "").await;
    }
    fronts
        .refused(400, "GET", "/api/v1/me/usage?group_by=mood", "")
        .await;
    let hooks = "/api/v1/me/webhooks";
    let hook = json!({"url": "https://example.com/hook", "event_types": ["task.completed"]});
    let made = fronts.ok("POST", hooks, Some(hook)).await;
    let one = format!("{hooks}/{}", made["id"]);
    fronts.ok("GET", hooks, None).await;
    fronts
        .ok("PUT", &one, Some(json!({"status": "disabled"})))
        .await;
    fronts.ok("GET", &format!("{one}/deliveries"), None).await;
    fronts.ok("DELETE", &one, None).await;
    fronts.refused(404, "DELETE", &one, "").await;
    fronts.refused(400, "POST", hooks, "{}").await;
    let key = json!({"name": "second", "group_id": 1});
    fronts.ok("POST", "/api/v1/keys", Some(key)).await;
    fronts.refused(400, "POST", "/api/v1/keys", "{}").await;
}
