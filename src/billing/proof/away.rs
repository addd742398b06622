//! A target that lists no rows: requests are put away, and what is concluded is the same.

use proptest::prelude::*;

use super::{LAMBDA, MS, PICTURE, START, Told, amount, terms, told};
use crate::billing::spill::shelf::{Fails, short};
use crate::billing::{Audit, CheckState, Class, Credits, Entries, Entry};
use crate::exchange::Nanos;

/// When it was sent, for how long, what it was, a random number.
type One = (u64, u64, u8, u32);

/// Sent in any order, a few of them over only long after all others have come.
fn ones() -> impl Strategy<Value = Vec<One>> {
    let long = prop_oneof![20 => 1_u64..400, 1 => 2_000_u64..6_000];
    let ones = prop::collection::vec((0_u64..3_000, long, 0_u8..12, any::<u32>()), 0..70);
    ones.prop_map(|mut ones| {
        // The last one of the first key shows what was charged before.
        ones.push((3_000, 5, 4, 0));
        ones
    })
}

/// `wrong`: what one of them is charged that must be free.
fn gathered(ones: &[One], told: Told, wrong: i64, entries: Entries) -> Audit {
    let mut audit = Audit::new(terms(told));
    audit.terms.prices_are_sure = true;
    audit.entries = entries;
    audit.baseline(vec![told.books(&[0; 3], 0), told.books(&[0; 3], 0)]);
    let class = |what: u8| match what {
        0 => Class::Refused,
        1 => Class::Free,
        2 => Class::StreamError,
        3 => Class::TaskFailed,
        _ => Class::Success,
    };
    let costs = |one: &One| i64::from(class(one.2) == Class::Success) * PICTURE;
    let key = |one: &One| told.key((0, 0, 0, one.3));
    let mut paid = [wrong, 0, 0];
    for (one, call) in ones.iter().zip(0..) {
        let (sent, long, what, random) = *one;
        let read = sent + u64::from(random >> 4) % (long + 1);
        let applied = |one: &&One| one.0 + one.1 + u64::from(one.3 >> 8) % (LAMBDA + 1) <= read;
        let others = ones.iter().filter(|other| key(other) == key(one));
        let gone: i64 = others.filter(applied).map(costs).sum();
        let wrong = if key(one) == 0 && sent > 1_000 {
            wrong
        } else {
            0
        };
        let seen = told.rounded(START - gone - wrong);
        let [sent, end] = [sent, sent + long].map(|ms| Nanos(ms * MS));
        let mut entry = Entry::new(class(what), sent).ended(end);
        if what != 3 {
            entry = entry.seen(end, Some(Credits(seen)));
        } else {
            entry = entry.of_task();
        }
        (entry.call, entry.units) = (call, 1);
        entry.key = u8::try_from(key(one)).unwrap();
        paid[key(one)] += costs(one);
        audit.keep(entry);
    }
    let mut books = told.books(&paid, paid.iter().sum());
    books.used = Some(amount(paid.iter().sum(), 1));
    audit.settled(books, true);
    // Of the audit's own, after the traffic.
    audit.keep(Entry::new(Class::Free, Nanos(9_000 * MS)));
    audit
}

fn away() -> (Entries, Fails) {
    let (spill, fails) = short();
    (Entries::spilling(spill), fails)
}

proptest! {
    #[test]
    fn what_is_put_away_comes_to_the_same(
        ones in ones(),
        told in told(),
        wrong in prop_oneof![Just(0), 50_000_i64..90_000],
    ) {
        let mut one = gathered(&ones, told, wrong, Entries::default());
        let (entries, fails) = away();
        let mut other = gathered(&ones, told, wrong, entries);
        let verdict = one.verdict();
        prop_assert_eq!(format!("{verdict:#?}"), format!("{:#?}", other.verdict()));
        let failed = verdict.checks.iter().any(|check| check.state == CheckState::Failed);
        prop_assert!(wrong > 0 || !failed, "{:#?}", verdict.checks);
        // What a stream that broke costs is not known without rows.
        let is_known = ones.iter().all(|one| one.2 != 2);
        prop_assert!(wrong == 0 || failed || !is_known, "{:#?}", verdict.checks);
        prop_assert_eq!(one.suspects(), other.suspects());
        let lines = |audit: &Audit| audit.ledger().map(|line| format!("{line:?}")).collect();
        let (lines, others): (Vec<_>, Vec<_>) = (lines(&one), lines(&other));
        prop_assert_eq!(lines.len(), ones.len() + 1);
        prop_assert_eq!(lines, others);
        prop_assert!(fails.bytes.get() >= (ones.len() + 1) / 3 * 3 * 64);
    }

    #[test]
    fn what_cannot_be_read_again_is_concluded_from_by_no_check(
        ones in ones(),
        told in told(),
        wrong in prop_oneof![Just(0), 50_000_i64..90_000],
        reads in 0_usize..200,
    ) {
        let whole = gathered(&ones, told, wrong, Entries::default()).verdict();
        let (entries, fails) = away();
        let mut audit = gathered(&ones, told, wrong, entries);
        fails.reads.set(Some(reads));
        let verdict = audit.verdict();
        let is_lacking = audit.entries().unread().is_some();
        for (one, other) in verdict.checks.iter().zip(&whole.checks) {
            let is_whole = format!("{one:?}") == format!("{other:?}");
            let is_open = is_lacking && one.state == CheckState::Inconclusive;
            prop_assert!(is_whole || is_open, "{:?} {:?}", one, other);
        }
        if reads == 0 && ones.len() > 2 {
            let order = verdict.checks.iter().find(|check| check.rule.id == "BIL-003");
            let order = order.expect("every check is told");
            prop_assert_eq!(order.state, CheckState::Inconclusive);
            prop_assert!(order.message.contains("no such shelf"), "{}", order.message);
        }
    }
}
