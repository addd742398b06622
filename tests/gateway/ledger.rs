//! The account, its transactions and its webhooks: GW-053 to GW-057, GW-067 to GW-072.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::money::micros;
use crate::promise::{Check, Held, Opponent, ensure, promises, same};
use crate::speech::Speech;
use crate::target::{Given, HOUR, Target};

promises! {
    /// What is available leaves out what calls in flight hold
    gw_053_what_is_available_leaves_out_what_calls_hold {
        check: Check::Out, page: "account/me-account",
        rules: &["BIL-005"],
        opponents: &[Opponent::Fault("hold-never-released"), Opponent::Fault("upstream-503")],
    }
    /// With nothing in flight, available is topped up minus spent
    gw_054_at_rest_available_is_topped_up_minus_spent {
        check: Check::Out, page: "account/me-account",
        rules: &["GW-054", "BIL-005"],
        opponents: &[
            Opponent::Fault("hold-never-released"),
            Opponent::Says("lifetime_spent_usd", "lifetime_used_usd"),
        ],
    }
    /// The low balance flag is up exactly at or under the threshold
    gw_055_the_low_balance_flag_is_up_at_or_under_the_threshold {
        check: Check::Key, page: "account/me-account",
        rules: &["GW-055"],
        opponents: &[
            Opponent::Says("\"low_balance_flagged\":true", "\"low_balance_flagged\":false"),
            Opponent::Says("\"low_balance_flagged\":false", "\"low_balance_flagged\":true"),
        ],
    }
    /// A failed call leaves no refund in the transactions
    gw_056_a_failed_call_leaves_no_refund {
        check: Check::Out, page: "blog/five-mistakes-building-multi-provider-gateway",
        rules: &["BIL-002"],
        opponents: &[Opponent::Fault("refund-after-failure")],
    }
    /// No header tells what a call cost
    gw_057_no_header_tells_what_a_call_cost {
        check: Check::Out, page: "concepts/credits-and-billing",
        rules: &["GW-057"],
        switches: &[("C-07", &["absent"])],
        opponents: &[Opponent::Says("x-request-id", "x-credits-used")],
    }
    /// There is no `GET /v1/balance`
    gw_067_there_is_no_balance_route {
        check: Check::Out, page: "utility/balance",
        doubted: Some("C-02"), switches: &[("C-02", &["missing"])],
        rules: &["GW-067"],
        opponents: &[Opponent::Answers(404, 200)],
    }
    /// Transactions come newest first
    gw_068_transactions_come_newest_first {
        check: Check::Out, page: "account/me-billing-transactions",
        rules: &["GW-068"],
        opponents: &[Opponent::Says("2033-05-25T16", "2033-05-24T16")],
    }
    /// A page or page size out of range is 400 `invalid_request_error`
    gw_069_a_page_out_of_range_is_400 {
        check: Check::Out, page: "account/me-billing-transactions",
        rules: &["GW-069"],
        opponents: &[
            Opponent::Deaf("page_size"),
            Opponent::Deaf("page"),
            Opponent::Says("invalid_request_error", "invalid_param"),
        ],
    }
    /// `total` is the same on every page
    gw_070_the_total_is_the_same_on_every_page {
        check: Check::Out, page: "account/me-billing-transactions",
        rules: &["GW-070"],
        opponents: &[Opponent::Says("\"total\":4", "\"total\":2"), Opponent::Deaf("page_size")],
    }
    /// Amounts are signed, and each line tells the balance after it
    gw_071_amounts_are_signed_and_lines_tell_the_balance_after_them {
        check: Check::Out, page: "account/me-billing-transactions",
        rules: &["GW-071"],
        opponents: &[
            Opponent::Says("\"amount_usd\":", "\"amount_usd\":-"),
            Opponent::Says("balance_after_usd", "balance_usd"),
        ],
    }
    /// A webhook's secret is told once, when it is made, and a made one has 32 hex digits
    gw_072_the_secret_of_a_webhook_is_told_once {
        check: Check::Out, page: "account/me-webhooks",
        rules: &["GW-072"],
        opponents: &[
            Opponent::Says("\"fail_count\"", "\"secret\""),
            Opponent::Deaf("secret"),
            Opponent::Says("\"secret\":\"", "\"secret\":\"whsec_"),
        ],
    }
}

fn gw_053_what_is_available_leaves_out_what_calls_hold(given: &Given) -> Held {
    let target = given.target();
    let before = target.available()?;
    let call = Speech::Messages.stream(&target).open();
    let during = target.available()?;
    ensure!(
        during < before,
        "{before} µUSD before a call, {during} while it is in flight"
    );
    call.finish();
    let spent = target.ledger().spent;
    ensure!(spent > 0, "the call cost nothing");
    same(
        "available after the call",
        target.available()?,
        before - spent,
    )?;
    Speech::Messages.stream(&target).open().leave();
    same(
        "available after a call that was left",
        target.available()?,
        before - spent,
    )
}

fn balance(target: &Target) -> Result<[i64; 3], String> {
    let account = target.get("/api/v1/me/account").json();
    let read = |name: &str| {
        let value = &account["balance"][name];
        micros(&value.to_string()).ok_or_else(|| format!("{name} is {value}"))
    };
    Ok([
        read("available_usd")?,
        read("lifetime_topup_usd")?,
        read("lifetime_spent_usd")?,
    ])
}

fn gw_054_at_rest_available_is_topped_up_minus_spent(given: &Given) -> Held {
    let target = given.target();
    for speech in Speech::ALL {
        speech.ask(&target).send();
        let [available, topped_up, spent] = balance(&target)?;
        ensure!(spent > 0, "nothing was spent");
        same("available", available, topped_up - spent)?;
    }
    Ok(())
}

