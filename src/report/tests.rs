//! What a run concludes from its figures, without a run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Ending, Frame, Report, Shards, Totals, Verdict, build};
use crate::billing::BillingVerdict;
use crate::drive::{Event, Pulse};
use crate::exchange::{CallEnd, CallKey, Exchange, Nanos};
use crate::exit::Exit;
use crate::judge::{Evidence, Finding, Judgement, Unknown, UnknownKind, Unknowns};
use crate::measure::{Interval, MetricId, Series, SeriesKey};
use crate::outcome::Outcome;
use crate::protocol::step::Step;
use crate::rules::catalogue;
use crate::scenario::{Scenario, Source, TemplateId, Vocabulary, variables};

const MS: u64 = 1_000_000;

pub(super) fn totals(threshold: &str) -> Totals {
    let text = format!(
        "name: t\n\
         requests:\n  a: {{ call: openai.chat, model: m, stream: true }}\n\
         phases:\n  - {{ name: p, executor: constant-vus, vus: 1, duration: 1s }}\n\
         \x20 - {{ name: q, executor: constant-vus, vus: 1, duration: 1s }}\n\
         \x20 - {{ name: warm, executor: constant-vus, vus: 1, duration: 1s, record: false }}\n\
         thresholds: [{threshold}]\n"
    );
    let source = Source::new("t.yaml", text);
    let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
    Totals::new(Arc::new(
        scenario.unwrap_or_else(|faults| panic!("{}", faults.render(false))),
    ))
}

pub(super) fn samples(totals: &mut Totals, metric: &str, values: impl Iterator<Item = u64>) {
    samples_of(0, totals, metric, values);
}

fn samples_of(phase: u16, totals: &mut Totals, metric: &str, values: impl Iterator<Item = u64>) {
    let mut series = Series::new();
    values.for_each(|value| series.record(value));
    let metric = MetricId::named(metric).unwrap();
    let key = SeriesKey {
        phase,
        template: TemplateId(0),
        step: Step::Call,
        metric,
    };
    let interval: Interval = HashMap::from([(key, series)]);
    totals.take(&mut Event::Samples(interval));
}

pub(super) fn outcomes(totals: &mut Totals, outcome: Outcome, count: u64) {
    outcomes_of(0, totals, outcome, count);
}

fn outcomes_of(phase: u16, totals: &mut Totals, outcome: Outcome, count: u64) {
    for _ in 0..count {
        let mut exchange = Exchange::example(outcome);
        exchange.call.phase = phase;
        totals.take(&mut Event::Exchanged(Box::new(exchange)));
    }
}

fn pulse(totals: &mut Totals, late: u64, busy: u16) {
    let mut series = Series::new();
    (0..200).for_each(|_| series.record(late));
    let pulse = Pulse {
        late: series,
        busy: Some(busy),
    };
    totals.take(&mut Event::Pulse(pulse));
}

pub(super) fn frame() -> Frame {
    Frame {
        seed: 1,
        target: "replica".to_owned(),
        started: SystemTime::UNIX_EPOCH,
        duration: Duration::from_secs(1),
        wall_duration: Duration::from_secs(1),
        workers: 1,
        ending: Ending::Done,
        notes: Vec::new(),
        connections: crate::wire::http::ConnectionCounts::default(),
        cpu: None,
        unwritten: None,
        recording: None,
    }
}

fn concluded(totals: &Totals) -> (Report, Exit) {
    concluded_as(totals, &frame(), &Shards::Whole)
}

pub(super) fn concluded_as(totals: &Totals, frame: &Frame, shards: &Shards) -> (Report, Exit) {
    build(totals, &BillingVerdict::default(), frame, shards)
}

fn state(report: &Report) -> &'static str {
    report.thresholds[0].state
}

#[test]
fn a_percentile_holds_only_over_requests_that_were_answered_as_well() {
    for (lost, expected) in [(0, "held"), (1, "held"), (5, "broken")] {
        let mut totals = totals("e2e.p99 < 300ms, errors.unexpected < 100%");
        samples(&mut totals, "e2e", (1..=200).map(|ms| ms * MS));
        outcomes(&mut totals, Outcome::Ok, 200);
        outcomes(&mut totals, Outcome::Broken, lost);
        assert_eq!(state(&concluded(&totals).0), expected, "{lost} lost");
    }
}

#[test]
fn a_threshold_of_a_phase_is_held_to_that_phase_alone() {
    for (phase, expected) in [("p", "held"), ("q", "broken")] {
        let latency = format!("\"e2e.p99 < 300ms {{phase={phase}}}\", errors.total < 100%");
        let mut slow = totals(&latency);
        samples_of(0, &mut slow, "e2e", (0..200).map(|_| 5 * MS));
        samples_of(1, &mut slow, "e2e", (0..200).map(|_| 500 * MS));
        assert_eq!(state(&concluded(&slow).0), expected, "{phase} is slow");
        let mut lost = totals(&latency);
        samples_of(0, &mut lost, "e2e", (0..200).map(|_| 5 * MS));
        samples_of(1, &mut lost, "e2e", (0..200).map(|_| 5 * MS));
        outcomes_of(1, &mut lost, Outcome::Interrupted, 5);
        assert_eq!(
            state(&concluded(&lost).0),
            expected,
            "calls of {phase} are cut off"
        );
        let mut wrong = totals(&format!("\"errors.unexpected == 0 {{phase={phase}}}\""));
        outcomes_of(0, &mut wrong, Outcome::Ok, 5);
        outcomes_of(1, &mut wrong, Outcome::Broken, 1);
        assert_eq!(
            state(&concluded(&wrong).0),
            expected,
            "a call of {phase} broke"
        );
    }
}

