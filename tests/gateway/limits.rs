//! Caps on money and on calls in flight, and what happens at them: GW-028 to GW-035, GW-083 to
//! GW-086.

use serde_json::{Value, json};

use crate::ask::{Answer, Open};
use crate::auth::made;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, HOUR, START, Target};

promises! {
    /// When nothing remains in a bucket the next call is 429 `rate_limit_error`
    gw_028_an_empty_bucket_makes_the_next_call_429 {
        check: Check::Key, page: "concepts/rate-limits",
        rules: &["GW-028"],
        opponents: &[
            Opponent::Deaf("rate_limit_5h"),
            Opponent::Answers(429, 200),
            Opponent::Fault("lose-charge"),
            Opponent::Says("rate_limit_error", "too_many"),
        ],
    }
    /// At the time of the reset header calls are let in again
    gw_029_calls_are_let_in_again_at_the_reset {
        check: Check::Key, page: "concepts/rate-limits, concepts/error-handling",
        opponents: &[Opponent::Frozen, Opponent::Deaf("rate_limit_5h")],
    }
    /// The message of a bucket's 429 names the bucket, used and limit, and the reset in UTC
    gw_030_the_429_of_a_bucket_says_which_and_until_when {
        check: Check::Key, page: "concepts/rate-limits",
        rules: &["GW-030"],
        opponents: &[
            Opponent::Says("rate_limit_5h", "a limit"),
            Opponent::Says(" UTC", ""),
            Opponent::Says("2033-05-25", "25.05."),
        ],
    }
    /// A used-up quota is 402 `quota_exceeded`, and the header says `0.00`
    gw_031_a_used_up_quota_is_402_and_the_header_is_zero {
        check: Check::Key, page: "concepts/errors-reference, concepts/credits-and-billing",
        switches: &[("C-05", &["key-quota"])],
        opponents: &[
            Opponent::Deaf("quota"),
            Opponent::Answers(402, 429),
            Opponent::Says("quota_exceeded", "insufficient_balance"),
        ],
    }
    /// An empty wallet is 402 `insufficient_balance`
    gw_032_an_empty_wallet_is_402 {
        check: Check::Key, page: "concepts/errors-reference",
        rules: &["GW-032"],
        opponents: &[
            Opponent::Set("money in the wallet", |config| config.account.wallet = 1_000_000),
            Opponent::Answers(402, 403),
            Opponent::Says("insufficient_balance", "quota_exceeded"),
        ],
    }
    /// A call that could cost more than the wallet holds is refused before it goes upstream
    gw_033_a_call_that_could_cost_more_than_the_wallet_is_refused_at_once {
        check: Check::Key, page: "blog/how-failures-dont-bill-actually-works",
        opponents: &[
            Opponent::Answers(402, 200),
            Opponent::Set("a wallet that covers it", |config| {
                config.account.wallet = 1_000_000_000;
            }),
            Opponent::Fault("bill-failed-call"),
        ],
    }
    /// Quota and buckets stop a key each on its own
    gw_034_quota_and_buckets_do_not_touch_each_other {
        check: Check::Key, page: "concepts/rate-limits",
        opponents: &[Opponent::Deaf("quota"), Opponent::Deaf("rate_limit_5h"), Opponent::Frozen],
    }
    /// A cap of 0 is no cap
    gw_035_a_cap_of_zero_is_no_cap {
        check: Check::Key, page: "authentication",
        opponents: &[Opponent::Fault("rate-limited")],
    }
    /// More calls in flight than the account may have are 429 `concurrency_limit` at once
    gw_083_a_call_above_the_cap_in_flight_is_429_at_once {
        check: Check::Key, page: "concepts/rate-limits",
        opponents: &[
            Opponent::Set("no cap", |config| config.account.concurrency = None),
            Opponent::Answers(429, 503),
            Opponent::Says("concurrency_limit", "rate_limit_error"),
        ],
    }
    /// The cap on calls in flight is the account's, across its keys
    gw_084_the_cap_in_flight_holds_across_keys {
        check: Check::Key, page: "concepts/rate-limits",
        opponents: &[
            Opponent::Set("a higher cap", |config| config.account.concurrency = Some(3)),
        ],
    }
    /// The 429 of calls in flight ends with those calls
    gw_085_the_429_of_calls_in_flight_ends_with_them {
        check: Check::Key, page: "concepts/error-handling",
        opponents: &[
            Opponent::Fault("concurrency-limited"),
            Opponent::Set("no cap", |config| config.account.concurrency = None),
        ],
    }
}

