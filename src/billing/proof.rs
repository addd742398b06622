//! The whole audit against simulated runs: a right ledger never fails, a wrong one is found.

use std::time::Duration;

use proptest::prelude::*;

use super::rows::UsageRow;
use super::terms::{Asked, Terms};
use super::{
    Amount, Audit, BillingVerdict, Books, CheckState, Credits, Entry, KeyBooks, Moments, Share,
};
use crate::endpoint::Endpoint;
use crate::exchange::{Exchange, Nanos};
use crate::judge::Judgement;
use crate::outcome::Outcome;
use crate::protocol::{Facts, Head};
use crate::scenario::TemplateId;

/// One call: when it was sent and for how long, and how many pictures it asked for; none: it was
/// refused.
type Call = (u64, u64, u8);

const MS: u64 = 1_000_000;
const PICTURE: i64 = 25_000;
const START: i64 = 900_000_000;

/// What a ledger does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// The row is there twice, or not at all.
    Double(usize),
    Lost(usize),
    /// The row and all books tell so much more.
    Dearer(usize, i64),
    /// So much is charged that no row tells.
    Unrowed(i64),
    /// Another client's call.
    Foreign,
}

fn amount(credits: i64, quantum: i64) -> Amount {
    Amount {
        credits: Credits(credits.div_euclid(quantum) * quantum),
        quantum: Credits(quantum),
    }
}

fn books(spent: i64) -> Books {
    let key = KeyBooks {
        quota: Some(amount(START - spent, 10_000)),
        ..KeyBooks::default()
    };
    Books {
        keys: vec![key],
        spent: Some(amount(spent, 1)),
        ..Books::default()
    }
}

