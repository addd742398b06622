//! Thresholds against the run's figures.

use super::model::ThresholdRow;
use super::totals::{PhaseTotals, Totals, asked_of};
use crate::doubt::Doubt;
use crate::measure::{MetricId, Series, Unit, samples_needed};
use crate::outcome::Outcome;
use crate::scenario::TemplateId;
use crate::threshold::{Statistic, Subject, Threshold};

/// Figures that are not in the totals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) duration_s: f64,
    pub(super) goodput_per_s: Option<f64>,
    pub(super) goodput_ratio: Option<f64>,
    /// `None`: nothing was probed that could tell.
    pub(super) overcharged: Option<i64>,
    pub(super) undercharged: Option<i64>,
    /// The generator was late itself.
    pub(super) behind: bool,
}

/// One threshold decided, or a reason why it cannot be.
pub(super) fn decide(
    threshold: &Threshold,
    totals: &Totals,
    figures: &Figures,
) -> (ThresholdRow, Option<Doubt>) {
    let (value, doubt, unit) = match &threshold.subject {
        Subject::Latency { metric, statistic } => latency(threshold, metric, *statistic, totals),
        Subject::Figure(name) => {
            let value = figure(name, threshold, totals, figures, |_| true);
            let missing = || without_value(name, threshold.text.clone());
            (value, value.is_none().then(missing), "")
        }
    };
    // A latency counts from when a call was due, so our own lateness is in it: it can break a limit
    // that the target kept. A limit that holds all the same holds.
    // So can calls that ran out of time while we were late.
    let ours = figures.behind && may_be_ours(threshold, totals, figures);
    let state = match value {
        None => "unknown",
        Some(value) if threshold.comparison.holds(value, threshold.limit) => "held",
        Some(_) if ours => "unknown",
        Some(_) => "broken",
    };
    // A percentile beyond all samples has no finite value to show.
    let shown = value.filter(|value| value.is_finite());
    let shown = shown.map(|value| if unit == "ms" { value / 1e6 } else { value });
    let (text, line) = (threshold.text.clone(), threshold.line);
    (
        ThresholdRow {
            threshold: text,
            state,
            value: shown,
            unit,
            line,
        },
        doubt,
    )
}

fn without_value(figure: &str, threshold: String) -> Doubt {
    if figure.starts_with("billing.") {
        Doubt::NotAudited { threshold }
    } else {
        Doubt::NoSamples { threshold }
    }
}

type Decided = (Option<f64>, Option<Doubt>, &'static str);

fn latency(threshold: &Threshold, metric: &str, statistic: Statistic, totals: &Totals) -> Decided {
    let Some(id) = MetricId::named(metric) else {
        return (None, None, "");
    };
    let (only, phase) = asked_of(threshold, &totals.scenario);
    let mut merged = Series::new();
    for (key, series) in &totals.series {
        let is_asked = only.is_none_or(|only| only == key.template)
            && phase.is_none_or(|phase| phase == key.phase);
        if key.metric == id && is_asked {
            merged.merge(series);
        }
    }
    let (scale, unit) = match id.metric().unit {
        Unit::Time => (1.0, "ms"),
        Unit::PerSecond => (1e3, "/s"),
    };
    if statistic == Statistic::Count {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        return (Some(merged.count() as f64), None, "");
    }
    let Some(summary) = merged.summary() else {
        let doubt = Doubt::NoSamples {
            threshold: threshold.text.clone(),
        };
        return (None, Some(doubt), unit);
    };
    let missing = if counts_missing(metric) {
        missing(only, phase, totals)
    } else {
        0
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "nanoseconds are shown as milliseconds"
    )]
    let value = match statistic {
        Statistic::Count => None,
        Statistic::Min => Some(summary.min as f64),
        Statistic::Mean => Some(summary.mean),
        Statistic::Max => Some(summary.max as f64),
        Statistic::Percentile(percent) => {
            let need = samples_needed(percent);
            let have = summary.count + missing;
            if have < need {
                let threshold = threshold.text.clone();
                return (
                    None,
                    Some(Doubt::TooFewSamples {
                        threshold,
                        have,
                        need,
                    }),
                    unit,
                );
            }
            with_missing(&merged, percent, missing)
        }
    };
    (value.map(|value| value / scale), None, unit)
}

