//! Random histories over several keys, late books, an organisation and money moved by hand: what
//! holds at every moment, and what holds in the end.

use std::time::Duration;

use proptest::prelude::*;
use spikeproof_mock::{
    AccountSetting, Answered, Config, Delay, Delivered, Incoming, KeySetting, LedgerSnapshot,
    Tally, TransactionKind,
};

use crate::client::*;

#[derive(Debug, Clone, Copy)]
enum Walk {
    Call(u8, u8),
    Leave(usize, u64),
    End(usize),
    Submit(u8, u8),
    Cancel(usize),
    TopUp(u16),
    Debit(u16),
    Wait(u16),
}

fn walks() -> impl Strategy<Value = Vec<Walk>> {
    let one = prop_oneof![
        (0..11_u8, 0..3_u8).prop_map(|(kind, key)| Walk::Call(kind, key)),
        (0..20_usize, 0..9_u64).prop_map(|(call, tokens)| Walk::Leave(call, tokens)),
        (0..20_usize).prop_map(Walk::End),
        (1..8_u8, 0..3_u8).prop_map(|(seconds, key)| Walk::Submit(seconds, key)),
        (0..20_usize).prop_map(Walk::Cancel),
        (5..1_250_u16).prop_map(Walk::TopUp),
        (1..50_u16).prop_map(Walk::Debit),
        (0..3_000_u16).prop_map(Walk::Wait),
    ];
    proptest::collection::vec(one, 1..50)
}

struct Walker {
    client: Client,
    secrets: Vec<String>,
    calls: Vec<Answered>,
    /// Ids with the keys that made them.
    tasks: Vec<(String, usize)>,
}

impl Walker {
    fn new(settle: u64, row: u64) -> Self {
        let up_to = |millis| Delay::Uniform {
            min: Duration::ZERO,
            max: Duration::from_millis(millis),
        };
        let of_org = KeySetting {
            org: true,
            ..KeySetting::default()
        };
        let capped = KeySetting {
            quota: 2_000_000,
            bucket_5h: 1_500_000,
            ..KeySetting::default()
        };
        let client = Client::new(Config {
            settle_delay: up_to(settle),
            row_delay: up_to(row),
            keys: vec![of_org, capped],
            account: AccountSetting {
                wallet: 20_000_000,
                org_wallet: Some(10_000_000),
                ..AccountSetting::default()
            },
            ..Config::default()
        });
        let secrets = client.engine.keys().into_iter().map(|key| key.secret);
        Self {
            secrets: secrets.collect(),
            client,
            calls: Vec::new(),
            tasks: Vec::new(),
        }
    }

    fn request(&self, key: usize, target: &str, body: &serde_json::Value) -> Incoming {
        let mut incoming = self.client.request("POST", target, body.to_string());
        incoming.headers[0].1 = format!("Bearer {}", self.secrets[key]);
        incoming
    }

    fn step(&mut self, step: Walk) {
        let engine = &self.client.engine;
        let call = |index: usize| self.calls.get(index % self.calls.len().max(1));
        match step {
            Walk::Call(kind, key) => {
                let (target, body) = text_calls().swap_remove(usize::from(kind));
                let incoming = self.request(usize::from(key), target, &body);
                let answered = self.client.engine.answer(&incoming);
                self.calls.push(answered);
            }
            Walk::Leave(index, tokens) => {
                let frames = tokens + 1;
                if let Some(answered) = call(index) {
                    engine.abandon(&answered.call, Delivered { frames, tokens });
                }
            }
            Walk::End(index) => {
                if let Some(answered) = call(index) {
                    engine.settle(&answered.call);
                    engine.finish(&answered.call);
                }
            }
            Walk::Submit(seconds, key) => {
                let mut body = clip();
                body["params"]["duration_seconds"] = seconds.into();
                let key = usize::from(key);
                let answer = self.client.send(&self.request(key, SUBMIT, &body));
                if let Some(id) = answer.json()["task_id"].as_str() {
                    self.tasks.push((id.to_owned(), key));
                }
            }
            Walk::Cancel(index) => {
                let task = self.tasks.get(index % self.tasks.len().max(1));
                if let Some((id, key)) = task {
                    let body = serde_json::json!({"task_id": id});
                    let request = self.request(*key, "/v1/tasks/cancel", &body);
                    assert_eq!(self.client.send(&request).status, 200);
                }
            }
            Walk::TopUp(usd) => {
                let topped_up = engine.top_up(i64::from(usd) * 1_000_000);
                topped_up.expect("it is allowed");
            }
            Walk::Debit(usd) => {
                let amount = i64::from(usd) * 1_000_000;
                let debit = engine.transact(TransactionKind::AdminDebit, amount, None);
                debit.expect("it is allowed");
            }
            Walk::Wait(millis) => self.client.advance(Duration::from_millis(millis.into())),
        }
    }
}