#[test]
fn what_a_warm_up_lost_is_missing_in_no_percentile() {
    let mut totals = totals("e2e.p99 < 300ms, errors.total < 100%");
    samples(&mut totals, "e2e", (0..200).map(|_| 5 * MS));
    outcomes_of(2, &mut totals, Outcome::Broken, 50);
    outcomes_of(2, &mut totals, Outcome::Interrupted, 50);
    assert_eq!(state(&concluded(&totals).0), "held");
}

#[test]
fn too_few_samples_are_no_verdict() {
    let mut totals = totals("ttft.p99 < 1s");
    samples(&mut totals, "ttft", (1..=99).map(|ms| ms * MS));
    let (report, exit) = concluded(&totals);
    assert_eq!((state(&report), exit), ("unknown", Exit::Inconclusive));
    assert_eq!(report.doubts[0].doubt, "too_few_samples");
    samples(&mut totals, "ttft", std::iter::once(MS));
    assert_eq!(concluded(&totals).1, Exit::Held);
}

#[test]
fn a_busy_generator_doubts_itself_before_it_accuses() {
    let mut busy = totals("ttft.p50 < 10ms");
    samples(&mut busy, "ttft", (0..100).map(|_| 50 * MS));
    assert_eq!(concluded(&busy).1, Exit::Failed);
    pulse(&mut busy, 20 * MS, 300);
    assert_eq!(
        concluded(&busy).1,
        Exit::Failed,
        "an ordinary delay excuses nothing"
    );
    let mut saturated = totals("ttft.p50 < 10ms");
    samples(&mut saturated, "ttft", (0..100).map(|_| 50 * MS));
    pulse(&mut saturated, 400 * MS, 300);
    let (report, exit) = concluded(&saturated);
    assert_eq!((state(&report), exit), ("unknown", Exit::Inconclusive));
    assert_eq!(report.doubts[0].doubt, "saturated");
}

#[test]
fn threads_without_time_left_are_a_doubt_when_they_are_late_as_well() {
    let run = |late: u64, full: u64| {
        let mut totals = totals("ttft.p50 < 100ms");
        samples(&mut totals, "ttft", (0..100).map(|_| 50 * MS));
        (0..full).for_each(|_| pulse(&mut totals, late, 990));
        pulse(&mut totals, late, 100);
        let (report, exit) = concluded(&totals);
        let doubts: Vec<_> = report.doubts.iter().map(|doubt| doubt.doubt).collect();
        (doubts, exit)
    };
    assert_eq!(run(20 * MS, 5), (vec!["busy"], Exit::Inconclusive));
    assert_eq!(run(20 * MS, 4), (vec![], Exit::Held), "a burst");
    assert_eq!(run(MS, 50), (vec![], Exit::Held), "a closed loop in time");
}

#[test]
fn only_calls_out_of_time_can_be_a_late_generators_fault() {
    for (outcome, expected) in [
        (Outcome::TimedOut, "unknown"),
        (Outcome::UnexpectedStatus, "broken"),
    ] {
        let mut totals = totals("errors.unexpected == 0");
        outcomes(&mut totals, outcome, 1);
        samples(&mut totals, "send_lag", (0..200).map(|_| 90 * MS));
        assert_eq!(state(&concluded(&totals).0), expected, "{outcome:?}");
    }
}

#[test]
fn unexpected_answers_fail_a_run_that_says_nothing_of_errors() {
    let mut totals = totals("requests.total > 0");
    outcomes(&mut totals, Outcome::Ok, 5);
    assert_eq!(concluded(&totals).1, Exit::Held);
    outcomes(&mut totals, Outcome::Truncated, 1);
    let (report, exit) = concluded(&totals);
    assert_eq!((report.verdict, exit), (Verdict::Fail, Exit::Failed));
}

#[test]
fn every_endpoint_is_named_whether_called_or_not() {
    let (report, _) = concluded(&totals("requests.total >= 0"));
    assert_eq!(report.endpoints.len(), crate::endpoint::Endpoint::ALL.len());
}

fn small(noise: u64, below: u64) -> usize {
    usize::try_from(noise % below).unwrap()
}

/// A few samples of one metric.
fn measured(noise: u64) -> (SeriesKey, Series) {
    let mut series = Series::new();
    (0..noise % 5).for_each(|extra| series.record(noise * 1_000 + extra));
    let key = SeriesKey {
        phase: 0,
        template: TemplateId(0),
        step: Step::Call,
        metric: MetricId::named("ttft").unwrap(),
    };
    (key, series)
}

