//! Small histories of money as text, so that the audit's checks have samples like every rule.
//!
//! A line is an `answer` (headers, optionally `at=SENT..HEAD` in seconds), a `call ok|refused`, the
//! `books` (the first time before the traffic, the second after it), or a `probe CLASS N` with the
//! books after it (before it: the last books).

use super::credits::Amount;
use super::{Audit, BillingVerdict, Books, CheckState, Probe};
use crate::endpoint::Endpoint;
use crate::exchange::{CallEnd, CallKey, Exchange, Nanos};
use crate::outcome::Outcome;
use crate::protocol::Head;
use crate::protocol::conversation::TaskOutcome;
use crate::rules::{Rule, Sample};
use crate::scenario::TemplateId;

/// Unix seconds at which everything in a history happens.
const NOW: u64 = 1_800_000_000;

fn run(text: &str) -> BillingVerdict {
    let mut audit = Audit::default();
    let mut last: Option<Books> = None;
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "answer" => audit.read(&answer(rest), NOW),
            "call" => audit.observe(&call(rest), None, NOW),
            "books" => {
                let books = books(rest);
                if last.is_none() {
                    audit.baseline(vec![books.clone(), books.clone()]);
                }
                audit.settled(books.clone(), true);
                last = Some(books);
            }
            "probe" => {
                let before = last.clone().expect("books before a probe");
                audit.probe(probe(rest, before));
            }
            other => panic!("no such line: {other}"),
        }
    }
    audit.verdict()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(' ')
        .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn answer(text: &str) -> Exchange {
    let mut exchange = Exchange::example(Outcome::Ok);
    let (sent, head) = field(text, "at")
        .and_then(|at| at.split_once(".."))
        .unwrap_or(("0", "1"));
    exchange.times.dispatched = Nanos(sent.parse().unwrap());
    exchange.times.head = Some(Nanos(head.parse().unwrap()));
    let reset = field(text, "reset")
        .unwrap_or("+60")
        .parse::<i64>()
        .unwrap();
    let reset = NOW.checked_add_signed(reset).unwrap().to_string();
    let headers = [
        ("x-ratelimit-limit", field(text, "limit").or(Some("50.00"))),
        (
            "x-ratelimit-remaining",
            field(text, "remaining").or(Some("40.00")),
        ),
        ("x-ratelimit-reset", Some(reset.as_str())),
        ("x-quota-remaining-credits", field(text, "quota")),
    ];
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some(((*name).into(), (*value)?.into())));
    exchange.head = Some(Head {
        status: 200,
        headers: headers.collect(),
    });
    exchange
}

fn call(text: &str) -> Exchange {
    let mut exchange = answer("quota=10.00");
    exchange.endpoint = Endpoint::Messages;
    if text == "refused" {
        exchange.outcome = Outcome::Refused;
        if let Some(head) = &mut exchange.head {
            head.status = 400;
        }
    }
    exchange
}

fn books(text: &str) -> Books {
    let amount = |name| field(text, name).and_then(Amount::parse);
    let count = |name| field(text, name).map(|count| count.parse().unwrap());
    Books {
        quota: amount("quota"),
        available: amount("available"),
        spent: amount("spent"),
        used: amount("used"),
        calls: count("calls"),
        transactions: count("transactions"),
    }
}

fn probe(text: &str, before: Books) -> Probe {
    let is_word = |part: &&str| part.parse::<u64>().is_err() && !part.contains('=');
    let class: Vec<_> = text.split(' ').take_while(is_word).collect();
    let class = class.join(" ");
    let requests = text
        .split(' ')
        .find_map(|part| part.parse().ok())
        .expect("how many");
    let free = class == "free endpoint";
    Probe {
        class,
        free,
        requests,
        succeeded: field(text, "succeeded").map_or(0, |count| count.parse().unwrap()),
        late: text.contains(" late"),
        before,
        after: books(text),
        unsettled: false,
    }
}

fn state(verdict: &BillingVerdict, rule: &Rule) -> CheckState {
    verdict
        .checks
        .iter()
        .find(|check| check.rule.id == rule.id)
        .expect("every check is told")
        .state
}

#[test]
fn every_check_fails_on_its_violation_first_and_passes_on_its_conforming_history() {
    for rule in super::RULES {
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
    for rule in [&super::checks::CONSERVATION, &super::checks::COUNTS] {
        assert_eq!(
            state(&verdict, rule),
            CheckState::Inconclusive,
            "{}",
            rule.id
        );
    }
    assert_eq!(
        state(&verdict, &super::checks::QUIESCENT_INVARIANCE),
        CheckState::Inconclusive
    );
}

#[test]
fn a_probe_says_the_smallest_charge_it_would_have_shown() {
    let verdict = run("books quota=9.00\nprobe no-key 7 quota=9.00");
    assert_eq!(
        verdict.classes[0].detection_limit,
        Some(super::Credits(1429))
    );
    let verdict = run("books quota=9.00\nprobe no-key 7 quota=8.97");
    assert_eq!(verdict.overcharged, super::Credits(30_000));
}

#[test]
fn a_probe_without_evidence_never_passes() {
    let rule = &super::checks::QUIESCENT_INVARIANCE;
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
        assert!(
            measured || verdict.overcharged == super::Credits::ZERO,
            "{text}"
        );
    }
    assert!(!run("books calls=5\nprobe no-key 3 calls=5").is_measured);
    assert!(run("books used=5.00\nprobe no-key 3 used=5.00").is_measured);
}

#[test]
fn a_count_that_falls_or_vanishes_is_no_missing_feature() {
    let rule = &super::checks::COUNTS;
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
    assert_eq!(
        state(&verdict, &super::checks::FREE_ENDPOINTS),
        CheckState::Failed
    );
    assert_eq!(
        state(&verdict, &super::checks::CONSERVATION),
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
        state(&audit.verdict(), &super::checks::FREE_ENDPOINTS),
        CheckState::Failed
    );
}

#[test]
fn a_task_that_may_still_run_accuses_nobody() {
    let task = |status: &str| CallEnd {
        call: CallKey {
            phase: 0,
            number: 0,
        },
        template: TemplateId(0),
        due: Nanos(0),
        ended: Nanos(1),
        requests: 1,
        as_expected: true,
        task: Some(TaskOutcome {
            task_id: "task_1".to_owned(),
            status: status.to_owned(),
            credits_used: None,
            cancelled_running: false,
            known_before: false,
        }),
    };
    let rule = &super::checks::QUIESCENT_INVARIANCE;
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