fn exchange(number: usize, (sent, long, pictures): Call, shown: i64) -> Exchange {
    let mut exchange = Exchange::example(Outcome::Ok);
    exchange.endpoint = Endpoint::ImagesGenerations;
    exchange.call.number = number as u64;
    exchange.times.dispatched = Nanos(sent * MS);
    exchange.times.head = Some(Nanos((sent + long) * MS));
    exchange.times.closed = Some(Nanos((sent + long) * MS));
    let cents = shown.div_euclid(10_000);
    let headers = [
        ("x-ratelimit-limit", "50.00".to_owned()),
        ("x-ratelimit-remaining", "40.00".to_owned()),
        ("x-ratelimit-reset", "1060".to_owned()),
        (
            "x-quota-remaining-credits",
            format!("{}.{:02}", cents / 100, cents % 100),
        ),
        ("x-request-id", format!("req_{number}")),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    exchange.head = Some(Head {
        status: if pictures == 0 { 400 } else { 200 },
        headers: headers.to_vec(),
    });
    if pictures == 0 {
        exchange.outcome = Outcome::Refused;
    }
    let facts = Facts {
        images: u32::from(pictures),
        ..Facts::default()
    };
    exchange.judgement = Some(Judgement {
        facts,
        ..Judgement::example()
    });
    exchange
}

fn row(number: usize, id: String, pictures: u8, credits: i64) -> UsageRow {
    UsageRow {
        number: Some(number.to_string()),
        request_id: id,
        key: None,
        model: "seedream-v4".to_owned(),
        at: None,
        input: None,
        output: None,
        cache_read: None,
        cache_write: None,
        images: Some(u64::from(pictures)),
        seconds: None,
        amount: amount(credits, 1),
    }
}

/// The states of all checks after a run. `tells_ids`: the rows name their requests.
fn audited(calls: &[Call], wrong: Wrong, tells_ids: bool) -> Vec<CheckState> {
    states(&shared(calls, wrong, tells_ids, 1))
}

fn states(verdict: &BillingVerdict) -> Vec<CheckState> {
    verdict.checks.iter().map(|check| check.state).collect()
}

fn terms() -> Terms {
    Terms {
        asked: vec![Asked {
            model: Some("seedream-v4".to_owned()),
            ..Asked::default()
        }],
        ..Terms::default()
    }
}

/// The same of a run that several processes share, each of which saw its own part of it and reads
/// the books by itself.
fn shared(calls: &[Call], wrong: Wrong, tells_ids: bool, processes: usize) -> BillingVerdict {
    let mut audits: Vec<_> = (0..processes).map(|_| Audit::new(terms())).collect();
    for audit in &mut audits {
        audit.baseline(vec![books(0), books(0)]);
    }
    let charge = |number: usize| {
        let dearer = if let Wrong::Dearer(which, more) = wrong {
            if which == number { more } else { 0 }
        } else {
            0
        };
        i64::from(calls[number].2) * PICTURE + dearer
    };
    let (mut rows, mut spent) = (Vec::new(), 0);
    for (number, call) in calls.iter().enumerate() {
        // Charged at the very end: a balance seen then shows all that ended before.
        let gone =
            (0..calls.len()).filter(|other| calls[*other].0 + calls[*other].1 < call.0 + call.1);
        let mut shown = exchange(number, *call, START - gone.map(charge).sum::<i64>());
        shown.template = TemplateId(0);
        audits[number % processes].observe(&shown, None, 1_000);
        spent += charge(number);
        let id = if tells_ids {
            format!("req_{number}")
        } else {
            String::new()
        };
        let times = if wrong == Wrong::Double(number) {
            2
        } else if wrong == Wrong::Lost(number) {
            0
        } else {
            usize::from(call.2 > 0)
        };
        for _ in 0..times {
            rows.push(row(rows.len(), id.clone(), call.2, charge(number)));
        }
    }
    if let Wrong::Unrowed(more) = wrong {
        spent += more;
    }
    if wrong == Wrong::Foreign {
        rows.push(row(rows.len(), "req_theirs".to_owned(), 1, PICTURE));
        spent += PICTURE;
    }
    for audit in &mut audits {
        audit.settled(books(spent), true);
        audit.rows(Ok(rows.clone()));
    }
    together(&mut audits)
}

/// Each has begun at some other time, and all are moved to the clock of the first.
fn together(audits: &mut [Audit]) -> BillingVerdict {
    if let [audit] = audits {
        return audit.verdict();
    }
    let shares = audits.iter().enumerate().map(|(index, audit)| {
        let apart = 7 * MS * index as u64;
        let moments = Moments {
            baseline: Some(Nanos(0)),
            begun: Some(Nanos(0)),
            ended: Some(Nanos(10_000 * MS)),
            settled: Some((Nanos(20_000 * MS), true)),
            probing: None,
        };
        let part = serde_json::to_string(&audit.part(moments)).expect("a part can be written");
        let entries = audit.entries().iter().map(|entry| {
            let mut entry = *entry;
            entry.sent = Nanos(entry.sent.0 + 1_000 * MS - apart);
            entry
        });
        let entries: Vec<Entry> = entries.collect();
        let entries = serde_json::to_string(&entries).expect("entries can be written");
        let mut share = Share {
            part: serde_json::from_str(&part).expect("what was written can be read"),
            entries: serde_json::from_str(&entries).expect("what was written can be read"),
        };
        share.shift(Duration::from_nanos(apart), Duration::ZERO);
        share
    });
    Audit::of_shares(terms(), &shares.collect::<Vec<_>>()).verdict()
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    // The first two are billed at one picture each, so that something can be wrong and its price
    // is known from the others.
    let call = (0_u64..3_000, 1_u64..400, 0_u8..4);
    prop::collection::vec(call, 0..40).prop_map(|mut calls| {
        calls.extend([(10, 5, 1), (20, 5, 1)]);
        calls.rotate_right(2);
        calls
    })
}

proptest! {
    #[test]
    fn a_right_ledger_never_fails(calls in calls(), tells_ids in any::<bool>()) {
        let states = audited(&calls, Wrong::Nothing, tells_ids);
        prop_assert!(!states.contains(&CheckState::Failed), "{:?}", states);
        prop_assert!(!states.contains(&CheckState::Inconclusive), "{:?}", states);
    }

    #[test]
    fn a_single_wrong_credit_is_found_where_rows_and_an_exact_book_tell(
        calls in calls(),
        which in 0_usize..2,
        more in 1_i64..90_000,
    ) {
        let wrongs = [
            Wrong::Double(which),
            Wrong::Lost(which),
            Wrong::Dearer(which, more),
            Wrong::Unrowed(more),
        ];
        for wrong in wrongs {
            let states = audited(&calls, wrong, true);
            prop_assert!(states.contains(&CheckState::Failed), "{:?}", wrong);
        }
    }

    #[test]
    fn several_processes_come_to_what_one_does(
        calls in calls(),
        which in 0_usize..2,
        more in 1_i64..90_000,
        processes in 2_usize..6,
    ) {
        let wrongs = [
            Wrong::Nothing,
            Wrong::Double(which),
            Wrong::Lost(which),
            Wrong::Dearer(which, more),
            Wrong::Unrowed(more),
            Wrong::Foreign,
        ];
        for wrong in wrongs {
            let one = shared(&calls, wrong, true, 1);
            let all = shared(&calls, wrong, true, processes);
            prop_assert_eq!(states(&all), states(&one), "{:?}", wrong);
            prop_assert_eq!(&all.classes, &one.classes, "{:?}", wrong);
            let sums = |verdict: &BillingVerdict| (verdict.overcharged, verdict.undercharged);
            prop_assert_eq!(sums(&all), sums(&one), "{:?}", wrong);
        }
    }

    #[test]
    fn others_on_the_key_leave_it_open(calls in calls()) {
        let states = audited(&calls, Wrong::Foreign, true);
        prop_assert!(!states.contains(&CheckState::Failed), "{:?}", states);
        prop_assert!(states.contains(&CheckState::Inconclusive), "{:?}", states);
    }
}
