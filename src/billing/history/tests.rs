//! The checks on their samples, and what must not alarm.

use super::*;
use crate::billing::{Credits, RULES, checks};

#[test]
fn every_check_fails_on_its_violation_first_and_passes_on_its_conforming_history() {
    for rule in RULES {
        for sample in rule.violations {
            let Sample::History(text) = sample else {
                panic!("{}: not a history", rule.id)
            };
            let verdict = run(text);
            let failed = verdict
                .checks
                .iter()
                .find(|check| check.state == CheckState::Failed);
            assert_eq!(failed.map(|check| check.rule.id), Some(rule.id), "{text}");
        }
        for sample in rule.conforming {
            let Sample::History(text) = sample else {
                panic!("{}: not a history", rule.id)
            };
            let verdict = run(text);
            assert_eq!(
                state(&verdict, rule),
                CheckState::Passed,
                "{text}\n{verdict:#?}"
            );
            assert_eq!(
                verdict.worst(),
                Some(CheckState::Passed),
                "{text}\n{verdict:#?}"
            );
        }
    }
}

#[test]
fn foreign_traffic_makes_the_quiet_checks_inconclusive_never_failed() {
    let mut audit = Audit::default();
    audit.baseline(vec![
        books("calls=1 used=1.00 spent=1.00"),
        books("calls=2 used=2.00 spent=2.00"),
    ]);
    audit.settled(books("calls=9 used=9.00 spent=8.00"), true);
    let before = books("calls=9");
    audit.probe(probe("no-key 3 calls=10", before));
    let verdict = audit.verdict();
    for rule in [&checks::CONSERVATION, &checks::COUNTS] {
        assert_eq!(
            state(&verdict, rule),
            CheckState::Inconclusive,
            "{}",
            rule.id
        );
    }
    assert_eq!(
        state(&verdict, &checks::QUIESCENT_INVARIANCE),
        CheckState::Inconclusive
    );
}

#[test]
fn a_probe_says_the_smallest_charge_it_would_have_shown() {
    let verdict = run("books quota=9.00\nprobe no-key 7 quota=9.00");
    assert_eq!(verdict.classes[0].detection_limit, Some(Credits(1429)));
    let verdict = run("books quota=9.00\nprobe no-key 7 quota=8.97");
    assert_eq!(verdict.overcharged, Credits(30_000));
}

#[test]
fn a_probe_without_evidence_never_passes() {
    let rule = &checks::QUIESCENT_INVARIANCE;
    let cases = [
        ("books calls=5\nprobe no-key 3 calls=5", CheckState::Passed),
        ("books\nprobe no-key 3", CheckState::NotChecked),
        (
            "books calls=5 used=1.00\nprobe no-key 3 used=1.00",
            CheckState::Inconclusive,
        ),
        (
            "books calls=5\nprobe no-key 0 calls=5",
            CheckState::NotChecked,
        ),
        (
            "books calls=5\nprobe no-key 3 calls=5\nprobe no-key 3 late calls=6",
            CheckState::Inconclusive,
        ),
        (
            "books calls=5\nprobe no-key 3 calls=8 succeeded=3",
            CheckState::Inconclusive,
        ),
        (
            "books calls=5\nprobe no-key 3 calls=8 succeeded=3\nprobe no-route 3 calls=6",
            CheckState::Failed,
        ),
    ];
    for (text, expected) in cases {
        let verdict = run(text);
        assert_eq!(state(&verdict, rule), expected, "{text}");
        let measured = expected == CheckState::Passed || expected == CheckState::Failed;
        assert!(measured || verdict.overcharged == Credits::ZERO, "{text}");
    }
    assert!(!run("books calls=5\nprobe no-key 3 calls=5").is_measured);
    assert!(run("books used=5.00\nprobe no-key 3 used=5.00").is_measured);
}

#[test]
fn a_count_that_falls_or_vanishes_is_no_missing_feature() {
    let rule = &checks::COUNTS;
    let cases = [
        ("books calls=5\nbooks calls=4", CheckState::Failed),
        ("books calls=5\nbooks used=1.00", CheckState::Inconclusive),
        ("books used=1.00\nbooks used=1.00", CheckState::NotChecked),
    ];
    for (text, expected) in cases {
        assert_eq!(state(&run(text), rule), expected, "{text}");
    }
}

#[test]
fn a_steady_charge_for_reading_is_no_foreign_traffic() {
    let mut audit = Audit::default();
    audit.baseline(
        ["spent=1.00", "spent=1.03", "spent=1.06", "spent=1.09"]
            .map(books)
            .to_vec(),
    );
    audit.settled(books("spent=1.20"), true);
    let verdict = audit.verdict();
    assert_eq!(state(&verdict, &checks::FREE_ENDPOINTS), CheckState::Failed);
    assert_eq!(
        state(&verdict, &checks::CONSERVATION),
        CheckState::Inconclusive
    );
    let mut audit = Audit::default();
    audit.baseline(
        ["spent=1.00", "spent=1.03", "spent=1.04", "spent=1.09"]
            .map(books)
            .to_vec(),
    );
    audit.settled(books("spent=1.20"), true);
    assert_ne!(
        state(&audit.verdict(), &checks::FREE_ENDPOINTS),
        CheckState::Failed
    );
}

#[test]
fn a_task_that_may_still_run_accuses_nobody() {
    let rule = &checks::QUIESCENT_INVARIANCE;
    for (status, expected) in [
        ("running", CheckState::Inconclusive),
        ("completed", CheckState::Failed),
    ] {
        let mut audit = Audit::default();
        audit.baseline(vec![books("calls=0"), books("calls=0")]);
        audit.call_ended(&task(status));
        assert!(!audit.is_all_counted(&books("calls=0")), "{status}");
        audit.settled(books("calls=0"), true);
        audit.probe(probe("no-key 3 calls=1", books("calls=0")));
        assert_eq!(state(&audit.verdict(), rule), expected, "{status}");
    }
}

#[test]
fn too_many_calls_counted_without_rows_accuse_the_target_only_when_it_does_it_again_alone() {
    let rule = &checks::COUNTS;
    let run_and = |probe: &str| {
        let verdict = run(&format!("books calls=5\ncall ok\nbooks calls=7\n{probe}"));
        let check = verdict
            .checks
            .into_iter()
            .find(|check| check.rule.id == rule.id);
        check.expect("every check is told")
    };
    assert_eq!(run_and("").state, CheckState::Inconclusive);
    let again = run_and("probe success replay 3 succeeded=3 calls=13");
    assert_eq!(again.state, CheckState::Failed);
    assert!(again.message.contains("did it again"), "{}", again.message);
    let not_again = run_and("probe success replay 3 succeeded=3 calls=10");
    assert_eq!(not_again.state, CheckState::Inconclusive);
    assert!(
        not_again.message.contains("did not"),
        "{}",
        not_again.message
    );
}
