//! Keys: made up front, by the engine and over the wire; groups, address lists, revocation.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::{ClaudeReach, ProtocolCoverage, StartingRights};
use spikeproof_mock::{
    Config, ConfigError, Contract, Engine, GroupSetting, Incoming, KeyError, KeySetting, Rates,
};

use crate::client::*;
use crate::refusals::word;

fn named(name: &str) -> KeySetting {
    KeySetting {
        name: name.to_owned(),
        ..KeySetting::default()
    }
}

fn with_keys(keys: Vec<KeySetting>) -> Client {
    Client::new(Config {
        keys,
        ..Config::default()
    })
}

fn with_contract(set: impl Fn(&mut Contract)) -> Client {
    let mut contract = Contract::default();
    set(&mut contract);
    Client::new(Config {
        contract,
        ..Config::default()
    })
}

/// A request that carries the secret of that key.
fn of_key(client: &Client, number: usize, target: &str, body: &Value) -> Incoming {
    let mut incoming = client.request("POST", target, body.to_string());
    incoming.headers[0].1 = format!("Bearer {}", client.engine.keys()[number - 1].secret);
    incoming
}

#[test]
fn keys_of_the_configuration_share_the_wallet_and_keep_their_own_caps() {
    let capped = KeySetting {
        quota: 1_000_000,
        bucket_1d: 2_000_000,
        ..named("capped")
    };
    let client = with_keys(vec![capped, named("free")]);
    let keys = client.engine.keys();
    let names: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["ready-made", "capped", "free"]);
    let told = client.send(&of_key(&client, 2, IMAGES, &image()));
    assert_eq!(told.header("x-quota-remaining-credits"), Some("0.97"));
    assert_eq!(told.header("x-ratelimit-limit"), Some("2.00"));
    assert_eq!(told.header("x-ratelimit-remaining"), Some("1.97"));
    client.send(&of_key(&client, 3, IMAGES, &image()));
    let ledger = client.engine.ledger();
    let spent: Vec<_> = ledger.keys.iter().map(|key| key.spent).collect();
    assert_eq!(spent, [0, 25_000, 25_000]);
    assert_eq!(ledger.spent, 50_000);
    assert_eq!(ledger.keys[2].quota_left, None);
    let by_id = client.get("/api/v1/me/usage?api_key=2").json();
    let by_mask = format!(
        "/api/v1/me/usage?api_key={}&group_by=api_key",
        keys[1].masked
    );
    let by_mask = client.get(&by_mask).json();
    assert_eq!(by_id["totals"], by_mask["totals"]);
    assert_eq!(by_id["totals"]["call_count"], 1);
    assert_eq!(by_mask["buckets"][0]["api_key"], keys[1].masked.as_str());
    let rows = client.get("/api/v1/usage?api_key_id=3").json();
    assert_eq!(
        (&rows["total"], &rows["items"][0]["api_key_id"]),
        (&json!(1), &json!(3))
    );
    assert!(
        !by_mask.to_string().contains(&keys[1].secret),
        "a secret is told"
    );
}

#[test]
fn secrets_follow_from_the_seed_and_are_all_different() {
    let secrets = |seed| {
        let keys = vec![named("a"), named("b")];
        let engine = Engine::new(Config {
            seed,
            keys,
            ..Config::default()
        });
        let secrets = engine.keys().into_iter().map(|key| key.secret);
        secrets.collect::<Vec<_>>()
    };
    assert_eq!(secrets(1), secrets(1));
    let mut all: Vec<_> = (0..20).flat_map(secrets).collect();
    assert!(all.iter().all(|secret| secret.starts_with("sk-byts-")));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
}

#[test]
fn what_cannot_be_configured_is_said() {
    let why = |keys| {
        Engine::checked(Config {
            keys,
            ..Config::default()
        })
        .err()
    };
    let key = |name: &str, why| {
        let name = name.to_owned();
        Some(ConfigError::Key { name, why })
    };
    let grouped = KeySetting {
        group: 9,
        ..named("g")
    };
    assert_eq!(why(vec![grouped]), key("g", KeyError::Group(9)));
    let twice = KeySetting {
        secret: Some("same".to_owned()),
        ..named("s")
    };
    assert_eq!(why(vec![twice.clone(), twice]), key("s", KeyError::Secret));
    let ranged = KeySetting {
        ip_blacklist: vec!["10.0.0.0/40".to_owned()],
        ..named("r")
    };
    let range = KeyError::Range("ip_blacklist", "10.0.0.0/40".to_owned());
    assert_eq!(why(vec![ranged]), key("r", range));
    let negative = KeySetting {
        bucket_7d: -1,
        ..named("n")
    };
    assert_eq!(
        why(vec![negative]),
        key("n", KeyError::Cap("rate_limit_7d"))
    );
    let mut config = Config::default();
    config.prices.rates = vec![("gpt-9".to_owned(), Rates::FREE)];
    let error = Engine::checked(config).err();
    assert_eq!(error, Some(ConfigError::Price("gpt-9".to_owned())));
}

