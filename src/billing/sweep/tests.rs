//! The sweep against simulated ledgers.

use proptest::prelude::*;

use super::*;
use crate::billing::class::Class;
use crate::billing::spill::shelf::short;

/// What is put away comes to the same as what stays in memory.
fn sweep(entries: &[Entry], bounds: Bounds) -> Swept {
    let swept = super::sweep(&entries.iter().copied().collect(), bounds);
    let mut spilled = Entries::spilling(short().0);
    spilled.extend(entries.iter().copied());
    assert_eq!(super::sweep(&spilled, bounds), swept);
    swept
}

const MS: u64 = 1_000_000;

/// How a header loses digits.
#[derive(Debug, Clone, Copy)]
enum Rounding {
    Down,
    Nearest,
    Up,
}

fn told(balance: i64, quantum: i64, rounding: Rounding) -> i64 {
    match rounding {
        Rounding::Down => balance.div_euclid(quantum) * quantum,
        Rounding::Nearest => (balance + quantum / 2).div_euclid(quantum) * quantum,
        Rounding::Up => -((-balance).div_euclid(quantum)) * quantum,
    }
}

/// One request of a simulated run; durations in milliseconds.
#[derive(Debug, Clone)]
struct Simulated {
    sent: u64,
    /// From sending to the ledger's being read for the head.
    read: u64,
    /// From there to the head.
    head: u64,
    /// From there to the end.
    rest: u64,
    charge: i64,
    /// Where between sending and the latest moment the charge is applied, in thousandths.
    applied: u64,
}

fn simulated() -> impl Strategy<Value = Simulated> {
    let charge = prop_oneof![Just(0_i64), 1_i64..2_000, 5_000_i64..60_000];
    (
        0_u64..2_000,
        0_u64..40,
        0_u64..40,
        0_u64..300,
        charge,
        0_u64..=1_000,
    )
        .prop_map(|(sent, read, head, rest, charge, applied)| Simulated {
            sent,
            read,
            head,
            rest,
            charge,
            applied,
        })
}

#[derive(Debug, Clone, Copy)]
struct Header {
    quantum: i64,
    rounding: Rounding,
    lambda: u64,
}

fn header() -> impl Strategy<Value = Header> {
    let quantum = prop_oneof![Just(1_i64), Just(100), Just(10_000), Just(1_000_000)];
    let rounding = prop_oneof![
        Just(Rounding::Down),
        Just(Rounding::Nearest),
        Just(Rounding::Up)
    ];
    (quantum, rounding, 0_u64..400).prop_map(|(quantum, rounding, lambda)| Header {
        quantum,
        rounding,
        lambda,
    })
}

const BALANCE: i64 = 1_234_567_891;

/// What a client sees of a ledger that applies each charge once, and a wrong one at a moment of its
/// own.
fn seen(run: &[Simulated], header: Header, wrong: Option<(u64, i64)>) -> (Vec<Entry>, Bounds) {
    let mut charges: Vec<(u64, i64)> = run
        .iter()
        .map(|one| {
            let latest = one.read + one.head + one.rest + header.lambda;
            (one.sent + latest * one.applied / 1_000, one.charge)
        })
        .collect();
    charges.extend(wrong);
    let balance = |at: u64| {
        let applied = charges.iter().filter(|(when, _)| *when <= at);
        BALANCE - applied.map(|(_, charge)| charge).sum::<i64>()
    };
    let entries = run.iter().map(|one| {
        let read = one.sent + one.read;
        let head = read + one.head;
        let quota = told(balance(read), header.quantum, header.rounding);
        Entry::new(Class::Success, Nanos(one.sent * MS))
            .seen(Nanos(head * MS), Some(Credits(quota)))
            .ended(Nanos((head + one.rest) * MS))
            .charged(Credits(one.charge))
    });
    let bounds = Bounds {
        start: Credits(told(BALANCE, header.quantum, header.rounding)),
        quantum: Credits(header.quantum),
        lambda: Nanos(header.lambda * MS),
        seen_by: None,
        charged_to: None,
    };
    (entries.collect(), bounds)
}

