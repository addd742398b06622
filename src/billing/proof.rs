//! The whole audit against simulated runs: a right ledger never fails, a wrong one is found.

mod away;
mod limits;
mod shares;

use std::time::Duration;

use proptest::prelude::*;

use self::shares::together;
use super::rows::UsageRow;
use super::spill::shelf::short;
use super::terms::{Asked, Terms};
use super::{Amount, Audit, BillingVerdict, Books, CheckState, Credits, Entries};
use crate::endpoint::Endpoint;
use crate::exchange::{Exchange, Nanos};
use crate::judge::Judgement;
use crate::outcome::Outcome;
use crate::protocol::{Facts, Head};
use crate::scenario::TemplateId;

/// One call: when it was sent and for how long, in milliseconds; how many pictures it asked for,
/// none: it was refused; a random number for all else.
type Call = (u64, u64, u8, u32);

const MS: u64 = 1_000_000;
const PICTURE: i64 = 25_000;
const START: i64 = 900_000_000;
/// No charge is applied later than so long after its call.
const LAMBDA: u64 = 80;

/// How a target tells what it books.
#[derive(Debug, Clone, Copy)]
struct Told {
    keys: u8,
    /// Of the headers: their step, and how they lose what is less.
    quantum: i64,
    rounding: u8,
    /// Rows name their requests, and their keys.
    ids: bool,
    names: bool,
}

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
    /// The next key pays.
    OtherKey(usize),
    /// Another client's call, with a key that none of ours is.
    Foreign,
}

fn amount(credits: i64, quantum: i64) -> Amount {
    Amount {
        credits: Credits(credits.div_euclid(quantum) * quantum),
        quantum: Credits(quantum),
    }
}

impl Told {
    fn rounded(self, credits: i64) -> i64 {
        let more = [0, self.quantum / 2, self.quantum - 1][usize::from(self.rounding)];
        amount(credits + more, self.quantum).credits.0
    }

    fn text(self, credits: i64) -> String {
        let decimals = 6 - usize::try_from(self.quantum.ilog10()).unwrap();
        let text = Credits(self.rounded(credits)).decimal();
        let dot = text.find('.').unwrap();
        let end = if decimals == 0 {
            dot
        } else {
            dot + 1 + decimals
        };
        text[..end].to_owned()
    }

    fn key(self, call: Call) -> usize {
        usize::from(u8::try_from(call.3 % 251).unwrap() % self.keys)
    }

    /// What each key has paid, and the account.
    fn books(self, paid: &[i64], spent: i64) -> Books {
        let names = ["main", "second", "third"];
        let mut books = Books::of_keys(names.into_iter().take(usize::from(self.keys)));
        for (key, paid) in books.keys.iter_mut().zip(paid) {
            let left = self.rounded(START - paid);
            key.quota = Some(amount(left, self.quantum));
        }
        books.spent = Some(amount(spent, 1));
        books
    }
}

