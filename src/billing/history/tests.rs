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

/// What the check says of suspects that were sent again.
fn said_of(text: &str, rule: &Rule) -> String {
    let verdict = run(text);
    let mut checks = verdict.checks.into_iter();
    let check = checks.find(|check| check.rule.id == rule.id);
    let check = check.expect("every check is told");
    assert_eq!(check.state, CheckState::Failed, "{text}: {}", check.message);
    let said = check.message.split_once(", sent again alone, ");
    said.map_or("", |(_, said)| said).to_owned()
}

#[test]
fn failures_that_were_sent_again_did_it_again_only_where_something_moved() {
    let of = |probe: &str| {
        let run = "books spent=1.000000 used=1.000000 calls=1\ncall refused id=a\n\
                   books spent=1.000007 used=1.000000 calls=1\nrows\nprobe refused replay 4";
        said_of(&format!("{run} {probe}"), &checks::CONSERVATION)
    };
    let again = of("spent=1.000035 used=1.000000 calls=1");
    assert_eq!(again, "did it again");
    assert_eq!(
        of("spent=1.000007 used=1.000000 calls=1"),
        "did not do it again"
    );
    let other = of("same=0 spent=1.000007 used=1.000000 calls=1");
    assert!(other.contains("none of them ended as before"), "{other}");
    let late = of("late spent=1.000035 used=1.000000 calls=1");
    assert!(late.contains("others use this key"), "{late}");
    assert_eq!(
        of(""),
        "could not be judged: the target tells nothing that could have moved"
    );
}

#[test]
fn what_a_coarse_book_cannot_show_is_not_said_to_have_stayed_away() {
    let run = "books quota=9.00 used=1.00\ncall refused id=a\nbooks quota=8.90 used=1.00\nrows\n\
               probe refused replay 4 quota=8.90 used=1.00";
    let said = said_of(run, &checks::CONSERVATION);
    let limit = "did not do it again, as far as 0.002500 USD of each would show";
    assert_eq!(said, limit);
}

#[test]
fn successes_that_were_sent_again_are_held_to_what_the_check_is_about() {
    let counts = |probe: &str| {
        let run = "books calls=5\ncall ok id=a\nbooks calls=7\nrow id=a credits=0.01\n";
        let run = format!("{run}probe success replay 3 succeeded=3 {probe}");
        said_of(&run, &checks::COUNTS)
    };
    assert_eq!(counts("calls=13"), "did it again");
    assert_eq!(counts("calls=10"), "did not do it again");
    assert_eq!(counts(""), "could not be judged: nothing counts them");
    let rows = |probe: &str| {
        let run = "books rows=0\ncall ok id=a\nbooks rows=2\nrow id=a credits=0.01\n\
                   row id=a credits=0.01\n";
        let run = format!("{run}probe success replay 3 succeeded=3 {probe}");
        said_of(&run, &checks::BIJECTION)
    };
    assert_eq!(rows("rows=8"), "did it again");
    assert_eq!(rows("rows=5"), "did not do it again");
    // The charge is lost: as many are counted as there were, and no money moves.
    let lost = |probe: &str| {
        let run = "books spent=1.000000 used=1.000000\ncall ok id=a\n\
                   books spent=1.000000 used=1.010000\nrow id=a credits=0.01\n";
        let run = format!("{run}probe success replay 3 succeeded=3 {probe}");
        said_of(&run, &checks::CONSERVATION)
    };
    assert_eq!(lost("spent=1.000000 used=1.040000"), "did it again");
    assert_eq!(lost("spent=1.030000 used=1.040000"), "did not do it again");
    assert_eq!(
        lost("spent=1.030000"),
        "could not be judged: it takes two books"
    );
}

#[test]
fn a_bucket_that_failures_fill_is_looked_at_again() {
    let of = |probe: &str| {
        let run = "books limit=50.00 remaining=40.00 quota=9.00\ncall refused id=a\n\
                   books limit=50.00 remaining=39.90 quota=9.00\nrows\n";
        let run = format!("{run}probe refused replay 5 {probe} quota=9.00");
        said_of(&run, &checks::BUCKET)
    };
    assert_eq!(of("limit=50.00 remaining=39.80"), "did it again");
    let not = of("limit=50.00 remaining=39.90");
    assert_eq!(
        not,
        "did not do it again, as far as 0.002000 USD of each would show"
    );
    assert!(of("").contains("nothing that was read again tells"));
}

