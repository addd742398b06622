//! Refusals for want of money: wallet, quota, buckets, concurrency.

use spikeproof_mock::{AccountSetting, Config};

use crate::client::*;
use crate::refusals::word;

fn poor(account: AccountSetting) -> Client {
    Client::new(Config {
        account,
        ..Config::default()
    })
}

#[test]
fn money_and_caps_refuse_in_the_documented_words() {
    let client = poor(AccountSetting {
        wallet: 900,
        ..Default::default()
    });
    let answer = client.post(CHAT, &chat(false));
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (402, "insufficient_balance")
    );

    let client = poor(AccountSetting {
        quota: 100,
        ..Default::default()
    });
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    let answer = client.post(CHAT, &chat(false));
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (402, "quota_exceeded")
    );
    assert_eq!(answer.header("x-quota-remaining-credits"), Some("0.00"));

    let client = poor(AccountSetting {
        bucket_5h: 100,
        ..Default::default()
    });
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
    let answer = client.post(MESSAGES, &message(false));
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json()["type"], "error");
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
    let text = answer.json()["error"]["message"].to_string();
    assert!(
        text.contains("rate_limit_5h exceeded:") && text.contains("UTC"),
        "{text}"
    );
    let reset: u64 = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
    client.advance(std::time::Duration::from_secs(reset - START));
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);

    let client = poor(AccountSetting {
        concurrency: Some(1),
        ..Default::default()
    });
    let first = client
        .engine
        .answer(&client.request("POST", CHAT, chat(true).to_string()));
    let answer = client.post(CHAT, &chat(false));
    assert_eq!(
        (answer.status, word(&answer).as_str()),
        (429, "concurrency_limit")
    );
    client.engine.finish(&first.call);
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn the_tightest_bucket_is_the_one_that_is_shown() {
    let client = poor(AccountSetting {
        bucket_5h: 50_000_000,
        bucket_1d: 40_000_000,
        bucket_7d: 90_000_000,
        ..Default::default()
    });
    let answer = client.get("/v1/models");
    assert_eq!(answer.header("x-ratelimit-limit"), Some("40.00"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("40.00"));
    assert_eq!(answer.header("x-org-quota-remaining-credits"), None);
    let client = poor(AccountSetting {
        org: true,
        ..Default::default()
    });
    let answer = client.get("/v1/models");
    assert_eq!(
        answer.header("x-org-quota-remaining-credits"),
        Some("100000.00")
    );
}
