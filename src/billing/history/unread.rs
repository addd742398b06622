//! Requests that were put away and cannot be read again: nothing is concluded from the others.

use super::*;
use crate::billing::{RULES, checks};

/// Every sample, with a few more answers, so that some of them are put away.
fn samples() -> impl Iterator<Item = String> {
    let all = RULES.iter().flat_map(|rule| {
        let samples = rule.violations.iter().chain(rule.conforming);
        samples.map(|sample| match sample {
            Sample::History(text) => *text,
            Sample::Answer { .. } => panic!("{}: not a history", rule.id),
        })
    });
    all.map(|text| format!("{text}\nanswer quota=9.00\nanswer quota=9.00\nanswer quota=9.00"))
}

#[test]
fn of_requests_that_were_sent_again_and_not_read_nothing_is_told() {
    let (spill, fails) = short();
    let mut audit = spilling(spill);
    for _ in 0..7 {
        let mut exchange = call("refused");
        exchange.call.phase = u16::MAX;
        audit.read(&exchange, None, NOW);
    }
    assert_eq!(audit.since(2, "refused").same, 5);
    fails.reads.set(Some(1));
    assert_eq!(audit.since(2, "refused"), Again::default());
    assert_eq!(audit.since(6, "refused").same, 1, "that one is in memory");
}

/// Rows that cannot be told from those of others.
#[test]
fn a_probe_beside_rows_of_nobody_knows_whom_accuses_nobody() {
    let text = "books calls=5\ncall ok id=a\ncall ok id=b\ncall ok id=c\nbooks calls=8\n\
                row id=a credits=0.1\nprobe no-key 3 calls=9";
    let rule = &checks::QUIESCENT_INVARIANCE;
    let verdict = told(text, spilling(short().0)).verdict();
    assert_eq!(state(&verdict, rule), CheckState::Failed);
    let (spill, fails) = short();
    fails.reads.set(Some(0));
    let verdict = told(text, spilling(spill)).verdict();
    assert_eq!(state(&verdict, rule), CheckState::Inconclusive);
}

#[test]
fn a_check_that_lacks_requests_is_inconclusive_and_says_so() {
    let (mut lacking, mut cases) = (0, 0);
    for text in samples() {
        let whole = told(&text, Audit::default()).verdict();
        for reads in 0..40 {
            let (spill, fails) = short();
            let mut audit = told(&text, spilling(spill));
            fails.reads.set(Some(reads));
            let verdict = audit.verdict();
            cases += 1;
            for (one, other) in verdict.checks.iter().zip(&whole.checks) {
                let told = (one.rule.id, one.state, &one.message);
                if told == (other.rule.id, other.state, &other.message) {
                    continue;
                }
                lacking += 1;
                let is_open =
                    |state| matches!(state, CheckState::Inconclusive | CheckState::NotChecked);
                assert!(
                    is_open(one.state),
                    "{text}\nafter {reads}: {one:?}\n{other:?}"
                );
            }
            let order = state(&verdict, &checks::ORDER);
            if audit.entries().unread().is_none() {
                assert_eq!(format!("{verdict:?}"), format!("{whole:?}"));
                break;
            }
            if reads == 0 {
                assert_eq!(order, CheckState::Inconclusive, "{text}");
            }
        }
    }
    assert!(lacking > cases, "{lacking} of {cases}");
}
