//! What can be told with coarse evidence, and who is blamed.

use proptest::prelude::*;

use super::{START, Told, Wrong, calls, shared, terms, told};
use crate::billing::history::state;
use crate::billing::{Audit, CheckState, Probe, checks};

proptest! {
    /// Headers alone, however coarse: a probe finds what is above the limit that it states, each
    /// time, and finds nothing where nothing is charged.
    #[test]
    fn a_probe_finds_each_charge_that_is_above_its_stated_limit(
        told in told(),
        left in 100_000_000_i64..START,
        requests in 1_u64..100,
        above in prop_oneof![Just(0_i64), 0_i64..20_000],
    ) {
        let probed = |charge: i64| {
            let mut audit = Audit::new(terms(told));
            let books = |spent: i64| {
                let gone = START - left;
                let mut books = told.books(&[gone + spent, gone, gone], 0);
                books.spent = None;
                books
            };
            audit.baseline(vec![books(0), books(0)]);
            audit.settled(books(0), true);
            audit.probe(Probe {
                class: "refused".to_owned(),
                free: false,
                requests,
                succeeded: 0,
                before: books(0),
                after: books(charge * i64::try_from(requests).unwrap()),
                late: false,
                unsettled: false,
                replay: None,
            });
            let verdict = audit.verdict();
            let limit = verdict.classes.iter().find_map(|row| row.detection_limit);
            let rule = &checks::QUIESCENT_INVARIANCE;
            (state(&verdict, rule), limit)
        };
        let (found, limit) = probed(0);
        prop_assert_eq!(found, CheckState::Passed);
        // One key of several has paid for all.
        let limit = limit.expect("headers tell a limit").0;
        let (found, _) = probed(limit + above);
        prop_assert_eq!(found, CheckState::Failed, "limit {}", limit);
    }

    /// Rows that name neither request nor key: that one of like calls cost more shows, and not
    /// whose it was.
    #[test]
    fn a_dearer_call_is_blamed_on_no_key_that_rows_do_not_name(
        calls in calls(),
        told in told(),
        which in 0_usize..2,
        more in 1_i64..90_000,
    ) {
        let told = Told { ids: false, names: false, keys: told.keys.max(2), ..told };
        let verdict = shared(&calls, Wrong::Dearer(which, more), told, 1);
        let found = verdict.checks.iter().filter(|check| check.state == CheckState::Failed);
        let found: Vec<_> = found.map(|check| check.rule.id).collect();
        prop_assert_eq!(found, ["BIL-008"], "{:#?}", verdict.checks);
        let check = verdict.checks.iter().find(|check| check.rule.id == "BIL-008");
        let message = &check.expect("every check is told").message;
        prop_assert!(message.contains("or of another like it"), "{}", message);
    }
}