/// A picture for 0.08 USD.
fn draw(target: &Target, key: &str) -> Answer {
    let image = json!({"model": "gpt-image-2", "prompt": "a kite", "response_format": "url"});
    target
        .ask("POST", "/v1/images/generations")
        .bearer(key)
        .json(&image)
        .send()
}

/// Draws with the key until it is refused, and gives the refusal.
fn exhausted(target: &Target, key: &str) -> Result<Answer, String> {
    for _ in 0..5 {
        let answer = draw(target, key);
        if answer.status != 200 {
            return Ok(answer);
        }
    }
    Err("five pictures for 0.08 USD were drawn under a cap of 0.20".to_owned())
}

fn gw_028_an_empty_bucket_makes_the_next_call_429(given: &Given) -> Held {
    for window in ["rate_limit_5h", "rate_limit_1d", "rate_limit_7d"] {
        let target = given.target();
        let (key, _) = made(&target, &json!({window: 0.16}))?;
        let remaining = |answer: &Answer| answer.micros("x-ratelimit-remaining");
        same(
            "after one picture",
            remaining(&draw(&target, &key))?,
            80_000,
        )?;
        same("after two", remaining(&draw(&target, &key))?, 0)?;
        let refused = draw(&target, &key);
        same(window, refused.status, 429)?;
        let kind = refused.json()["error"]["type"].clone();
        same("the type", kind, "rate_limit_error".into())?;
        same("what remains", remaining(&refused)?, 0)?;
        let claude = Speech::Messages.ask(&target).bearer(&key).send();
        same(
            window,
            claude.refusal(),
            (429, "rate_limit_error".to_owned()),
        )?;
    }
    Ok(())
}

fn gw_029_calls_are_let_in_again_at_the_reset(given: &Given) -> Held {
    let target = given.target();
    let (key, _) = made(&target, &json!({"rate_limit_5h": 0.16}))?;
    draw(&target, &key);
    target.advance(HOUR);
    let refused = exhausted(&target, &key)?;
    same("the status", refused.status, 429)?;
    let reset = refused.header("x-ratelimit-reset").unwrap_or_default();
    let reset: u64 = reset
        .parse()
        .map_err(|_| format!("the reset is `{reset}`"))?;
    let now = START + HOUR;
    let wait = std::time::Duration::from_secs(reset).saturating_sub(now);
    ensure!(
        wait > std::time::Duration::ZERO,
        "the reset {reset} does not lie ahead"
    );
    target.advance(wait - std::time::Duration::from_secs(1));
    same("a second before the reset", draw(&target, &key).status, 429)?;
    target.advance(std::time::Duration::from_secs(1));
    same("at the reset", draw(&target, &key).status, 200)
}

