//! The account: tiers, wallets, caps, and what the envelope says of them.

use std::time::Duration;

use serde_json::json;
use spikeproof_mock::contract::MessageCap;
use spikeproof_mock::{
    AccountSetting, Config, Contract, KeySetting, Rounding, Tier, UnlimitedText,
};

use crate::client::*;
use crate::refusals::word;

pub(crate) const ACCOUNT: &str = "/api/v1/me/account";
pub(crate) const USD: i64 = 1_000_000;

pub(crate) fn with(account: AccountSetting) -> Client {
    Client::new(Config {
        account,
        ..Config::default()
    })
}

pub(crate) fn quota(client: &Client) -> Option<String> {
    let answer = client.get("/v1/models");
    answer
        .header("x-quota-remaining-credits")
        .map(str::to_owned)
}

fn org_header(client: &Client) -> Option<String> {
    let answer = client.get("/v1/models");
    let told = answer.header("x-org-quota-remaining-credits");
    told.map(str::to_owned)
}

#[test]
fn each_tier_has_its_cap_on_calls_in_flight_across_keys() {
    for (tier, most) in [(Tier::Free, 5), (Tier::Pro, 25), (Tier::Max, 100)] {
        let client = Client::new(Config {
            account: AccountSetting {
                tier: Some(tier),
                ..AccountSetting::default()
            },
            keys: vec![KeySetting::default()],
            ..Config::default()
        });
        let other = client.engine.keys()[1].secret.clone();
        let open = |number: usize| {
            let mut incoming = client.request("POST", CHAT, chat(true).to_string());
            if number % 2 == 1 {
                incoming.headers[0].1 = format!("Bearer {other}");
            }
            client.engine.answer(&incoming)
        };
        let calls: Vec<_> = (0..most).map(open).collect();
        assert!(calls.iter().all(|call| call.script.status == 200));
        let over = client.post(MESSAGES, &message(false));
        assert_eq!(over.status, 429, "{}", tier.name());
        assert_eq!(over.json()["error"]["type"], "rate_limit_error");
        let over = client.post(CHAT, &chat(false));
        assert_eq!(word(&over), "concurrency_limit");
        assert_eq!(
            client.get("/v1/models").status,
            200,
            "free routes take no slot"
        );
        client.engine.finish(&calls[0].call);
        assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    }
    let agreed = with(AccountSetting {
        tier: Some(Tier::Free),
        concurrency: Some(1),
        ..AccountSetting::default()
    });
    let first = agreed
        .engine
        .answer(&agreed.request("POST", CHAT, chat(true).to_string()));
    assert_eq!(agreed.post(CHAT, &chat(false)).status, 429);
    agreed.engine.finish(&first.call);
    for tier in Tier::ALL {
        assert_eq!(Tier::parse(tier.name()), Some(tier));
    }
}