#[test]
fn a_revoked_key_is_refused_as_an_unknown_one() {
    let client = with_keys(vec![named("short-lived")]);
    let incoming = of_key(&client, 2, CHAT, &chat(false));
    assert_eq!(client.send(&incoming).status, 200);
    assert!(client.engine.revoke_key(2));
    assert!(!client.engine.revoke_key(3));
    assert!(!client.engine.revoke_key(0));
    let answer = client.send(&incoming);
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (401, "invalid_api_key")
    );
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    assert!(client.engine.keys()[1].revoked);
}

#[test]
fn a_key_expires_to_the_second() {
    let client = with_keys(Vec::new());
    let setting = KeySetting {
        expires_in: Some(Duration::from_secs(3_600)),
        ..named("hour")
    };
    let key = client.engine.add_key(&setting).expect("it can be made");
    assert_eq!((key.number, key.group), (2, 3));
    let incoming = of_key(&client, 2, CHAT, &chat(false));
    client.advance(Duration::from_secs(3_599));
    assert_eq!(client.send(&incoming).status, 200);
    client.advance(Duration::from_secs(1));
    assert_eq!(client.send(&incoming).status, 401);
}

#[test]
fn address_lists_ask_the_connection_and_not_the_client() {
    let lists = KeySetting {
        ip_whitelist: vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()],
        ip_blacklist: vec!["10.6.0.0/16".to_owned()],
        ..named("listed")
    };
    let client = with_keys(vec![lists.clone()]);
    let mut incoming = of_key(&client, 2, MESSAGES, &message(false));
    let from = |incoming: &Incoming, peer: &str| {
        let peer: IpAddr = peer.parse().expect("an address");
        let answered = client.engine.answer_from(incoming, peer);
        client.engine.finish(&answered.call);
        answered.script.status
    };
    for (peer, status) in [
        ("10.1.2.3", 200),
        ("::ffff:10.1.2.3", 200),
        ("2001:db8::7", 200),
        ("10.6.2.3", 403),
        ("11.0.0.1", 403),
        ("2001:db9::7", 403),
        ("127.0.0.1", 403),
    ] {
        assert_eq!(from(&incoming, peer), status, "{peer}");
    }
    let told = (
        "x-forwarded-for".to_owned(),
        "10.1.2.3, 11.0.0.1".to_owned(),
    );
    incoming.headers.push(told);
    assert_eq!(
        from(&incoming, "11.0.0.1"),
        403,
        "the client says what it likes"
    );
    let trusting = Client::new(Config {
        keys: vec![lists],
        trust_forwarded_for: true,
        ..Config::default()
    });
    let answer = trusting.send(&incoming);
    assert_eq!(answer.status, 200);
    incoming.headers[1].1 = "11.0.0.1, 10.1.2.3".to_owned();
    let answer = trusting.send(&incoming);
    let kind = answer.json()["error"]["type"].clone();
    assert_eq!((answer.status, kind), (403, json!("permission_error")));
    incoming.headers[1].1 = "nobody".to_owned();
    assert_eq!(
        trusting.send(&incoming).status,
        403,
        "then the connection counts"
    );
    assert_eq!(trusting.engine.ledger().call_count, 1);
}

#[test]
fn a_key_request_is_held_to_its_fields() {
    let client = Client::healthy();
    let refused = |extra: Value| {
        let mut body = json!({"name": "k", "group_id": 3});
        let fields = extra.as_object().expect("an object").clone();
        body.as_object_mut().expect("it is one").extend(fields);
        let answer = client.post("/api/v1/keys", &body);
        assert_eq!(answer.status, 400, "{extra}: {}", answer.text());
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
        answer.json()["error"]["message"].to_string()
    };
    for (extra, named) in [
        (json!({"name": ""}), "name"),
        (json!({"name": 5}), "name"),
        (json!({"group_id": null}), "group_id"),
        (json!({"group_id": 0}), "group_id"),
        (json!({"group_id": 4}), "group"),
        (json!({"group_id": "3"}), "group_id"),
        (json!({"quota": -1}), "quota"),
        (json!({"quota": "5"}), "quota"),
        (json!({"quota": 1_000_000.5}), "quota"),
        (json!({"quota": 0.000_000_1}), "quota"),
        (json!({"quota": 1.000_000_1}), "quota"),
        (json!({"quota": 1e-12}), "quota"),
        (json!({"quota": -0.01}), "quota"),
        (json!({"rate_limit_5h": 1e30}), "rate_limit_5h"),
        (json!({"rate_limit_1d": true}), "rate_limit_1d"),
        (json!({"rate_limit_7d": []}), "rate_limit_7d"),
        (json!({"expires_in_days": 0}), "expires_in_days"),
        (json!({"expires_in_days": 1.5}), "expires_in_days"),
        (json!({"ip_whitelist": "10.0.0.0/8"}), "ip_whitelist"),
        (json!({"ip_whitelist": ["10.0.0.0/8", "here"]}), "here"),
        (json!({"ip_blacklist": [7]}), "ip_blacklist"),
        (
            json!({"ip_blacklist": vec!["10.0.0.1"; 1_001]}),
            "ip_blacklist",
        ),
        (json!({"custom_key": ""}), "secret"),
        (json!({"custom_key": "with blank"}), "secret"),
        (json!({"custom_key": "k\u{e9}y"}), "secret"),
        (json!({"custom_key": "k".repeat(257)}), "secret"),
        (json!({"custom_key": client.engine.key()}), "secret"),
    ] {
        let message = refused(extra.clone());
        assert!(message.contains(named), "{extra}: {message}");
        assert!(!message.contains(client.engine.key()), "a secret is told");
    }
    assert_eq!(client.engine.keys().len(), 1);
    let made = json!({
        "name": "k", "group_id": 3, "quota": 0.000_001, "rate_limit_5h": 2, "rate_limit_1d": null,
        "expires_in_days": 1, "ip_blacklist": ["::1"], "custom_key": "mine",
    });
    let made = client.post("/api/v1/keys", &made).json();
    assert_eq!((&made["id"], &made["key"]), (&json!(2), &json!("mine")));
    assert!(!made["masked_key"].to_string().contains("mine"));
    let ledger = client.engine.ledger();
    assert_eq!(ledger.keys[1].quota_left, Some(1));
    assert_eq!(ledger.keys[1].buckets[0].limit, 2_000_000);
    assert_eq!(client.get("/v1/keys/2/reveal").json()["key"], "mine");
}

