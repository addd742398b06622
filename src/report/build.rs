//! Totals to report: everything that is concluded is concluded here, once.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::missed::missed;
use super::model::{DoubtRow, PhaseRow, Report, SCHEMA, ThresholdRow, Verdict};
use super::rows;
use super::shards::Shards;
use super::thresholds::{self, Figures};
use super::totals::{Busy, Totals};
use crate::billing::{BillingVerdict, CheckState};
use crate::doubt::{BUSY_LATE, BUSY_SECONDS, CLOCK_LIMIT, Doubt, LAG_LIMIT, PULSE_LIMIT};
use crate::exit::Exit;
use crate::measure::Series;
use crate::outcome::Outcome;
use crate::recording::Summary;
use crate::threshold::{Comparison, Subject, Threshold, Unit};
use crate::wire::http::ConnectionCounts;

/// How a run went, besides its totals; of one of several processes, its part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub seed: u64,
    pub target: String,
    pub started: SystemTime,
    /// On the monotonic clock.
    pub duration: Duration,
    /// On the wall clock.
    pub wall_duration: Duration,
    pub workers: usize,
    pub ending: Ending,
    pub notes: Vec<String>,
    /// What could not be written.
    pub unwritten: Option<String>,
    pub recording: Option<Summary>,
    pub connections: ConnectionCounts,
    /// Processor time of the whole process, where it is known.
    pub cpu: Option<Duration>,
}

/// How the load ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Done,
    Interrupted,
    Terminated,
    BudgetUsedUp { requests: u64 },
}

/// The report, and the exit code that goes with it.
pub fn build(
    totals: &Totals,
    billing: &BillingVerdict,
    frame: &Frame,
    shards: &Shards,
) -> (Report, Exit) {
    let duration_s = frame.duration.as_secs_f64();
    let goodput = rows::goodput(totals);
    let mut phases = rows::phases(totals, frame.seed);
    shards.of_phases(&mut phases);
    let mut doubts = doubts(totals, (frame, shards), &phases);
    let figures = Figures {
        duration_s,
        goodput_per_s: goodput.calls_per_s,
        goodput_ratio: goodput.ratio,
        overcharged: billing.is_measured.then_some(billing.overcharged.0),
        undercharged: billing.is_measured.then_some(billing.undercharged.0),
        behind: doubts.iter().any(Doubt::is_lateness),
    };
    let mut decided = Vec::new();
    for threshold in effective(totals).into_iter().filter(|_| !shards.is_part()) {
        let (row, doubt) = thresholds::decide(&threshold, totals, &figures);
        decided.push(row);
        doubts.extend(doubt);
    }
    let concluded = conclude(totals, billing, &decided, &doubts, frame.ending);
    let (verdict, exit, reasons) = shards.concluded(concluded, frame.unwritten.is_some());
    let report = Report {
        schema: SCHEMA,
        spikeproof: env!("CARGO_PKG_VERSION"),
        verdict,
        exit_code: exit.code(),
        reasons,
        scenario: totals.scenario.name.clone(),
        seed: frame.seed,
        target: frame.target.clone(),
        started: utc(frame.started),
        duration_s,
        workers: frame.workers,
        shards: shards.rows(),
        phases,
        requests: rows::requests(totals),
        endpoints: rows::endpoints(totals),
        goodput,
        metrics: rows::metrics(totals),
        findings: rows::findings(totals),
        rules: rows::rules(totals, billing),
        conformance: totals.scenario.conformance.clone(),
        billing: super::billing::rows(billing, &totals.scenario),
        unknown: totals.unknown.rows(),
        thresholds: decided,
        doubts: doubts
            .iter()
            .map(|doubt| DoubtRow {
                doubt: doubt.name(),
                message: doubt.to_string(),
            })
            .collect(),
        recording: frame.recording.clone(),
        connections: rows::connections(&frame.connections),
        generator: rows::generator(totals, frame.cpu),
        notes: frame.notes.clone(),
    };
    (report, exit)
}

/// The scenario's thresholds, and that nothing unexpected happened where it says nothing of errors.
fn effective(totals: &Totals) -> Vec<Threshold> {
    let mut thresholds = totals.scenario.thresholds.clone();
    let figure = |threshold: &Threshold| match &threshold.subject {
        Subject::Figure(name) => Some(name.clone()),
        Subject::Latency { .. } => None,
    };
    let mut figures = thresholds.iter().filter_map(figure);
    if !figures.any(|name| name.starts_with("errors.")) {
        thresholds.push(Threshold {
            text: "errors.unexpected == 0".to_owned(),
            subject: Subject::Figure("errors.unexpected".to_owned()),
            comparison: Comparison::Equal,
            limit: 0.0,
            unit: Unit::Count,
            request: None,
            phase: None,
            line: 0,
        });
    }
    thresholds
}