#[test]
fn messages_are_capped_over_twelve_hours_where_the_contract_says_so() {
    let capped = |message_cap| {
        Client::new(Config {
            account: AccountSetting {
                tier: Some(Tier::Pro),
                messages_12h: Some(2),
                ..AccountSetting::default()
            },
            contract: Contract {
                message_cap,
                ..Contract::default()
            },
            ..Config::default()
        })
    };
    let free = capped(MessageCap::Absent);
    let client = capped(MessageCap::Enforced);
    for _ in 0..3 {
        assert_eq!(free.post(CHAT, &chat(false)).status, 200);
    }
    client.post(CHAT, &json!({"model": "none"}));
    client.post(IMAGES, &image());
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    let over = client.post(CHAT, &chat(false));
    assert_eq!(
        (over.status, word(&over).as_str()),
        (429, "rate_limit_error")
    );
    let text = over.json()["error"]["message"].to_string();
    assert!(text.contains("messages_12h exceeded: 2 / 2 used"), "{text}");
    assert_eq!(client.post(IMAGES, &image()).status, 200);
    client.advance(Duration::from_secs(12 * 3600));
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn the_account_is_read_six_hundred_times_a_minute_by_each_key() {
    let client = Client::new(Config {
        keys: vec![KeySetting::default()],
        ..Config::default()
    });
    for second in 0..60 {
        for _ in 0..10 {
            assert_eq!(client.get(ACCOUNT).status, 200, "second {second}");
        }
        client.advance(Duration::from_millis(900));
    }
    let over = client.get(ACCOUNT);
    assert_eq!(over.status, 429);
    assert_eq!(over.json()["error"]["type"], "rate_limit_error");
    let mut other = client.request("GET", ACCOUNT, "");
    other.headers[0].1 = format!("Bearer {}", client.engine.keys()[1].secret);
    assert_eq!(client.send(&other).status, 200);
    assert_eq!(
        client.get("/api/v1/me/usage").status,
        200,
        "only that route"
    );
    client.advance(Duration::from_secs(7));
    assert_eq!(client.get(ACCOUNT).status, 200);
    let open = with(AccountSetting {
        account_reads: None,
        ..AccountSetting::default()
    });
    assert!((0..700).all(|_| open.get(ACCOUNT).status == 200));
}

#[test]
fn a_paused_organisation_gets_403_from_the_account_only() {
    let client = with(AccountSetting {
        org: true,
        org_paused: true,
        ..AccountSetting::default()
    });
    let answer = client.get(ACCOUNT);
    let kind = answer.json()["error"]["type"].clone();
    assert_eq!((answer.status, kind), (403, json!("permission_error")));
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn a_call_of_the_organisation_is_charged_to_both_wallets_and_covered_by_both() {
    let keys = vec![KeySetting::default()];
    let client = Client::new(Config {
        account: AccountSetting {
            org: true,
            org_wallet: Some(40_000),
            decimals: 6,
            ..AccountSetting::default()
        },
        keys,
        ..Config::default()
    });
    let answer = client.post(IMAGES, &image());
    let told = answer.header("x-org-quota-remaining-credits");
    assert_eq!(told, Some("0.015000"));
    let mut own = client.request("POST", IMAGES, image().to_string());
    own.headers[0].1 = format!("Bearer {}", client.engine.keys()[1].secret);
    let answer = client.send(&own);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-org-quota-remaining-credits"), None);
    let short = client.post(IMAGES, &image());
    assert_eq!(
        (short.status, word(&short).as_str()),
        (402, "insufficient_balance")
    );
    let ledger = client.engine.ledger();
    let org = ledger.org.expect("there is one");
    assert_eq!((org.spent, org.held, org.available), (25_000, 0, 15_000));
    assert_eq!((ledger.spent, ledger.held), (50_000, 0));
}

#[test]
fn a_cached_organisation_wallet_shows_and_admits_what_was_there_before() {
    let client = with(AccountSetting {
        org: true,
        org_wallet: Some(40_000),
        org_cache: Duration::from_secs(30),
        decimals: 6,
        ..AccountSetting::default()
    });
    assert_eq!(org_header(&client).as_deref(), Some("0.040000"));
    assert_eq!(client.post(IMAGES, &image()).status, 200);
    assert_eq!(org_header(&client).as_deref(), Some("0.040000"));
    assert_eq!(
        client.post(IMAGES, &image()).status,
        200,
        "the cache overshoots"
    );
    client.advance(Duration::from_secs(30));
    assert_eq!(org_header(&client).as_deref(), Some("0.000000"));
    assert_eq!(client.post(IMAGES, &image()).status, 402);
    assert_eq!(
        client.engine.ledger().org.map(|org| org.available),
        Some(-10_000)
    );
}

#[test]
fn what_a_call_may_cost_at_most_must_be_there_before_it_goes_upstream() {
    let asks = |max_tokens: u64| {
        let mut body = message(false);
        body["max_tokens"] = max_tokens.into();
        let client = with(AccountSetting {
            wallet: 10_000,
            ..AccountSetting::default()
        });
        let answer = client.post(MESSAGES, &body);
        let ledger = client.engine.ledger();
        assert_eq!((ledger.held, ledger.in_flight), (0, 0));
        (answer.status, ledger.spent > 0)
    };
    assert_eq!(asks(64), (200, true));
    assert_eq!(asks(4_096), (402, false));
}

#[test]
fn quota_and_buckets_do_not_touch_each_other() {
    let both = with(AccountSetting {
        quota: 60_000,
        bucket_5h: 30_000,
        ..AccountSetting::default()
    });
    both.post(IMAGES, &image());
    both.post(IMAGES, &image());
    let answer = both.post(IMAGES, &image());
    assert_eq!(answer.status, 429, "the bucket is full, the quota is not");
    assert_eq!(answer.header("x-quota-remaining-credits"), Some("0.01"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0.00"));
    both.advance(Duration::from_secs(5 * 3600));
    let answer = both.post(IMAGES, &image());
    assert_eq!(answer.status, 200, "a bucket empties");
    both.advance(Duration::from_secs(5 * 3600));
    let answer = both.post(IMAGES, &image());
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (402, "quota_exceeded")
    );
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0.03"));
}

#[test]
fn a_key_without_caps_shows_what_the_setting_says() {
    let shown = |unlimited| {
        let client = with(AccountSetting {
            wallet: 7 * USD,
            quota: 0,
            bucket_5h: 0,
            unlimited,
            ..AccountSetting::default()
        });
        client.post(IMAGES, &image());
        let answer = client.get("/v1/models");
        [
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-quota-remaining-credits",
        ]
        .map(|name| answer.header(name).map(str::to_owned))
    };
    let told = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned()));
    assert_eq!(shown(UnlimitedText::Wallet), told(["7.00", "6.97", "6.97"]));
    assert_eq!(shown(UnlimitedText::Zero), told(["0.00", "0.00", "0.00"]));
    assert_eq!(shown(UnlimitedText::Absent), [None, None, None]);
}

#[test]
fn headers_lose_digits_as_they_are_told_to() {
    let shown = |decimals, rounding| {
        let client = with(AccountSetting {
            quota: 10 * USD - 5_000,
            decimals,
            rounding,
            ..AccountSetting::default()
        });
        quota(&client).expect("it is sent")
    };
    assert_eq!(shown(2, Rounding::Down), "9.99");
    assert_eq!(shown(2, Rounding::Nearest), "10.00");
    assert_eq!(shown(2, Rounding::Up), "10.00");
    assert_eq!(shown(0, Rounding::Down), "9");
    assert_eq!(shown(3, Rounding::Up), "9.995");
    assert_eq!(shown(6, Rounding::Down), "9.995000");
    assert_eq!(shown(9, Rounding::Down), "9.995000", "six are the most");
}
