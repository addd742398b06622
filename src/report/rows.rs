//! The report's tables, from totals.

use std::collections::BTreeMap;
use std::time::Duration;

use super::model::{
    ConnectionRow, EndpointRow, Evidence, FamilyRow, FindingRow, GeneratorRow, Goodput, MetricRow,
    PhaseRow, RequestRow, RuleCounts, SessionRow,
};
use super::thresholds;
use super::totals::{Counts, Totals};
use crate::billing::{BillingVerdict, CheckState};
use crate::endpoint::Endpoint;
use crate::exchange::Nanos;
use crate::measure::{MetricId, Series, SeriesKey, Unit};
use crate::outcome::Outcome;
use crate::plan::{Plan, Schedule};
use crate::protocol::step::Step;
use crate::rules::{Check, Rule, catalogue};
use crate::scenario::TemplateId;
use crate::wire::http::ConnectionCounts;

pub(super) fn generator(totals: &Totals, cpu: Option<Duration>) -> GeneratorRow {
    let late = |percent| totals.pulse.percentile(percent);
    let millis = |nanos| Duration::from_nanos(nanos).as_secs_f64() * 1e3;
    GeneratorRow {
        cpu_s: cpu.map(|cpu| cpu.as_secs_f64()),
        busiest_worker: f64::from(totals.busy.most) / 1e3,
        woken_late_p50_ms: late(50.0).map(millis),
        woken_late_p99_ms: late(99.0).map(millis),
    }
}