/// Milliseconds at most; books that are written at once go another way.
fn lateness() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 1..2_000_u64]
}

/// What holds at every moment, however late the books are.
fn laws(ledger: &LedgerSnapshot) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        ledger.available,
        ledger.credited - ledger.spent - ledger.held
    );
    prop_assert!(ledger.held >= 0 && ledger.spent >= 0);
    let spent: i64 = ledger.keys.iter().map(|key| key.spent).sum();
    let held: i64 = ledger.keys.iter().map(|key| key.held).sum();
    prop_assert_eq!((spent, held), (ledger.spent, ledger.held));
    let org = ledger.org.expect("there is one");
    prop_assert_eq!(
        (org.spent, org.held),
        (ledger.keys[1].spent, ledger.keys[1].held)
    );
    prop_assert_eq!(org.available, org.credited - org.spent - org.held);
    let moved: i64 = ledger.transactions.iter().map(|line| line.amount).sum();
    prop_assert_eq!(moved, ledger.credited);
    let rows: i64 = ledger.rows.iter().map(|row| row.charge).sum();
    prop_assert_eq!(rows, ledger.totals.total);
    prop_assert!(rows <= ledger.spent);
    let mut sum = Tally::default();
    for key in &ledger.keys {
        let of_key = ledger.rows.iter().filter(|row| row.key == key.key);
        let tallied = ledger
            .tallies
            .iter()
            .filter(|(.., number, _)| *number == key.key);
        let (mut written, mut counted) = (Tally::default(), Tally::default());
        for row in of_key {
            written.total += row.charge;
            written.input_tokens += row.input_tokens;
            written.output_tokens += row.output_tokens;
            written.call_count += 1;
        }
        for (.., tally) in tallied {
            counted.total += tally.total;
            counted.input_tokens += tally.input_tokens;
            counted.output_tokens += tally.output_tokens;
            counted.call_count += tally.call_count;
        }
        prop_assert_eq!(written, counted, "key {}", key.key);
        sum.total += written.total;
        sum.call_count += written.call_count;
        // Nothing is older than the shortest window.
        let used = key.buckets.iter().all(|bucket| bucket.used == key.spent);
        prop_assert!(used, "{:?}", key);
    }
    prop_assert_eq!(
        (sum.total, sum.call_count),
        (ledger.totals.total, ledger.call_count)
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_purse_and_every_book_agree_at_any_moment(
        walk in walks(), settle in lateness(), row in lateness(),
    ) {
        let mut walker = Walker::new(settle, row);
        for step in walk {
            walker.step(step);
            laws(&walker.client.engine.ledger())?;
        }
        for answered in &walker.calls {
            walker.client.engine.finish(&answered.call);
        }
        walker.client.advance(Duration::from_secs(60));
        let ledger = walker.client.engine.ledger();
        laws(&ledger)?;
        prop_assert_eq!((ledger.held, ledger.in_flight), (0, 0));
        prop_assert_eq!(ledger.totals.total, ledger.spent, "all books are written by now");
    }
}
