//! Tiers, callbacks, webhooks, reads of the account.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use spikeproof_mock::config::Tier;

use crate::ask::Open;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, SECOND};
use crate::tasks::{clip, submitted};

const HERE: &str = "http://127.0.0.1:9/hook";

promises! {
    /// The caps on calls in flight are 5, 25 and 100 by tier
    gw_086_the_caps_in_flight_are_5_25_and_100_by_tier {
        check: Check::Key, page: "concepts/rate-limits",
        opponents: &[
            Opponent::Set("one cap for all", |config| config.account.concurrency = Some(25)),
            Opponent::Set("no tier", |config| config.account.tier = None),
        ],
    }
    /// Webhook bodies are signed with HMAC-SHA256 and the webhook's secret
    gw_073_a_webhook_is_signed_with_its_secret {
        check: Check::Key, page: "account/me-webhooks",
        opponents: &[Opponent::Deaf("secret")],
    }
    /// A `callback_url` gets a POST once its task is over
    gw_114_a_callback_comes_once_the_task_is_over {
        check: Check::Key, page: "utility/tasks-submit",
        opponents: &[Opponent::Deaf("callback_url"), Opponent::Frozen],
    }
    /// The account is read at most 600 times a minute with one key
    gw_128_the_account_is_read_600_times_a_minute_with_one_key {
        check: Check::Key, page: "account/me-account",
        opponents: &[
            Opponent::Frozen,
            Opponent::Answers(429, 200),
            Opponent::Set("no cap", |config| config.account.account_reads = None),
        ],
    }
}

fn gw_086_the_caps_in_flight_are_5_25_and_100_by_tier(given: &Given) -> Held {
    for (tier, cap) in [(Tier::Free, 5), (Tier::Pro, 25), (Tier::Max, 100)] {
        let target = given.target_with(|config| config.account.tier = Some(tier));
        let open = || Speech::Chat.stream(&target).open();
        let calls: Vec<Open<'_>> = (0..cap).map(|_| open()).collect();
        let let_in = calls.iter().filter(|call| call.status() == 200).count();
        same(&format!("calls let in of {cap}"), let_in, cap)?;
        same("one more", open().status(), 429)?;
        calls.into_iter().for_each(Open::leave);
    }
    Ok(())
}

fn gw_114_a_callback_comes_once_the_task_is_over(given: &Given) -> Held {
    let target = given.target();
    let mut body = clip(4);
    body["callback_url"] = HERE.into();
    let id = submitted(&target, &body)?;
    target.advance(49 * SECOND);
    same(
        "callbacks while it runs",
        target.engine.due_notices(9).len(),
        0,
    )?;
    target.advance(SECOND);
    let due = target.engine.due_notices(9);
    let [notice] = due.as_slice() else {
        return Err(format!("the callbacks are {due:?}"));
    };
    let told: Value = serde_json::from_slice(&notice.body).map_err(|error| error.to_string())?;
    same("the task", told["task_id"].as_str(), Some(id.as_str()))?;
    same("its status", told["status"].as_str(), Some("completed"))
}

fn gw_073_a_webhook_is_signed_with_its_secret(given: &Given) -> Held {
    let target = given.target_with(|config| config.account.wallet = 5_300_000);
    let hook = json!({
        "url": HERE,
        "event_types": ["system.balance.notify.dispatched"],
        "secret": "a secret of our own",
    });
    let made = target.ask("POST", "/api/v1/me/webhooks").json(&hook).send();
    same("the webhook", made.status, 200)?;
    submitted(&target, &clip(4))?;
    let due = target.engine.due_notices(9);
    let [notice] = due.as_slice() else {
        return Err(format!("the events are {due:?}"));
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a secret of our own").expect("any length");
    mac.update(&notice.body);
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let is_signed = notice.headers.iter().any(|(_, value)| value.contains(&hex));
    ensure!(is_signed, "no header has {hex}: {:?}", notice.headers);
    Ok(())
}

fn gw_128_the_account_is_read_600_times_a_minute_with_one_key(given: &Given) -> Held {
    let target = given.target();
    let read = || target.get("/api/v1/me/account").status;
    for _ in 0..600 {
        same("a read", read(), 200)?;
    }
    same("one more in the same minute", read(), 429)?;
    target.advance(61 * SECOND);
    same("a minute later", read(), 200)
}