/// The same by the definition, every observation against every request.
fn by_definition(entries: &[Entry], bounds: Bounds) -> (bool, bool) {
    let quantum = bounds.quantum.0;
    let (mut much, mut little) = (false, false);
    for seen in entries.iter().filter(|entry| entry.quota().is_some()) {
        let consumed = bounds.start.0 - seen.quota;
        let least = entries
            .iter()
            .filter(|one| one.end().0.saturating_add(bounds.lambda.0) <= seen.sent.0)
            .map(|one| one.range().0)
            .sum::<i64>();
        let most = entries
            .iter()
            .filter(|one| one.sent <= seen.head())
            .map(|one| one.range().1.unwrap())
            .sum::<i64>();
        little |= consumed <= least - quantum;
        much |= consumed >= most + quantum;
    }
    (much, little)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_right_ledger_never_alarms(
        run in prop::collection::vec(simulated(), 1..80),
        header in header(),
    ) {
        let (entries, bounds) = seen(&run, header, None);
        let swept = sweep(&entries, bounds);
        prop_assert_eq!((swept.too_much, swept.too_little), (None, None));
        prop_assert_eq!(swept.observations, run.len() as u64);
    }

    /// Each side finds exactly what the definition finds.
    #[test]
    fn the_sweep_is_the_definition(
        run in prop::collection::vec(simulated(), 1..60),
        header in header(),
        at in 0_u64..2_500,
        wrong in -80_000_i64..80_000,
    ) {
        let (entries, bounds) = seen(&run, header, Some((at, wrong)));
        let swept = sweep(&entries, bounds);
        let found = (swept.too_much.is_some(), swept.too_little.is_some());
        prop_assert_eq!(found, by_definition(&entries, bounds));
    }

    /// Once all is over, a wrong charge of two quanta is found, never told larger than it is nor
    /// as having happened before it could.
    #[test]
    fn a_wrong_charge_above_the_limit_is_found_when_all_is_over(
        mut run in prop::collection::vec(simulated(), 1..60),
        header in header(),
        at in 0_u64..2_500,
        above in 0_i64..50_000,
    ) {
        let wrong = 2 * header.quantum + above;
        run.push(Simulated { sent: 5_000, read: 1, head: 1, rest: 1, charge: 0, applied: 0 });
        let (entries, bounds) = seen(&run, header, Some((at, wrong)));
        let found = sweep(&entries, bounds).too_much.expect("it is found");
        prop_assert!(found.amount > Credits::ZERO && found.amount.0 <= wrong, "{:?}", found);
        prop_assert!(found.since <= Nanos(at * MS), "{:?} {}", found, at);
    }

    #[test]
    fn a_lost_charge_above_the_limit_is_found_when_all_is_over(
        mut run in prop::collection::vec(simulated(), 1..60),
        header in header(),
        above in 0_i64..50_000,
    ) {
        let lost = 2 * header.quantum + above;
        run.push(Simulated { sent: 5_000, read: 1, head: 1, rest: 1, charge: 0, applied: 0 });
        let (entries, bounds) = seen(&run, header, Some((4_900, -lost)));
        let found = sweep(&entries, bounds).too_little.expect("it is found");
        prop_assert!(found.amount < Credits::ZERO && -found.amount.0 <= lost, "{:?}", found);
    }
}

#[test]
fn a_charge_that_is_not_known_bounds_nothing_from_above() {
    let unknown = Entry::new(Class::Success, Nanos(0)).ended(Nanos(MS));
    let quota = Some(Credits(1));
    let later = Entry::new(Class::Free, Nanos(2 * MS))
        .seen(Nanos(3 * MS), quota)
        .charged(Credits::ZERO);
    let bounds = Bounds {
        start: Credits(1_000_001),
        quantum: Credits(1),
        lambda: Nanos(0),
        seen_by: None,
        charged_to: None,
    };
    assert_eq!(sweep(&[unknown, later], bounds).too_much, None);
    let known = unknown.charged(Credits(999_998));
    let found = sweep(&[known, later], bounds).too_much.unwrap();
    assert_eq!((found.amount, found.bound), (Credits(2), Credits(999_998)));
}
