//! The same scenario and seed send the same bytes.

use std::collections::BTreeMap;

use spikeproof_mock::{Config, Engine, mocks};
use wiremock::MockServer;

use crate::program::{Place, ended, spikeproof};

const SCENARIO: &str = "
name: again
seed: 21
requests:
  claude: { call: anthropic.messages, model: claude-sonnet-4-6, stream: true,
    prompt: { tokens: 50 }, tools: [weather], thinking: 1024 }
  chat: { call: openai.chat, model: gpt-5-4, stream: true, prompt: { tokens: 50 }, image: true }
  responses: { call: openai.responses, model: gpt-5-5, prompt: { tokens: 50 } }
  gemini: { call: gemini.generate, model: gemini-3-flash, stream: array, prompt: { tokens: 50 } }
  picture: { call: openai.images, model: seedream-v4, prompt: { tokens: 20 } }
  edit: { call: openai.images, model: gpt-image-2, edit: multipart, response_format: b64_json }
  clip: { call: tasks.video, model: sora-2, duration_seconds: 4, poll_every: 50ms }
  bad-json: { call: openai.chat, model: gpt-5-4, prompt: { tokens: 50 }, mistake: malformed-json }
phases:
  - { name: open, executor: constant-arrival-rate, rate: 40/s, arrivals: poisson, duration: 1s }
  - { name: closed, executor: shared-iterations, vus: 4, iterations: 24 }
billing: { audit: headers }
";

fn planned(scenario: &str, seed: &str) -> String {
    let arguments = [
        "plan", scenario, "--bodies", "--calls", "50", "--seed", seed,
    ];
    let ended = ended(spikeproof(&arguments));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended.stdout
}

#[test]
fn a_plan_is_the_same_for_its_seed_and_another_for_another() {
    let place = Place::new();
    let scenario = place.file("scenario.yaml", SCENARIO);
    let first = planned(&scenario, "21");
    assert!(first.lines().count() > 100, "{first}");
    assert_eq!(first, planned(&scenario, "21"));
    let other = planned(&scenario, "22");
    let bodies = |plan: &str| {
        let lines = plan.lines().filter(|line| line.contains("\"messages\""));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_ne!(bodies(&first), bodies(&other));
}

/// How often each request came: method, path, and the body byte for byte.
type Received = BTreeMap<(String, String, Vec<u8>), u32>;

/// What one run really sends, as its target receives it.
async fn received(seed: &str) -> Received {
    let engine = Engine::new(Config::default());
    let server = MockServer::start().await;
    engine.set_base_url(&server.uri());
    for mock in mocks(&engine) {
        server.register(mock).await;
    }
    let place = Place::new();
    let mut command = place.run(SCENARIO, &["--target", &server.uri(), "--seed", seed]);
    command.env("BYTESPIKE_API_KEY", engine.key());
    let ended = tokio::task::spawn_blocking(|| ended(command)).await;
    let ended = ended.expect("it does not panic");
    // A machine too busy for the rate makes the run inconclusive; the bytes are the same.
    assert!(
        matches!(ended.code, Some(0 | 4)),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    let mut received = Received::new();
    for request in server.received_requests().await.expect("they are recorded") {
        let method = request.method.to_string();
        let path = request.url.path().to_owned();
        // How often the books are read and a task is looked at depends on time.
        if method == "POST" && path != "/v1/tasks/query" {
            let key = (method, path, request.body);
            *received.entry(key).or_default() += 1;
        }
    }
    received
}

#[tokio::test]
async fn two_runs_with_one_seed_send_the_same_bodies() {
    let first = received("21").await;
    assert!(first.values().sum::<u32>() > 60, "{}", first.len());
    let again = received("21").await;
    for (key, count) in &first {
        let (method, path, body) = key;
        let body = String::from_utf8_lossy(body);
        assert_eq!(again.get(key), Some(count), "{method} {path} {body}");
    }
    assert_eq!(first.len(), again.len());
    assert_ne!(first, received("22").await);
}
