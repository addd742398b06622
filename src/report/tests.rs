//! What a run concludes from its figures, without a run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Ending, Frame, Report, Totals, Verdict, build};
use crate::billing::BillingVerdict;
use crate::drive::{Event, Pulse};
use crate::exchange::Exchange;
use crate::exit::Exit;
use crate::measure::{Interval, MetricId, Series, SeriesKey};
use crate::outcome::Outcome;
use crate::protocol::step::Step;
use crate::scenario::{Scenario, Source, TemplateId, Vocabulary, variables};

const MS: u64 = 1_000_000;

fn totals(threshold: &str) -> Totals {
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

fn samples(totals: &mut Totals, metric: &str, values: impl Iterator<Item = u64>) {
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

fn outcomes(totals: &mut Totals, outcome: Outcome, count: u64) {
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

fn concluded(totals: &Totals) -> (Report, Exit) {
    let frame = Frame {
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
    };
    build(totals, &BillingVerdict::default(), &frame)
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