pub(super) fn connections(counts: &ConnectionCounts) -> ConnectionRow {
    ConnectionRow {
        opened: counts.opened,
        failed: counts.failed,
        hung_up: counts.hung_up,
        moved: counts.moved,
        most_open: counts.most_open,
        longest_connect_ms: Duration::from_nanos(counts.longest_connect).as_secs_f64() * 1e3,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(super) fn phases(totals: &Totals, seed: u64) -> Vec<PhaseRow> {
    let plan = Plan::new(&totals.scenario, seed);
    let rows = plan.phases.iter().zip(&totals.phases).map(|(phase, went)| {
        let duration_s = went.seconds();
        let (asked, length) = match &phase.schedule {
            Schedule::Open { due, .. } => {
                let length = due.duration().as_secs_f64();
                // Calls that left after its end were not made at the rate that was asked for.
                let took = went.sending().unwrap_or_default().as_secs_f64();
                (Some(due.total() as f64 / length), Some(length.max(took)))
            }
            Schedule::Closed { .. } => (None, duration_s),
        };
        let started = length
            .filter(|length| *length > 0.0)
            .map(|s| went.calls as f64 / s);
        PhaseRow {
            name: phase.name.clone(),
            recorded: phase.record,
            calls: went.calls,
            dropped: went.dropped,
            cut_off: went.cut_off,
            duration_s,
            asked_calls_per_s: asked,
            started_calls_per_s: started.filter(|_| went.started.is_some()),
        }
    });
    rows.collect()
}

fn name_of(totals: &Totals, template: TemplateId) -> String {
    let template = totals.scenario.requests.get(usize::from(template.0));
    template.map_or_else(|| "?".to_owned(), |template| template.name.clone())
}

pub(super) fn requests(totals: &Totals) -> BTreeMap<String, RequestRow> {
    let row = |(template, counts): (&TemplateId, &Counts)| {
        let outcomes = counts
            .outcomes
            .iter()
            .map(|(outcome, n)| (outcome.name(), *n));
        let row = RequestRow {
            total: counts.total(),
            outcomes: outcomes.collect(),
            statuses: counts.statuses.clone(),
            bytes: counts.bytes,
            events: counts.events,
            output_tokens: counts.output_tokens,
            sessions: (counts.sessions > 0).then_some(SessionRow {
                begun: counts.sessions,
                whole: counts.whole_sessions,
                turns: counts.turns,
            }),
            first_error: counts.first_error.as_ref().map(|(_, told)| told.clone()),
        };
        (name_of(totals, *template), row)
    };
    totals.requests.iter().map(row).collect()
}

pub(super) fn endpoints(totals: &Totals) -> Vec<EndpointRow> {
    let row = |endpoint: &Endpoint| {
        let counts = totals.endpoints.get(endpoint).cloned().unwrap_or_default();
        let count = |is_counted: fn(Outcome) -> bool| {
            let counted = counts
                .outcomes
                .iter()
                .filter(|(outcome, _)| is_counted(**outcome));
            counted.map(|(_, count)| *count).sum()
        };
        EndpointRow {
            method: endpoint.method(),
            path: endpoint.path(),
            family: endpoint.family().name(),
            requests: counts.total(),
            ok: count(|outcome| outcome == Outcome::Ok),
            refused_as_expected: count(|outcome| outcome == Outcome::Refused),
            unexpected: count(Outcome::is_unexpected),
            remark: endpoint.remark(),
        }
    };
    Endpoint::ALL.iter().map(row).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
pub(super) fn goodput(totals: &Totals) -> Goodput {
    let recorded = totals.scenario.phases.iter().zip(&totals.phases);
    let recorded = recorded
        .filter(|(phase, _)| phase.record)
        .map(|(_, went)| went);
    let mut due = 0;
    let mut spans = Vec::new();
    for went in recorded {
        due += went.calls + went.dropped;
        spans.extend(went.started.zip(went.ended));
    }
    let seconds = covered(spans) as f64 / 1e9;
    let good = totals.good_calls;
    Goodput {
        good_calls: good,
        calls_per_s: (seconds > 0.0).then(|| good as f64 / seconds),
        ratio: (due > 0).then(|| good as f64 / due as f64),
    }
}

/// Nanoseconds that lie in any of some spans: phases may run beside one another.
fn covered(mut spans: Vec<(Nanos, Nanos)>) -> u64 {
    spans.sort_unstable();
    let mut until = Nanos(0);
    let pieces = spans.into_iter().map(|(start, end)| {
        let piece = end.since(start.max(until)).unwrap_or_default();
        until = until.max(end);
        piece
    });
    pieces.sum()
}

pub(super) fn metrics(totals: &Totals) -> BTreeMap<String, BTreeMap<&'static str, MetricRow>> {
    let mut metrics: BTreeMap<String, BTreeMap<&'static str, MetricRow>> = BTreeMap::new();
    let mut merged: BTreeMap<SeriesKey, Series> = BTreeMap::new();
    for (key, series) in &totals.series {
        let key = SeriesKey { phase: 0, ..*key };
        merged.entry(key).or_default().merge(series);
    }
    for (key, series) in &merged {
        let Some(row) = metric_row(key, series, totals) else {
            continue;
        };
        let name = series_name(&name_of(totals, key.template), key.step);
        metrics
            .entry(name)
            .or_default()
            .insert(key.metric.metric().name, row);
    }
    metrics
}

/// `template`, or `template/step` for the later requests of a call.
pub(super) fn series_name(template: &str, step: Step) -> String {
    if matches!(step, Step::Call | Step::Submit) {
        template.to_owned()
    } else {
        format!("{template}/{}", step.name())
    }
}

/// What divides a held value to show it, and the unit it is shown in.
pub(super) fn shown_unit(metric: MetricId) -> (f64, &'static str) {
    match metric.metric().unit {
        Unit::Time => (1e6, "ms"),
        Unit::PerSecond => (1e3, "tokens/s"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds are shown as milliseconds"
)]
fn metric_row(key: &SeriesKey, series: &Series, totals: &Totals) -> Option<MetricRow> {
    let summary = series.summary()?;
    let (divisor, unit) = shown_unit(key.metric);
    let shown = |value: u64| value as f64 / divisor;
    let mut percentiles = summary
        .percentiles
        .iter()
        .map(|(_, value)| value.map(shown));
    let mut next = || percentiles.next().flatten();
    Some(MetricRow {
        unit,
        count: summary.count,
        missing: thresholds::missing(Some(key.template), None, totals),
        min: shown(summary.min),
        mean: summary.mean / divisor,
        p50: next(),
        p90: next(),
        p95: next(),
        p99: next(),
        p99_9: next(),
        max: shown(summary.max),
    })
}

pub(super) fn findings(totals: &Totals) -> Vec<FindingRow> {
    let rows = totals.findings.kinds().into_iter().map(|(template, kind)| {
        let (first, rule) = (&kind.first, kind.first.finding.rule);
        let evidence = &first.finding.evidence;
        let phase = totals.scenario.phases.get(usize::from(first.call.phase));
        FindingRow {
            rule: rule.id,
            name: rule.name,
            severity: first.finding.severity.name(),
            request: name_of(totals, TemplateId(template)),
            count: kind.count,
            follows: kind.follows == kind.count,
            first: Evidence {
                message: first.finding.message.clone(),
                method: first.endpoint.method(),
                path: first.endpoint.path(),
                status: first.status,
                phase: phase.map(|phase| phase.name.clone()),
                call: first.call.number,
                request_id: first.request_id.clone(),
                event: evidence.frame,
                byte: evidence.offset,
                excerpt: String::from_utf8_lossy(&evidence.excerpt).into_owned(),
                at: evidence.at.as_ref().map(|at| [at.start, at.end]),
                recorded: first.recorded.as_ref().map(|recorded| recorded.line),
                curl: first
                    .recorded
                    .as_ref()
                    .and_then(|recorded| recorded.curl.clone()),
            },
        }
    });
    rows.collect()
}

pub(super) fn rules(totals: &Totals, billing: &BillingVerdict) -> RuleCounts {
    let decided = |state: CheckState| matches!(state, CheckState::Passed | CheckState::Failed);
    let audited: Vec<_> = billing
        .checks
        .iter()
        .filter(|check| decided(check.state))
        .map(|check| check.rule.id)
        .collect();
    let spoke: Vec<_> = totals
        .findings
        .spoke()
        .rules()
        .map(|rule| rule.id)
        .collect();
    let is_exercised = |check: &Check, id: &'static str| {
        if matches!(check, Check::Audit) {
            audited.contains(&id)
        } else {
            spoke.contains(&id)
        }
    };
    let (exercised, not): (Vec<_>, Vec<_>) =
        catalogue::all().partition(|rule| is_exercised(&rule.check, rule.id));
    let ids = |rules: Vec<&'static Rule>| rules.iter().map(|rule| rule.id).collect();
    RuleCounts {
        known: catalogue::all().count(),
        families: families(&exercised),
        exercised: ids(exercised),
        not_exercised: ids(not),
    }
}

fn families(exercised: &[&'static Rule]) -> Vec<FamilyRow> {
    let mut rows: Vec<FamilyRow> = Vec::new();
    for rule in catalogue::all() {
        let family = rule.id.split('-').next().unwrap_or(rule.id);
        let index = rows.iter().position(|row| row.family == family);
        let index = index.unwrap_or_else(|| {
            rows.push(FamilyRow {
                family,
                known: 0,
                exercised: 0,
                not_exercised: 0,
            });
            rows.len() - 1
        });
        let row = &mut rows[index];
        let spoke = exercised.iter().any(|other| other.id == rule.id);
        row.known += 1;
        row.exercised += usize::from(spoke);
        row.not_exercised += usize::from(!spoke);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_phases_share_counts_once() {
        let spans = |spans: &[(u64, u64)]| {
            covered(
                spans
                    .iter()
                    .map(|(start, end)| (Nanos(*start), Nanos(*end)))
                    .collect(),
            )
        };
        assert_eq!(spans(&[(10, 20), (30, 45)]), 25);
        assert_eq!(spans(&[(30, 45), (10, 40), (12, 15)]), 35);
        assert_eq!(spans(&[]), 0);
    }
}