/// What comes after the promised time may be of others, where nothing tells whose it is.
#[test]
fn what_comes_too_late_accuses_the_target_only_where_it_is_ours() {
    let state_of_late = |rows: Option<&str>, calls: (u64, u64)| {
        let mut audit = Audit::default();
        audit.terms.lambda = Some(Duration::from_secs(1));
        let at = |spent: &str, calls: u64| {
            let mut books = books(&format!("spent={spent} quota=9.00"));
            books.calls = Some(calls);
            books
        };
        audit.baseline(vec![at("1.000000", calls.0), at("1.000000", calls.0)]);
        audit.observe(&call("ok id=a quota=9.000000"), None, NOW);
        audit.late(&at("1.000000", calls.1), &at("1.010000", calls.1));
        audit.settled(at("1.010000", calls.1), true);
        if let Some(text) = rows {
            audit.rows(Ok(text
                .lines()
                .enumerate()
                .map(|(n, one)| row(one, n))
                .collect()));
        }
        state(&audit.verdict(), &checks::INTERVAL)
    };
    let ours = "id=a credits=0.01";
    assert_eq!(state_of_late(Some(ours), (0, 1)), CheckState::Failed);
    let theirs = "id=a credits=0.01\nid=x credits=0.01";
    assert_eq!(
        state_of_late(Some(theirs), (0, 2)),
        CheckState::Inconclusive
    );
    assert_eq!(state_of_late(None, (0, 1)), CheckState::Failed);
    assert_eq!(state_of_late(None, (0, 2)), CheckState::Inconclusive);
}

#[test]
fn a_charge_for_reading_is_no_late_charge() {
    let mut audit = Audit::default();
    audit.terms.lambda = Some(Duration::from_secs(1));
    let at = |cents: u8| books(&format!("spent=1.{cents:02}0000 quota=9.00"));
    audit.baseline(vec![at(0), at(3), at(6), at(9)]);
    audit.late(&at(12), &at(15));
    audit.settled(at(15), true);
    let verdict = audit.verdict();
    assert_eq!(state(&verdict, &checks::FREE_ENDPOINTS), CheckState::Failed);
    assert_ne!(state(&verdict, &checks::INTERVAL), CheckState::Failed);
}

/// The money of a call whose row is missing is explained by it, and by no failure.
#[test]
fn a_lost_row_is_not_told_as_a_charge_for_a_failure() {
    let verdict = run(
        "books spent=0.000000 quota=9.00\ncall refused id=a\ncall ok id=b\n\
                       call ok id=c\nbooks spent=0.020000 quota=8.98\nrow id=b credits=0.01",
    );
    let suspect = |rule: &Rule| {
        let mut checks = verdict.checks.iter();
        let check = checks
            .find(|check| check.rule.id == rule.id)
            .expect("it is told");
        assert_eq!(check.state, CheckState::Failed, "{}", check.message);
        check.suspects[0].clone()
    };
    assert_eq!(suspect(&checks::BIJECTION).entry, 2);
    assert_eq!(suspect(&checks::CONSERVATION).entry, 2);
    assert_eq!(state(&verdict, &checks::INTERVAL), CheckState::NotChecked);
}

#[test]
fn calls_counted_twice_are_those_with_two_rows() {
    let verdict = run(
        "books calls=0\ncall refused id=a\ncall ok id=b\nbooks calls=2\n\
                       row id=b credits=0.01\nrow id=b credits=0.01",
    );
    let mut checks = verdict.checks.iter();
    let check = checks.find(|check| check.rule.id == checks::COUNTS.id);
    let suspects = &check.expect("every check is told").suspects;
    let told: Vec<_> = suspects.iter().map(|one| (one.entry, one.amount)).collect();
    assert_eq!(told, [(1, Credits(10_000))]);
}

#[test]
fn a_header_that_is_always_0_while_calls_succeed_tells_nothing() {
    let told = |calls: &str| {
        let books = |spent| format!("books quota=0.00 spent={spent}");
        let text = format!("{}\n{calls}\n{}", books("1.00"), books("2.00"));
        let verdict = run(&text);
        let mut checks = verdict.checks.into_iter();
        let check = checks.find(|check| check.rule.id == checks::INTERVAL.id);
        check.expect("every check is told").message
    };
    assert!(told("call ok").contains("a key without a cap"));
    for calls in ["call refused", "call ok\nanswer quota=3.00"] {
        assert!(!told(calls).contains("a key without a cap"), "{calls}");
    }
}