/// Latencies to an answer; a request that got none took longer than any that did.
fn counts_missing(metric: &str) -> bool {
    matches!(
        metric,
        "ttft" | "ttft_from_dispatch" | "ttfv" | "e2e" | "e2e_from_dispatch" | "ttfb"
    )
}

/// Requests without a good answer, which have no sample and must not flatter a percentile. Where
/// nothing is recorded nothing is missing.
pub(super) fn missing(only: Option<TemplateId>, phase: Option<u16>, totals: &Totals) -> u64 {
    let is_recorded = |phase: u16| {
        let phase = totals.scenario.phases.get(usize::from(phase));
        phase.is_some_and(|phase| phase.record)
    };
    let lost = |outcome: Outcome| {
        outcome.is_unexpected() || matches!(outcome, Outcome::Dropped | Outcome::Interrupted)
    };
    counted(totals, (only, phase), |phase, outcome| {
        is_recorded(phase) && lost(outcome)
    })
}

/// Requests of a template and a phase, or of all, whose phase and outcome are wanted.
fn counted(
    totals: &Totals,
    (only, phase): (Option<TemplateId>, Option<u16>),
    is_wanted: impl Fn(u16, Outcome) -> bool,
) -> u64 {
    let outcomes = totals.outcomes.iter();
    let outcomes = outcomes.filter(|((of, template, outcome), _)| {
        only.is_none_or(|only| only == *template)
            && phase.is_none_or(|phase| phase == *of)
            && is_wanted(*of, *outcome)
    });
    outcomes.map(|(_, count)| count).sum()
}

/// The percentile over samples and missing ones, the latter counting as slower than all.
#[expect(clippy::cast_precision_loss, reason = "ranks of a percentile")]
fn with_missing(series: &Series, percent: f64, missing: u64) -> Option<f64> {
    let count = series.count() as f64;
    let adjusted = percent * (count + missing as f64) / count;
    if adjusted > 100.0 {
        return Some(f64::INFINITY);
    }
    let summary = series.summary()?;
    let value = series.histogram().value_at_percentile(adjusted);
    Some(value.clamp(summary.min, summary.max) as f64)
}

/// Whether a late generator can have broken this limit by itself.
fn may_be_ours(threshold: &Threshold, totals: &Totals, figures: &Figures) -> bool {
    let Subject::Figure(name) = &threshold.subject else {
        return true;
    };
    let in_time = |outcome| outcome != Outcome::TimedOut;
    name.starts_with("errors.")
        && figure(name, threshold, totals, figures, in_time)
            .is_some_and(|value| threshold.comparison.holds(value, threshold.limit))
}

/// A figure over the outcomes that `counts` lets through.
#[expect(clippy::cast_precision_loss, reason = "counts")]
fn figure(
    name: &str,
    threshold: &Threshold,
    totals: &Totals,
    figures: &Figures,
    counts: fn(Outcome) -> bool,
) -> Option<f64> {
    let asked = asked_of(threshold, &totals.scenario);
    let count = |is_counted: fn(Outcome) -> bool| {
        counted(totals, asked, |_, outcome| {
            is_counted(outcome) && counts(outcome)
        }) as f64
    };
    let seconds = match asked.1 {
        None => Some(figures.duration_s),
        Some(phase) => totals
            .phases
            .get(usize::from(phase))
            .and_then(PhaseTotals::seconds),
    };
    let share = |part: f64, all: f64| (all > 0.0).then(|| part / all);
    // A limit in percent is a fraction here; a plain count stays one.
    let counted_or_share = |part: f64| {
        let is_share = threshold.unit == crate::threshold::Unit::Share;
        if is_share {
            share(part, count(|_| true))
        } else {
            Some(part)
        }
    };
    match name {
        "conformance.violations" => Some(totals.findings.violations() as f64),
        "conformance.warnings" => Some(totals.findings.warnings() as f64),
        "billing.overcharged" => figures.overcharged.map(|credits| credits as f64),
        "billing.undercharged" => figures.undercharged.map(|credits| credits as f64),
        "errors.unexpected" => counted_or_share(count(Outcome::is_unexpected)),
        "errors.total" => counted_or_share(count(|outcome| outcome != Outcome::Ok)),
        "requests.total" => Some(count(|_| true)),
        "requests.rate" => share(count(|_| true), seconds?),
        "goodput.rate" => figures.goodput_per_s,
        "goodput.ratio" => figures.goodput_ratio,
        _ => None,
    }
}