#[test]
fn groups_decide_what_a_key_reaches_lists_and_is_told() {
    let group = GroupSetting {
        name: "two".to_owned(),
        reaches: vec!["gpt-5-4".to_owned(), "veo".to_owned()],
        ..GroupSetting::default()
    };
    let hidden = GroupSetting {
        name: "hidden".to_owned(),
        exclusive: true,
        ..GroupSetting::default()
    };
    let granted = GroupSetting {
        granted: true,
        ..hidden.clone()
    };
    let client = Client::new(Config {
        groups: vec![group, hidden, granted],
        keys: vec![KeySetting {
            group: 4,
            ..named("two")
        }],
        ..Config::default()
    });
    let groups = client.get("/api/v1/groups/available").json();
    let ids: Vec<_> = groups["items"].as_array().unwrap().iter().collect();
    let ids: Vec<_> = ids
        .iter()
        .map(|group| group["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [1, 2, 3, 4, 6]);
    let mut models = of_key(&client, 2, "/v1/models", &json!({}));
    models.method = "GET".to_owned();
    let listed = client.send(&models).json();
    let listed: Vec<_> = listed["data"].as_array().unwrap().iter().collect();
    assert_eq!(listed.len(), 4, "{listed:?}");
    models.path = "/api/v1/me/account".to_owned();
    let allowed = client.send(&models).json()["allowed_models"].clone();
    let ids = |list: &[&Value]| {
        list.iter()
            .map(|model| model["id"].clone())
            .collect::<Vec<_>>()
    };
    let allowed: Vec<_> = allowed.as_array().unwrap().iter().collect();
    assert_eq!(ids(&allowed), ids(&listed));
    assert_eq!(
        client.send(&of_key(&client, 2, CHAT, &chat(false))).status,
        200
    );
    let outside = client.send(&of_key(&client, 2, MESSAGES, &message(false)));
    assert_eq!(outside.status, 403);
    let status = |group: u64| {
        let body = json!({"name": "k", "group_id": group});
        client.post("/api/v1/keys", &body).status
    };
    assert_eq!((status(5), status(6), status(7)), (403, 200, 400));
}

#[test]
fn the_contract_decides_how_far_groups_and_protocols_reach() {
    let deepseek = json!({
        "model": "deepseek-v4-pro", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}],
    });
    let status = |client: &Client| {
        let setting = KeySetting {
            group: 1,
            ..named("claude")
        };
        client.engine.add_key(&setting).expect("it can be made");
        client.send(&of_key(client, 2, MESSAGES, &deepseek)).status
    };
    assert_eq!(status(&Client::healthy()), 403);
    let wide = with_contract(|contract| contract.claude_reach = ClaudeReach::Translated);
    assert_eq!(status(&wide), 200);

    let narrow = with_contract(|c| c.protocol_coverage = ProtocolCoverage::PerModel);
    let sonnet = json!({"model": "claude-sonnet-4-6", "input": "a"});
    assert_eq!(Client::healthy().post(RESPONSES, &sonnet).status, 200);
    assert_eq!(narrow.post(RESPONSES, &sonnet).status, 400);
    assert_eq!(narrow.post(MESSAGES, &message(false)).status, 200);
    let pro = "/v1beta/models/gemini-3-1-pro:generateContent";
    assert_eq!(narrow.post(pro, &contents()).status, 400);
    assert_eq!(narrow.post(GEMINI, &contents()).status, 200);

    let nothing = with_contract(|c| c.starting_rights = StartingRights::Nothing);
    assert_eq!(nothing.get("/v1/models").json()["data"], json!([]));
    assert_eq!(nothing.get("/api/v1/groups/available").json()["total"], 0);
    assert_eq!(nothing.post(CHAT, &chat(false)).status, 403);
    assert_eq!(nothing.engine.ledger().spent, 0);
}