fn conclude(
    totals: &Totals,
    billing: &BillingVerdict,
    thresholds: &[ThresholdRow],
    doubts: &[Doubt],
    ending: Ending,
) -> (Verdict, Exit, Vec<String>) {
    let mut failures = Vec::new();
    let violations = totals.findings.violations();
    if violations > 0 {
        failures.push(format!("{violations} violations of MUST rules"));
    }
    let failed = billing
        .checks
        .iter()
        .filter(|check| check.state == CheckState::Failed);
    failures.extend(failed.map(|check| format!("{} {}", check.rule.id, check.message)));
    let broken = thresholds.iter().filter(|row| row.state == "broken");
    failures.extend(broken.map(|row| format!("threshold `{}`", row.threshold)));
    let mut unsure: Vec<_> = doubts.iter().map(ToString::to_string).collect();
    let open = billing
        .checks
        .iter()
        .filter(|check| check.state == CheckState::Inconclusive);
    unsure.extend(open.map(|check| format!("{} {}", check.rule.id, check.message)));
    let verdict = match (failures.is_empty(), unsure.is_empty()) {
        (false, _) => Verdict::Fail,
        (true, false) => Verdict::Inconclusive,
        (true, true) => Verdict::Pass,
    };
    let exit = match (ending, verdict) {
        _ if totals.panicked => Exit::Bug,
        (Ending::Interrupted, _) => Exit::Interrupted,
        (Ending::Terminated, _) => Exit::Terminated,
        (_, Verdict::Fail) => Exit::Failed,
        (Ending::BudgetUsedUp { .. }, _) => Exit::Budget,
        (Ending::Done, Verdict::Inconclusive) => Exit::Inconclusive,
        (Ending::Done, Verdict::Pass) => Exit::Held,
    };
    failures.extend(unsure);
    (verdict, exit, failures)
}

/// Threads that had no time left, and were late for it.
fn busy(totals: &Totals, late_p99: Duration) -> Option<Doubt> {
    let Busy { full, seconds, .. } = totals.busy;
    let is_so = full >= BUSY_SECONDS && full * 2 > seconds && late_p99 > BUSY_LATE;
    is_so.then_some(Doubt::Busy {
        full,
        seconds,
        late_p99,
    })
}

fn doubts(totals: &Totals, (frame, shards): (&Frame, &Shards), phases: &[PhaseRow]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    match frame.ending {
        Ending::Done => {}
        Ending::Interrupted | Ending::Terminated => doubts.push(Doubt::Interrupted),
        Ending::BudgetUsedUp { requests } => doubts.push(Doubt::BudgetUsedUp { requests }),
    }
    if totals.panicked {
        doubts.push(Doubt::Bug);
    }
    doubts.extend(lateness(totals));
    doubts.extend(missed(totals, (frame, shards), phases));
    let exhausted = totals.exhausted.clone().unwrap_or_default();
    let dropped = totals.outcome(|outcome| outcome == Outcome::Dropped);
    let calls = dropped.saturating_sub(exhausted.0);
    if calls > 0 {
        doubts.push(Doubt::Dropped { calls });
    }
    if let (requests @ 1.., why) = exhausted {
        doubts.push(Doubt::Exhausted { requests, why });
    }
    let summaries = totals.series.values().filter_map(Series::summary);
    let samples = summaries.map(|summary| summary.clipped).sum();
    if samples > 0 {
        doubts.push(Doubt::Clipped { samples });
    }
    if totals.unread > 0 {
        doubts.push(Doubt::Unread {
            bodies: totals.unread,
        });
    }
    let by = frame.duration.abs_diff(frame.wall_duration);
    if by > CLOCK_LIMIT {
        doubts.push(Doubt::ClockJump { by });
    }
    let further = shards.doubts();
    let is_new = |doubt: &Doubt| doubts.iter().all(|told| told.name() != doubt.name());
    let further: Vec<_> = further.into_iter().filter(is_new).collect();
    doubts.extend(further);
    doubts.extend(
        frame
            .unwritten
            .clone()
            .map(|why| Doubt::NotRecorded { why }),
    );
    doubts
}

/// Whether the generator itself was late.
pub fn lateness(totals: &Totals) -> Vec<Doubt> {
    let mut lag = Series::new();
    let series = totals.series.iter();
    let lags = series.filter(|(key, _)| key.metric.metric().name == "send_lag");
    lags.for_each(|(_, series)| lag.merge(series));
    let p99 = |series: &Series| Duration::from_nanos(series.percentile(99.0).unwrap_or_default());
    let (lag_p99, late_p99) = (p99(&lag), p99(&totals.pulse));
    let behind = (lag_p99 > LAG_LIMIT).then_some(Doubt::Behind { lag_p99 });
    let saturated = (late_p99 > PULSE_LIMIT).then_some(Doubt::Saturated { late_p99 });
    let busy = busy(totals, late_p99);
    behind.into_iter().chain(saturated).chain(busy).collect()
}

/// `2026-05-26T06:40:00Z`.
pub fn utc(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
