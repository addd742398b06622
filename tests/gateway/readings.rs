//! Every reading of every switch shows: asked the same, a replica answers otherwise under each.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spikeproof_mock::{Config, Contract};

use crate::auth::made;
use crate::speech::Speech;
use crate::target::{Given, HOUR, SECOND, Target};
use crate::tasks::{clip, own, post, queried, submitted};

/// What a replica shows of a switch.
type Probe = fn(&Target) -> String;

const PROBES: &[(&str, Probe)] = &[
    ("C-01", |target| {
        Speech::Chat.ask(target).send();
        let rows = target.get("/v1/usage").status;
        format!(
            "{rows} {}",
            target.get("/api/v1/me/usage?limit=5").json()["items"].is_array()
        )
    }),
    ("C-02", |target| {
        target.get("/v1/balance").status.to_string()
    }),
    ("C-03", |target| {
        target.get("/v1/keys/1/reveal").status.to_string()
    }),
    ("C-04", |target| {
        post(target, "submit", &clip(4)).json()["estimated_credits"].to_string()
    }),
    ("C-05", |target| {
        let key = made(target, &json!({"quota": 7}))
            .map(|(key, _)| key)
            .unwrap_or_default();
        let answer = target.ask("GET", "/v1/models").bearer(&key).send();
        answer
            .header("x-quota-remaining-credits")
            .unwrap_or_default()
            .to_owned()
    }),
    ("C-06", |target| {
        let last = Speech::Gemini.stream(target).send().events().pop();
        let is_done = last.is_some_and(|(_, data)| data == "[DONE]");
        let body = Speech::Gemini.body("gemini-3-flash", false);
        let place = Speech::Gemini.place("gemini-3-flash", false) + "?stream=true";
        let by_parameter = target.ask("POST", &place).json(&body).send();
        format!("{is_done} {:?}", by_parameter.header("content-type"))
    }),
    ("C-07", |target| {
        let answer = Speech::Chat.ask(target).send();
        let named = answer
            .headers
            .iter()
            .find(|(name, _)| name.contains("estimated"));
        named.is_some().to_string()
    }),
    ("C-08", |target| {
        let answer = Speech::Chat.put(target, "no-such-model", false).send();
        format!("{:?}", answer.refusal())
    }),
    ("C-09", |target| {
        post(target, "submit", &own(clip(4), "mine"));
        post(target, "submit", &own(clip(5), "mine"))
            .status
            .to_string()
    }),
    ("C-10", |target| {
        Speech::Messages.stream(target).open().play(2).leave();
        target.ledger().spent.to_string()
    }),
    ("C-11", |target| {
        Speech::Chat.ask(target).send();
        target.get("/api/v1/me/billing/transactions").json()["total"].to_string()
    }),
    ("C-12", |target| {
        let id = submitted(target, &clip(4)).unwrap_or_default();
        target.advance(HOUR);
        keys(&queried(target, &id))
    }),
    ("C-13", |target| {
        post(target, "submit", &clip(4)).json()["status"].to_string()
    }),
    ("C-14", |target| {
        let id = submitted(target, &clip(4)).unwrap_or_default();
        keys(&post(target, "cancel", &json!({"task_id": id})).json())
    }),
    ("C-15", |target| {
        let count = |family: &str| {
            let models = target.get(&format!("/v1/models?family={family}")).json();
            models["data"].as_array().map_or(0, Vec::len)
        };
        format!("{} {}", count("anthropic") > 0, count("claude") > 0)
    }),
    ("C-16", |target| {
        let key = made(target, &json!({"rate_limit_5h": 0.0001}));
        let key = key.map(|(key, _)| key).unwrap_or_default();
        let ask = || Speech::Messages.ask(target).bearer(&key).send();
        ask();
        keys(&ask().json())
    }),
    ("C-17", |target| {
        post(target, "submit", &clip(4)).json()["estimated_credits"].to_string()
    }),
    ("C-18", |target| {
        let key = made(target, &json!({"group_id": 1}))
            .map(|(key, _)| key)
            .unwrap_or_default();
        let models = target.ask("GET", "/v1/models").bearer(&key).send().json();
        models["data"].as_array().map_or(0, Vec::len).to_string()
    }),
    ("C-19", |target| {
        let body = json!({"model": "gpt-image-2", "prompt": "a", "source_image": "b"});
        target
            .ask("POST", "/v1/images/edits")
            .json(&body)
            .send()
            .status
            .to_string()
    }),
    ("C-20", |target| {
        let body = json!({"model": "bge-large-zh-v1.5", "input": ["a"]});
        target
            .ask("POST", "/v1/embeddings")
            .json(&body)
            .send()
            .status
            .to_string()
    }),
    ("C-21", |target| {
        Speech::Gemini
            .put(target, "claude-sonnet-4-6", false)
            .send()
            .status
            .to_string()
    }),
    ("C-22", |target| {
        let place = Speech::Gemini.place("gemini-3-flash", false);
        let query = format!("{place}?key={}", target.key());
        let header = Speech::Gemini
            .ask(target)
            .key_in("x-goog-api-key", &target.key())
            .send();
        let body = Speech::Gemini.body("gemini-3-flash", false);
        let query = target.ask("POST", &query).without_key().json(&body).send();
        format!("{} {}", header.status, query.status)
    }),
    ("C-23", |target| {
        let answer = Speech::Responses
            .ask(target)
            .key_in("x-api-key", &target.key())
            .send();
        answer.status.to_string()
    }),
    ("C-24", |target| {
        target.get("/v1/models/claude-sonnet-4-6").json()["max_output_tokens"].to_string()
    }),
    ("C-25", |target| {
        let mut body = clip(4);
        body["model"] = "sora2".into();
        post(target, "submit", &body).status.to_string()
    }),
    ("C-26", |target| {
        let body = json!({"model": "nano-banana", "prompt": "a kite", "n": 4});
        target
            .ask("POST", "/v1/images/generations")
            .json(&body)
            .send()
            .status
            .to_string()
    }),
    ("C-27", |target| {
        let body = json!({"model": "nano-banana", "prompt": "[[refuse]]"});
        target
            .ask("POST", "/v1/images/generations")
            .json(&body)
            .send()
            .status
            .to_string()
    }),
    ("C-28", |target| {
        let id = submitted(target, &clip(4)).unwrap_or_default();
        target.advance(40 * SECOND);
        post(target, "cancel", &json!({"task_id": id}));
        target.ledger().spent.to_string()
    }),
    ("C-29", |target| {
        let status = || Speech::Chat.ask(target).send().status;
        let statuses = [status(), status(), status()];
        format!("{statuses:?}")
    }),
    ("C-30", |target| {
        let groups = target.get("/api/v1/groups/available").json()["items"].to_string();
        format!("{groups} {}", Speech::Chat.ask(target).send().status)
    }),
    ("C-31", |target| {
        post(target, "submit", &clip(4)).json()["estimated_seconds"].to_string()
    }),
    ("C-32", |target| {
        let body = json!({"model": "seedream-v4", "prompt": "a kite"});
        let answer = target
            .ask("POST", "/v1/images/generations")
            .json(&body)
            .send()
            .json();
        let url = answer["data"][0]["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        url.matches('/').count().to_string()
    }),
];

/// The names of an object's members.
fn keys(value: &Value) -> String {
    let members = value
        .as_object()
        .map(|members| members.keys().cloned().collect::<Vec<_>>());
    members.unwrap_or_default().join(" ")
}

#[test]
fn every_reading_of_every_switch_can_be_told_from_the_others() {
    for switch in Contract::switches() {
        let probe = PROBES.iter().find(|(id, _)| *id == switch.id);
        let (_, probe) = probe.unwrap_or_else(|| panic!("no probe for {}", switch.id));
        let mut shown: BTreeMap<String, &str> = BTreeMap::new();
        for reading in switch.readings {
            let mut contract = Contract::default();
            let set = contract.set(switch.id, reading);
            assert!(set.is_ok(), "{set:?}");
            // Two messages, so that a cap on them shows at the third.
            let set = |config: &mut Config| config.account.messages_12h = Some(2);
            let seen = probe(&Given::new(contract, None).target_with(set));
            if let Some(other) = shown.insert(seen.clone(), reading) {
                panic!(
                    "{}: `{reading}` and `{other}` both show `{seen}`",
                    switch.id
                );
            }
        }
    }
}
