//! Limits from the scenario: `ttft.p99 < 800ms {request=chat, phase=steady}`.
//!
//! Parsing and deciding; the figures come from the report. Pure.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

mod parse;

/// One limit, as the scenario's author wrote it and as it is meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As written, without surrounding space.
    pub text: String,
    pub subject: Subject,
    pub comparison: Comparison,
    /// In the subject's own unit: nanoseconds for latencies, plain numbers for counts, a fraction
    /// for shares (`0.1%` is 0.001), per second for rates. `unit` says which.
    pub limit: f64,
    pub unit: Unit,
    /// Only this request template.
    pub request: Option<String>,
    /// Only this phase.
    pub phase: Option<String>,
    /// Line of the scenario, from 1; 0 for one given on the command line.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Nanoseconds,
    Count,
    /// A fraction: of the requests due.
    Share,
    PerSecond,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// `METRIC.STATISTIC`, the metric by its name in `measure`.
    Latency {
        metric: String,
        statistic: Statistic,
    },
    /// A figure of the run: `conformance.violations`, `billing.overcharged`, `errors.unexpected`,
    /// `requests.total`, `requests.rate`, `goodput.rate`.
    Figure(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    Count,
    Min,
    Mean,
    Max,
    /// In percent: 99.9.
    Percentile(f64),
}

/// What is wrong with a threshold's text, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ThresholdError {
    /// In characters of the text given.
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// Something that can be measured, with the units its limits may be written in (the first that
/// reads counts) and a word on it.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) units: &'static [Unit],
    pub(crate) about: &'static str,
}

const TIME: &[Unit] = &[Unit::Nanoseconds];
const COUNT: &[Unit] = &[Unit::Count];

/// Metrics with a distribution, each asked for with a statistic. How each is taken is `measure`'s
/// affair; a test there holds the two lists together.
pub(crate) const METRICS: &[Known] = &[
    known(
        "send_lag",
        TIME,
        "how late the generator itself sent a request",
    ),
    known("ttfb", TIME, "from sent to the response's head"),
    known("ttft", TIME, "from due to the first token"),
    known("ttft_from_dispatch", TIME, "the same from when it was sent"),
    known("ttfv", TIME, "from due to the first visible token"),
    known("gap", TIME, "between two tokens"),
    known("stall", TIME, "the longest gap of a request"),
    known(
        "tpot",
        TIME,
        "mean time of each output token after the first",
    ),
    known("e2e", TIME, "from due to the last event"),
    known("e2e_from_dispatch", TIME, "the same from when it was sent"),
    known(
        "call_time",
        TIME,
        "from due to the end of a call of several requests",
    ),
    known("hang", TIME, "from the last event to the close"),
    known(
        "tokens_per_second",
        &[Unit::PerSecond],
        "output tokens of a request over its streaming time",
    ),
];

/// Figures of the whole run.
pub(crate) const FIGURES: &[Known] = &[
    known("conformance.violations", COUNT, "rules broken"),
    known(
        "conformance.warnings",
        COUNT,
        "recommendations not followed",
    ),
    known(
        "billing.overcharged",
        COUNT,
        "credits charged for what must be free",
    ),
    known(
        "billing.undercharged",
        COUNT,
        "credits given back without a reason",
    ),
    known(
        "errors.unexpected",
        &[Unit::Share, Unit::Count],
        "calls that failed against expectation",
    ),
    known(
        "errors.total",
        &[Unit::Share, Unit::Count],
        "calls that failed, expected or not",
    ),
    known("requests.total", COUNT, "calls made"),
    known(
        "requests.rate",
        &[Unit::PerSecond],
        "calls made each second",
    ),
    known(
        "goodput.rate",
        &[Unit::PerSecond],
        "calls each second that met everything asked of them",
    ),
    known(
        "goodput.ratio",
        &[Unit::Share],
        "such calls of all that were due",
    ),
];

pub(crate) const STATISTICS: [&str; 5] = ["count", "min", "mean", "max", "p99"];

const fn known(name: &'static str, units: &'static [Unit], about: &'static str) -> Known {
    Known { name, units, about }
}

const COMPARISONS: [(&str, Comparison); 5] = [
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    ("==", Comparison::Equal),
    (">=", Comparison::GreaterOrEqual),
    (">", Comparison::Greater),
];

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS
            .iter()
            .find(|(_, comparison)| comparison == self);
        f.write_str(sign.map_or("", |(sign, _)| sign))
    }
}

impl Comparison {
    /// Whether `value` is on the right side of `limit`.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::LessOrEqual => value <= limit,
            Self::Equal => value == limit,
            Self::GreaterOrEqual => value >= limit,
            Self::Greater => value > limit,
        }
    }
}

impl Unit {
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Nanoseconds => "a duration such as `800ms`",
            Self::Count => "a whole number",
            Self::Share => "a percentage such as `0.1%`",
            Self::PerSecond => "a rate such as `50/s`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Comparison;

    #[test]
    fn comparisons_hold_on_their_side_and_at_their_edge() {
        for (comparison, below, at, above) in [
            (Comparison::Less, true, false, false),
            (Comparison::LessOrEqual, true, true, false),
            (Comparison::Equal, false, true, false),
            (Comparison::GreaterOrEqual, false, true, true),
            (Comparison::Greater, false, false, true),
        ] {
            assert_eq!(comparison.holds(1.0, 2.0), below, "{comparison}");
            assert_eq!(comparison.holds(2.0, 2.0), at, "{comparison}");
            assert_eq!(comparison.holds(3.0, 2.0), above, "{comparison}");
        }
    }
}