/// What the driver says of one call, all of it a function of the number.
fn events(number: u64, noise: u64) -> Vec<Event> {
    let outcomes = [
        Outcome::Ok,
        Outcome::Ok,
        Outcome::Truncated,
        Outcome::Dropped,
    ];
    let outcome = outcomes[small(noise, 4)];
    let call = CallKey { phase: 0, number };
    let rule = catalogue::all().nth(small(noise, 7)).unwrap();
    let unknown = Unknown {
        kind: UnknownKind::Member,
        place: format!("mood{}", noise % 5),
    };
    let finding = Finding {
        rule,
        severity: rule.severity,
        message: format!("call {number}"),
        evidence: Evidence::of(Some(1), noise, &noise.to_le_bytes(), Some(2..4)),
        follows: noise.is_multiple_of(3),
    };
    let mut exchange = Exchange::example(outcome);
    exchange.call = call;
    exchange.times.due = Nanos(noise);
    exchange.times.closed = Some(Nanos(noise + 5));
    exchange.judgement = Some(Judgement {
        findings: vec![finding; small(noise, 3)],
        unknown: Unknowns {
            named: vec![unknown],
            others: noise % 2,
        },
        bytes: noise % 10_000,
        frames: 3,
        oversized: noise.is_multiple_of(11),
        ..Judgement::example()
    });
    let end = CallEnd {
        call,
        key: 0,
        template: TemplateId(0),
        due: Nanos(noise),
        ended: Nanos(noise + 9),
        requests: 1,
        as_expected: outcome == Outcome::Ok,
        task: None,
        turns: None,
    };
    let (key, series) = measured(noise);
    vec![
        Event::Exchanged(Box::new(exchange)),
        Event::CallEnded(end),
        Event::Samples(HashMap::from([(key, series.clone())])),
        Event::Pulse(Pulse {
            late: series,
            busy: u16::try_from(noise % 1001).ok(),
        }),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    /// However many processes share the calls, and in whichever order theirs are added: the report
    /// is that of one which made them all.
    #[test]
    fn parts_of_a_run_add_up_to_the_run(
        noise in proptest::collection::vec(0_u64..1_000_000, 0..60),
        parts in 1_usize..7,
        turned in 0_usize..7,
    ) {
        let threshold = "ttft.p50 < 500ms";
        let mut whole = totals(threshold);
        let mut shares: Vec<_> = (0..parts).map(|_| totals(threshold)).collect();
        let phase = |at: u64| [
            Event::PhaseStarted { phase: 0, at: Nanos(at) },
            Event::PhaseEnded { phase: 0, at: Nanos(2_000_000_000 - at) },
        ];
        for (index, share) in shares.iter_mut().enumerate() {
            phase(1 + index as u64).iter_mut().for_each(|event| share.take(event));
        }
        phase(1).iter_mut().for_each(|event| whole.take(event));
        for (number, noise) in noise.iter().enumerate() {
            let (place, number) = (number % parts, number as u64);
            events(number, *noise).iter_mut().for_each(|event| whole.take(event));
            let share = &mut shares[place];
            events(number, *noise).iter_mut().for_each(|event| share.take(event));
        }
        let mut merged = totals(threshold);
        shares.rotate_left(turned % parts);
        for share in shares {
            let text = serde_json::to_string(&share.sums()).unwrap();
            merged.add(serde_json::from_str(&text).unwrap());
        }
        let shown = |totals: &Totals| serde_json::to_string(&concluded(totals).0).unwrap();
        proptest::prop_assert_eq!(shown(&merged), shown(&whole));
    }
}

#[test]
fn what_another_process_counted_breaks_limits_as_if_it_were_counted_here() {
    let limits = "\"errors.unexpected == 0 {phase=q}\", \"e2e.p99 < 300ms {phase=p}\"";
    let mut whole = totals(limits);
    let mut parts = [totals(limits), totals(limits)];
    for (count, part) in (1..).zip(&mut parts) {
        for totals in [part, &mut whole] {
            samples(totals, "e2e", (0..100).map(|_| 5 * MS));
            outcomes(totals, Outcome::Ok, 100);
            outcomes(totals, Outcome::Interrupted, 3 * count);
            outcomes_of(1, totals, Outcome::Broken, count);
        }
    }
    let mut merged = totals(limits);
    for part in &parts {
        let text = serde_json::to_string(&part.sums()).unwrap();
        merged.add(serde_json::from_str(&text).unwrap());
    }
    let figures = |totals: &Totals| {
        let (report, exit) = concluded(totals);
        let rows = report.thresholds.iter().map(|row| (row.state, row.value));
        (rows.collect::<Vec<_>>(), exit)
    };
    assert_eq!(figures(&merged), figures(&whole));
    assert_eq!(figures(&merged).0[0], ("broken", Some(3.0)));
    assert_eq!(figures(&merged).0[1].0, "broken");
}
