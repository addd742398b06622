//! What comes into the wallet, and what the books keep of it all.

use std::time::Duration;

use serde_json::{Value, json};
use spikeproof_mock::contract::TransactionContents;
use spikeproof_mock::{
    AccountSetting, Config, Contract, Delay, MoveError, Retention, TransactionKind,
};

use crate::account::{ACCOUNT, USD, quota, with};
use crate::client::*;

const TRANSACTIONS: &str = "/api/v1/me/billing/transactions";

#[test]
fn a_top_up_comes_with_its_bonus_as_a_second_line() {
    for (usd, bonus) in [
        (5, 0),
        (19, 0),
        (20, 600_000),
        (99, 2_970_000),
        (100, 5 * USD),
        (499, 24_950_000),
        (500, 40 * USD),
        (999, 79_920_000),
        (1_000, 112 * USD),
        (1_250, 140 * USD),
    ] {
        let client = Client::healthy();
        let before = client.engine.ledger();
        assert_eq!(
            client.engine.top_up(usd * USD),
            Ok(usd * USD + bonus),
            "{usd}"
        );
        let after = client.engine.ledger();
        assert_eq!(after.credited - before.credited, usd * USD + bonus);
        let lines = after.transactions.len() - before.transactions.len();
        assert_eq!(lines, 1 + usize::from(bonus > 0), "{usd}");
    }
    let client = Client::healthy();
    for amount in [0, -5, 5 * USD - 1, 1_250 * USD + 1, i64::MAX] {
        assert_eq!(client.engine.top_up(amount), Err(MoveError::TopUp));
    }
    client.engine.top_up(100 * USD).expect("it is allowed");
    let body = client.get(TRANSACTIONS).json();
    let items = body["items"].as_array().expect("a list");
    assert_eq!(items[0]["note"], "bonus");
    assert_eq!(items[0]["amount_usd"], 5.0);
    assert_eq!(items[0]["balance_after_usd"], 100_105.0);
    assert_eq!(items[1]["note"], Value::Null);
    assert_eq!(items[1]["balance_after_usd"], 100_100.0);
    assert!(items[1]["source"]["receipt_id"].is_string());
    let account = client.get(ACCOUNT).json();
    assert_eq!(account["balance"]["available_usd"], 100_105.0);
    assert_eq!(account["balance"]["lifetime_topup_usd"], 100_105.0);
}

/// One transaction of each kind that is made by hand, a minute apart.
fn moved() -> Client {
    let client = Client::healthy();
    for (kind, amount) in [
        (TransactionKind::AdminCredit, 3 * USD),
        (TransactionKind::AdminDebit, 2 * USD),
        (TransactionKind::SubscriptionRenew, USD),
        (TransactionKind::Refund, 1),
    ] {
        client.advance(Duration::from_secs(60));
        let moved = client.engine.transact(kind, amount, Some("by hand"));
        moved.expect("it is allowed");
    }
    client
}