fn exchange(number: usize, call: Call, shown: String) -> Exchange {
    let (sent, long, pictures, _) = call;
    let mut exchange = Exchange::example(Outcome::Ok);
    exchange.endpoint = Endpoint::ImagesGenerations;
    exchange.call.number = number as u64;
    exchange.times.dispatched = Nanos(sent * MS);
    exchange.times.head = Some(Nanos((sent + long) * MS));
    exchange.times.closed = Some(Nanos((sent + long) * MS));
    let headers = [
        ("x-ratelimit-limit", "50.00".to_owned()),
        ("x-ratelimit-remaining", "40.00".to_owned()),
        ("x-ratelimit-reset", "1060".to_owned()),
        ("x-quota-remaining-credits", shown),
        ("x-request-id", format!("req_{number}")),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    exchange.head = Some(Head::new(if pictures == 0 { 400 } else { 200 }, headers));
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

fn row(number: usize, (id, key): (String, Option<String>), pictures: u8, credits: i64) -> UsageRow {
    UsageRow {
        number: Some(number.to_string()),
        request_id: id,
        key,
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

/// Nothing told yet.
fn begun(told: Told, entries: fn() -> Entries) -> Audit {
    let mut audit = Audit::new(terms(told));
    audit.entries = entries();
    let nothing = [0; 3];
    audit.baseline(vec![told.books(&nothing, 0), told.books(&nothing, 0)]);
    audit
}

fn terms(told: Told) -> Terms {
    let mut audit = Audit::default();
    audit.terms.asked = vec![Asked {
        model: Some("seedream-v4".to_owned()),
        images: 1,
        ..Asked::default()
    }];
    audit.terms.lambda = Some(Duration::from_millis(LAMBDA));
    let names = ["main", "second", "third"]
        .into_iter()
        .take(usize::from(told.keys));
    audit.terms.keys = names.map(str::to_owned).collect();
    audit.terms
}

impl Wrong {
    /// How many rows a call has.
    fn rows(self, number: usize, call: Call) -> usize {
        if self == Self::Double(number) {
            2
        } else if self == Self::Lost(number) {
            0
        } else {
            usize::from(call.2 > 0)
        }
    }

    fn charge(self, number: usize, call: Call) -> i64 {
        let dearer = match self {
            Self::Dearer(which, more) if which == number => more,
            Self::Nothing
            | Self::Double(_)
            | Self::Lost(_)
            | Self::Dearer(..)
            | Self::Unrowed(_)
            | Self::OtherKey(_)
            | Self::Foreign => 0,
        };
        i64::from(call.2) * PICTURE + dearer
    }
}

/// What is told of everything: with all of it in memory and with most of it put away.
fn shared(calls: &[Call], wrong: Wrong, told: Told, processes: usize) -> BillingVerdict {
    let verdict = shared_in(calls, wrong, told, processes, Entries::default);
    let away = || Entries::spilling(short().0);
    let away = shared_in(calls, wrong, told, processes, away);
    assert_eq!(format!("{away:?}"), format!("{verdict:?}"));
    verdict
}

/// The states of all checks after a run.
fn audited(calls: &[Call], wrong: Wrong, told: Told) -> Vec<CheckState> {
    states(&shared(calls, wrong, told, 1))
}

fn states(verdict: &BillingVerdict) -> Vec<CheckState> {
    verdict.checks.iter().map(|check| check.state).collect()
}

/// The same of a run that several processes share, each of which saw its own part of it and reads
/// the books by itself.
fn shared_in(
    calls: &[Call],
    wrong: Wrong,
    told: Told,
    processes: usize,
    entries: fn() -> Entries,
) -> BillingVerdict {
    let mut audits: Vec<_> = (0..processes).map(|_| begun(told, entries)).collect();
    let charge = |number: usize| wrong.charge(number, calls[number]);
    let payer = |number: usize| {
        let is_wrong = wrong == Wrong::OtherKey(number);
        (told.key(calls[number]) + usize::from(is_wrong)) % usize::from(told.keys)
    };
    let applied = |call: &Call| call.0 + call.1 + u64::from(call.3 >> 8) % (LAMBDA + 1);
    let (mut rows, mut spent, mut paid) = (Vec::new(), 0, [0; 3]);
    for (number, call) in calls.iter().enumerate() {
        // Looked up somewhere between sending and the head.
        let read = call.0 + u64::from(call.3 >> 4) % (call.1 + 1);
        let key = told.key(*call);
        let by_then = (0..calls.len())
            .filter(|other| payer(*other) == key && applied(&calls[*other]) <= read);
        let left = START - by_then.map(charge).sum::<i64>();
        let mut shown = exchange(number, *call, told.text(left));
        shown.template = TemplateId(0);
        shown.key = u8::try_from(key).unwrap();
        audits[number % processes].observe(&shown, None, 1_000);
        spent += charge(number);
        paid[payer(number)] += charge(number);
        let id = if told.ids {
            format!("req_{number}")
        } else {
            String::new()
        };
        for _ in 0..wrong.rows(number, *call) {
            let named = told.names.then(|| format!("key {key}"));
            rows.push(row(rows.len(), (id.clone(), named), call.2, charge(number)));
        }
    }
    if let Wrong::Unrowed(more) = wrong {
        spent += more;
        paid[0] += more;
    }
    if wrong == Wrong::Foreign {
        let theirs = (
            "req_theirs".to_owned(),
            told.names.then(|| "key 9".to_owned()),
        );
        rows.push(row(rows.len(), theirs, 1, PICTURE));
        spent += PICTURE;
    }
    for audit in &mut audits {
        audit.settled(told.books(&paid, spent), true);
        audit.rows(Ok(rows.clone()));
    }
    together(&mut audits, told, entries)
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    // The first two are billed at one picture each, so that something can be wrong and its price
    // is known from the others.
    let call = (0_u64..3_000, 1_u64..400, 0_u8..4, any::<u32>());
    prop::collection::vec(call, 0..40).prop_map(|mut calls| {
        calls.extend([(10, 5, 1, 0), (20, 5, 1, 1)]);
        calls.rotate_right(2);
        calls
    })
}

fn told() -> impl Strategy<Value = Told> {
    let quantum = prop::sample::select(vec![1, 10, 1_000, 10_000]);
    (1_u8..4, quantum, 0_u8..3, any::<bool>(), any::<bool>()).prop_map(
        |(keys, quantum, rounding, ids, names)| Told {
            keys,
            quantum,
            rounding,
            ids,
            names,
        },
    )
}

proptest! {
    #[test]
    fn a_right_ledger_never_fails(calls in calls(), told in told()) {
        let states = audited(&calls, Wrong::Nothing, told);
        prop_assert!(!states.contains(&CheckState::Failed), "{:?}", states);
        prop_assert!(!states.contains(&CheckState::Inconclusive), "{:?}", states);
    }

    #[test]
    fn a_single_wrong_credit_is_found_where_rows_and_an_exact_book_tell(
        calls in calls(),
        told in told(),
        which in 0_usize..2,
        more in 1_i64..90_000,
    ) {
        let told = Told { ids: true, ..told };
        let wrongs = [
            Wrong::Double(which),
            Wrong::Lost(which),
            Wrong::Dearer(which, more),
            Wrong::Unrowed(more),
        ];
        for wrong in wrongs {
            let states = audited(&calls, wrong, told);
            prop_assert!(states.contains(&CheckState::Failed), "{:?}", wrong);
        }
    }

    /// The account's sums are right then: it takes the headers of two keys.
    #[test]
    fn a_charge_that_another_key_pays_is_found(
        calls in calls(),
        told in told(),
        which in 0_usize..2,
    ) {
        let told = Told { ids: true, keys: told.keys.max(2), ..told };
        let states = audited(&calls, Wrong::OtherKey(which), told);
        prop_assert!(states.contains(&CheckState::Failed), "{:?}", states);
    }

    #[test]
    fn several_processes_come_to_what_one_does(
        calls in calls(),
        told in told(),
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
            Wrong::OtherKey(which),
            Wrong::Foreign,
        ];
        for wrong in wrongs {
            let one = shared(&calls, wrong, told, 1);
            let all = shared(&calls, wrong, told, processes);
            prop_assert_eq!(all.worst(), one.worst(), "{:?}", wrong);
            if !told.ids {
                // Rows of like calls may be those of one or of the other: which of them is taken
                // rests on the order of the calls.
                continue;
            }
            prop_assert_eq!(states(&all), states(&one), "{:?}", wrong);
            prop_assert_eq!(&all.classes, &one.classes, "{:?}", wrong);
            let sums = |verdict: &BillingVerdict| (verdict.overcharged, verdict.undercharged);
            prop_assert_eq!(sums(&all), sums(&one), "{:?}", wrong);
        }
    }

    #[test]
    fn others_on_the_key_leave_it_open(calls in calls(), told in told()) {
        let told = Told { ids: true, ..told };
        let states = audited(&calls, Wrong::Foreign, told);
        prop_assert!(!states.contains(&CheckState::Failed), "{:?}", states);
        prop_assert!(states.contains(&CheckState::Inconclusive), "{:?}", states);
    }
}