fn gw_030_the_429_of_a_bucket_says_which_and_until_when(given: &Given) -> Held {
    let target = given.target();
    let (key, _) = made(&target, &json!({"rate_limit_5h": 0.16}))?;
    let refused = exhausted(&target, &key)?;
    let message = refused.json()["error"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for part in ["rate_limit_5h", "0.16 / 0.16", "2033-05-25 19:00:00 UTC"] {
        ensure!(message.contains(part), "`{part}` is not in `{message}`");
    }
    Ok(())
}

fn gw_031_a_used_up_quota_is_402_and_the_header_is_zero(given: &Given) -> Held {
    let target = given.target();
    let (key, _) = made(&target, &json!({"quota": 0.16}))?;
    let first = draw(&target, &key);
    same(
        "left of the quota",
        first.header("x-quota-remaining-credits"),
        Some("0.08"),
    )?;
    let refused = exhausted(&target, &key)?;
    same(
        "the refusal",
        refused.refusal(),
        (402, "quota_exceeded".to_owned()),
    )?;
    same(
        "left of the quota",
        refused.header("x-quota-remaining-credits"),
        Some("0.00"),
    )
}

fn gw_032_an_empty_wallet_is_402(given: &Given) -> Held {
    let target = given.target_with(|config| config.account.wallet = 0);
    let refused = (402, "insufficient_balance".to_owned());
    same(
        "chat",
        Speech::Chat.ask(&target).send().refusal(),
        refused.clone(),
    )?;
    same(
        "responses",
        Speech::Responses.ask(&target).send().refusal(),
        refused.clone(),
    )?;
    same("an image", draw(&target, &target.key()).refusal(), refused)?;
    same("Messages", Speech::Messages.ask(&target).send().status, 402)?;
    same("Gemini", Speech::Gemini.ask(&target).send().status, 402)
}

fn gw_033_a_call_that_could_cost_more_than_the_wallet_is_refused_at_once(given: &Given) -> Held {
    // Enough for 64 tokens of output, not for 8000.
    let target = given.target_with(|config| {
        config.account.wallet = 10_000;
        config.first_token = spikeproof_mock::Delay::Constant(HOUR);
    });
    let mut body = Speech::Messages.body("claude-sonnet-4-6", false);
    body["max_tokens"] = 8000.into();
    let refused = Speech::Messages.ask(&target).json(&body).send();
    same("the status", refused.status, 402)?;
    same(
        "the wait for the upstream",
        refused.took,
        std::time::Duration::ZERO,
    )?;
    same(
        "what was held or spent",
        (target.ledger().held, target.ledger().spent),
        (0, 0),
    )?;
    same(
        "a call that it covers",
        Speech::Messages.ask(&target).send().status,
        200,
    )
}

fn gw_034_quota_and_buckets_do_not_touch_each_other(given: &Given) -> Held {
    let target = given.target();
    let (capped, _) = made(&target, &json!({"rate_limit_5h": 0.16, "quota": 100}))?;
    same(
        "an empty bucket under a full quota",
        exhausted(&target, &capped)?.status,
        429,
    )?;
    target.advance(5 * HOUR);
    let answer = draw(&target, &capped);
    same("after the window", answer.status, 200)?;
    let spent = 100_000_000 - answer.micros("x-quota-remaining-credits")?;
    same("the quota keeps what the bucket forgets", spent, 240_000)?;
    let (poor, _) = made(&target, &json!({"rate_limit_5h": 100, "quota": 0.16}))?;
    same(
        "an empty quota under a full bucket",
        exhausted(&target, &poor)?.status,
        402,
    )?;
    target.advance(8 * 24 * HOUR);
    same(
        "the quota after the window",
        draw(&target, &poor).status,
        402,
    )
}

fn gw_035_a_cap_of_zero_is_no_cap(given: &Given) -> Held {
    let target = given.target();
    let none: Value =
        json!({"quota": 0, "rate_limit_5h": 0, "rate_limit_1d": 0, "rate_limit_7d": 0});
    let (key, _) = made(&target, &none)?;
    for _ in 0..200 {
        same("a picture", draw(&target, &key).status, 200)?;
    }
    Ok(())
}

/// A replica whose account may have two calls in flight.
fn two_at_once(given: &Given) -> Target {
    given.target_with(|config| {
        config.account.concurrency = Some(2);
        config.first_token = spikeproof_mock::Delay::Constant(HOUR);
    })
}

fn two_open(target: &Target) -> Result<[Open<'_>; 2], String> {
    let open = || Speech::Chat.stream(target).open();
    let calls = [open(), open()];
    same("two calls", calls.each_ref().map(Open::status), [200, 200])?;
    Ok(calls)
}

fn gw_083_a_call_above_the_cap_in_flight_is_429_at_once(given: &Given) -> Held {
    let target = two_at_once(given);
    let calls = two_open(&target)?;
    let refused = Speech::Chat.ask(&target).send();
    let wanted = (429, "concurrency_limit".to_owned());
    same("a third call", refused.refusal(), wanted)?;
    same("its wait", refused.took, std::time::Duration::ZERO)?;
    let kind = refused.json()["error"]["type"].clone();
    same("its type", kind, "rate_limit_error".into())?;
    let claude = Speech::Messages.ask(&target).send();
    same(
        "a third of Messages",
        claude.refusal(),
        (429, "rate_limit_error".to_owned()),
    )?;
    calls.into_iter().for_each(Open::leave);
    Ok(())
}

fn gw_084_the_cap_in_flight_holds_across_keys(given: &Given) -> Held {
    let target = two_at_once(given);
    let (other, _) = made(&target, &json!({}))?;
    let calls = two_open(&target)?;
    same(
        "with another key",
        Speech::Chat.ask(&target).bearer(&other).send().status,
        429,
    )?;
    calls.into_iter().for_each(Open::leave);
    Ok(())
}

fn gw_085_the_429_of_calls_in_flight_ends_with_them(given: &Given) -> Held {
    let target = two_at_once(given);
    let [first, second] = two_open(&target)?;
    let status = || {
        let call = Speech::Chat.stream(&target).open();
        let status = call.status();
        call.leave();
        status
    };
    same("while two are in flight", status(), 429)?;
    first.finish();
    same("when one has ended", status(), 200)?;
    second.leave();
    same("when both have", status(), 200)
}
