//! Limits from the scenario: `ttft.p99 < 800ms {request=chat}`.
//!
//! Parsing and deciding; the figures come from the report. Pure.

/// One limit, as the scenario's author wrote it and as it is meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// As written, without surrounding space.
    pub text: String,
    pub subject: Subject,
    pub comparison: Comparison,
    /// In the subject's own unit: nanoseconds for latencies, plain numbers for counts, a fraction
    /// for shares (`0.1%` is 0.001), per second for rates.
    pub limit: f64,
    /// Only this request template.
    pub request: Option<String>,
    /// Line of the scenario, from 1.
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