#[test]
fn transactions_are_filtered_paged_and_told_from_the_newest() {
    let client = moved();
    let kinds = |query: &str| {
        let body = client.get(&format!("{TRANSACTIONS}?{query}")).json();
        let items = body["items"].as_array().expect("a list").clone();
        let kind = |item: &Value| item["kind"].as_str().expect("a word").to_owned();
        (
            items.iter().map(kind).collect::<Vec<_>>(),
            body["total"].clone(),
        )
    };
    let (all, total) = kinds("until=2027-01-01");
    let [refund, renew, debit, credit] = [
        "refund",
        "subscription_renew",
        "admin_debit",
        "admin_credit",
    ];
    assert_eq!(all[..4], [refund, renew, debit, credit].map(str::to_owned));
    assert_eq!(total, json!(5));
    let (page, total) = kinds("page=2&page_size=2");
    assert_eq!(
        (page, total),
        (vec![debit.to_owned(), credit.to_owned()], json!(5))
    );
    for kind in [refund, renew, debit, credit] {
        assert_eq!(
            kinds(&format!("kind={kind}")),
            (vec![kind.to_owned()], json!(1))
        );
    }
    let window = "since=2026-05-25T14:01:00Z&until=2026-05-25T14:03:00Z";
    let (inside, _) = kinds(window);
    assert_eq!(
        inside,
        [debit, credit],
        "the start belongs to it, the end does not"
    );
    assert_eq!(
        client.get(&format!("{TRANSACTIONS}?kind=usage")).status,
        400
    );
    let body = client
        .get(&format!("{TRANSACTIONS}?kind=admin_debit"))
        .json();
    assert_eq!(body["items"][0]["amount_usd"], -2.0);
    assert_eq!(body["items"][0]["note"], "by hand");
    assert!(body["items"][0]["source"]["actor"].is_string());
    for (kind, amount) in [
        (TransactionKind::Usage, 5),
        (TransactionKind::Refund, 0),
        (TransactionKind::AdminDebit, -1),
        (TransactionKind::AdminCredit, i64::MAX),
    ] {
        assert!(
            client.engine.transact(kind, amount, None).is_err(),
            "{amount}"
        );
    }
    let text = client.get(TRANSACTIONS).text();
    assert!(text.contains(r#""amount_usd":0.000001"#), "{text}");
}

#[test]
fn charges_are_transactions_only_where_the_contract_says_so() {
    let contract = Contract {
        transactions: TransactionContents::WithUsage,
        ..Contract::default()
    };
    let client = Client::new(Config {
        contract,
        ..Config::default()
    });
    client.post(IMAGES, &image());
    client.post(IMAGES, &json!({"model": "none"}));
    let body = client.get(&format!("{TRANSACTIONS}?kind=usage")).json();
    assert_eq!(body["total"], 1);
    assert_eq!(body["items"][0]["amount_usd"], -0.025);
    assert_eq!(body["items"][0]["balance_after_usd"], 99_999.975);
}

#[test]
fn the_balance_is_flagged_exactly_from_its_threshold_on() {
    let flagged = |wallet| {
        let client = with(AccountSetting {
            wallet,
            low_balance: 2 * USD,
            ..AccountSetting::default()
        });
        client.get(ACCOUNT).json()["balance"]["low_balance_flagged"].clone()
    };
    assert_eq!(flagged(2 * USD + 1), json!(false));
    assert_eq!(flagged(2 * USD), json!(true));
    let client = with(AccountSetting {
        wallet: 6 * USD,
        ..AccountSetting::default()
    });
    let debit = client
        .engine
        .transact(TransactionKind::AdminDebit, 10 * USD, None);
    debit.expect("an administrator may take more than there is");
    let balance = client.get(ACCOUNT).json()["balance"].clone();
    assert_eq!(balance["available_usd"], -4.0);
    assert_eq!(balance["low_balance_flagged"], true);
    let answer = client.post(CHAT, &chat(false));
    assert_eq!(answer.status, 402);
    assert_eq!(
        quota(&client).as_deref(),
        Some("50000.00"),
        "the quota is its own"
    );
    client.engine.top_up(20 * USD).expect("it is allowed");
    assert_eq!(client.post(CHAT, &chat(false)).status, 200);
}

#[test]
fn late_books_are_whole_once_their_time_has_come() {
    let delay = |seconds| Delay::Constant(Duration::from_secs(seconds));
    let client = Client::new(Config {
        settle_delay: delay(3),
        row_delay: delay(4),
        ..Config::default()
    });
    client.post(IMAGES, &image());
    let submitted = client.post(SUBMIT, &clip());
    assert_eq!(submitted.status, 200);
    client.advance(Duration::from_secs(2));
    let ledger = client.engine.ledger();
    assert_eq!(
        (ledger.spent, ledger.held, ledger.in_flight),
        (0, 525_000, 0)
    );
    client.advance(Duration::from_secs(2));
    let ledger = client.engine.ledger();
    assert_eq!((ledger.spent, ledger.held), (525_000, 0));
    assert_eq!((ledger.rows.len(), ledger.call_count), (0, 0));
    client.advance(Duration::from_secs(4));
    let ledger = client.engine.ledger();
    assert_eq!((ledger.rows.len(), ledger.call_count), (2, 2));
    assert_eq!(ledger.totals.total, 525_000);
    assert_eq!(
        ledger.rows[0].at.unix_seconds(),
        START + 3,
        "when it was charged"
    );
}

#[test]
fn usage_reaches_ninety_days_back_and_thirty_unasked() {
    let client = Client::healthy();
    let day = Duration::from_secs(86_400);
    client.post(IMAGES, &image());
    client.advance(day * 50);
    client.post(IMAGES, &image());
    let calls = |query: &str| {
        let body = client.get(&format!("/api/v1/me/usage?{query}")).json();
        body["totals"]["call_count"].clone()
    };
    assert_eq!(calls(""), 1);
    assert_eq!(calls("since=2026-05-01"), 2);
    client.advance(day * 41);
    assert_eq!(calls("since=2020-01-01"), 1, "what is older is not told");
    assert_eq!(
        calls("since=2026-07-14T14:00:00Z"),
        1,
        "the start belongs to it"
    );
    assert_eq!(calls("since=2026-07-14T14:00:01Z"), 0);
    let rows = client.get("/v1/usage?since=2020-01-01").json();
    assert_eq!(rows["total"], 1);
}

#[test]
fn a_long_run_keeps_as_much_as_it_is_told_to_and_counts_on() {
    let retention = Retention {
        rows: 100,
        tallies: 50,
        transactions: 20,
        tasks: 10,
    };
    let contract = Contract {
        transactions: TransactionContents::WithUsage,
        ..Contract::default()
    };
    let client = Client::new(Config {
        retention,
        contract,
        ..Config::default()
    });
    for number in 0..1_000_u64 {
        let answer = client.post(IMAGES, &image());
        assert_eq!(answer.status, 200);
        if number % 10 == 0 {
            assert_eq!(client.post(SUBMIT, &clip()).status, 200);
        }
        client.advance(Duration::from_secs(1));
    }
    client.advance(Duration::from_secs(1));
    let ledger = client.engine.ledger();
    assert_eq!((ledger.rows.len(), ledger.transactions.len()), (100, 20));
    assert!(ledger.tallies.len() <= 100, "{}", ledger.tallies.len());
    let spent = 1_000 * 25_000 + 100 * 500_000;
    assert_eq!((ledger.spent, ledger.totals.total), (spent, spent));
    assert_eq!(ledger.call_count, 1_100);
    let sums: i64 = ledger.tallies.iter().map(|(.., tally)| tally.total).sum();
    assert_eq!(sums, spent, "joined by the hour, none is lost");
    let total = client.get("/api/v1/me/usage").json()["totals"]["call_count"].clone();
    assert_eq!(total, 1_100);
    assert_eq!(client.get("/v1/usage").json()["total"], 100);
    let account = client.get(ACCOUNT).json();
    let used = account["allowed_models"].as_array().expect("a list").iter();
    let mut used = used.filter(|model| model["id"] == "seedream-v4");
    assert_eq!(used.next().expect("it is reached")["quota_used_usd"], 25.0);
}