fn gw_055_the_low_balance_flag_is_up_at_or_under_the_threshold(given: &Given) -> Held {
    let flag = |wallet: i64| {
        let target = given.target_with(|config| config.account.wallet = wallet);
        let account = target.get("/api/v1/me/account").json();
        account["balance"]["low_balance_flagged"].as_bool()
    };
    same(
        "a micro-USD above the threshold",
        flag(5_000_001),
        Some(false),
    )?;
    same("at the threshold", flag(5_000_000), Some(true))?;
    same("under it", flag(1), Some(true))
}

fn transactions(target: &Target, query: &str) -> Answer {
    target.get(&format!("/api/v1/me/billing/transactions{query}"))
}

fn gw_056_a_failed_call_leaves_no_refund(given: &Given) -> Held {
    let target = given.target();
    crate::envelope::failures(&target);
    let refunds = transactions(&target, "?kind=refund").json();
    same("refunds", refunds["total"].as_u64(), Some(0))
}

fn gw_057_no_header_tells_what_a_call_cost(given: &Given) -> Held {
    let target = given.target();
    let known = [
        "content-type",
        "cache-control",
        "x-request-id",
        "request-id",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-quota-remaining-credits",
    ];
    for speech in Speech::ALL {
        for answer in [speech.ask(&target).send(), speech.stream(&target).send()] {
            for (name, value) in &answer.headers {
                let tells = ["credit", "cost", "charge", "usd"];
                let is_telling = tells.iter().any(|word| name.contains(word));
                let is_known = known.contains(&name.as_str());
                ensure!(is_known || !is_telling, "{speech:?} has `{name}: {value}`");
            }
        }
    }
    Ok(())
}

fn gw_067_there_is_no_balance_route(given: &Given) -> Held {
    let target = given.target();
    same(
        "the refusal",
        target.get("/v1/balance").refusal(),
        (404, "not_found".to_owned()),
    )
}

/// A replica with a top-up and three refunds, an hour apart.
fn four_lines(given: &Given) -> Target {
    let target = given.target_with(|config| {
        config
            .faults
            .push(crate::promise::always("refund-after-failure"));
    });
    for _ in 0..3 {
        target.advance(HOUR);
        Speech::Chat.put(&target, "no-such-model", false).send();
    }
    target
}

fn gw_068_transactions_come_newest_first(given: &Given) -> Held {
    let lines = transactions(&four_lines(given), "").json()["items"].clone();
    let times: Vec<&str> = lines
        .as_array()
        .map(|lines| {
            lines
                .iter()
                .filter_map(|line| line["created_at"].as_str())
                .collect()
        })
        .unwrap_or_default();
    same("lines", times.len(), 4)?;
    ensure!(
        times.is_sorted_by(|newer, older| newer > older),
        "the times are {times:?}"
    );
    Ok(())
}

fn gw_069_a_page_out_of_range_is_400(given: &Given) -> Held {
    let target = given.target();
    same(
        "the largest page",
        transactions(&target, "?page_size=200").status,
        200,
    )?;
    for query in [
        "?page_size=201",
        "?page_size=0",
        "?page=0",
        "?page=-1",
        "?since=yesterday",
    ] {
        let answer = transactions(&target, query);
        let kind = answer.json()["error"]["type"].clone();
        same(
            query,
            (answer.status, kind),
            (400, "invalid_request_error".into()),
        )?;
    }
    Ok(())
}

fn gw_070_the_total_is_the_same_on_every_page(given: &Given) -> Held {
    let target = four_lines(given);
    let mut seen = Vec::new();
    for page in 1..=3 {
        let page = transactions(&target, &format!("?page={page}&page_size=2")).json();
        same("the total", page["total"].as_u64(), Some(4))?;
        seen.push(page["items"].as_array().map_or(0, Vec::len));
    }
    same("lines by page", seen, vec![2, 2, 0])
}

fn gw_071_amounts_are_signed_and_lines_tell_the_balance_after_them(given: &Given) -> Held {
    let target = given.target();
    let lines = transactions(&target, "?kind=topup").json()["items"].clone();
    let line = &lines[0];
    let read = |name: &str| micros(&line[name].to_string()).ok_or_else(|| line.to_string());
    let wallet = target.engine.config().account.wallet;
    same("the top-up", read("amount_usd")?, wallet)?;
    same("the balance after it", read("balance_after_usd")?, wallet)
}

fn gw_072_the_secret_of_a_webhook_is_told_once(given: &Given) -> Held {
    let target = given.target();
    let place = "/api/v1/me/webhooks";
    let mut body = json!({"url": "https://example.com/hook", "event_types": ["a.b"]});
    let create = |body: &Value| target.ask("POST", place).json(body).send().json();
    let made = create(&body);
    let secret = made["secret"].as_str().unwrap_or_default();
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    ensure!(
        secret.len() == 32 && secret.bytes().all(is_hex),
        "a made secret is `{secret}`"
    );
    body["secret"] = "my own".into();
    same(
        "a given secret",
        create(&body)["secret"].as_str(),
        Some("my own"),
    )?;
    let one = format!("{place}/{}", made["id"]);
    let changed = target
        .ask("PUT", &one)
        .json(&json!({"status": "disabled"}))
        .send();
    same("the change", changed.status, 200)?;
    for answer in [changed, target.get(place)] {
        let text = answer.text();
        ensure!(
            !text.contains("\"secret\""),
            "the secret is told again: {text}"
        );
    }
    Ok(())
}
