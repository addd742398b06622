//! `latency.csv`: a row a series.

use std::io;

use super::model::Report;

pub fn write(report: &Report, out: impl io::Write) -> csv::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "request", "metric", "unit", "count", "missing", "min", "mean", "p50", "p90", "p95", "p99",
        "p99.9", "max",
    ])?;
    let number = |value: f64| format!("{value:.6}");
    let maybe = |value: Option<f64>| value.map(number).unwrap_or_default();
    for (request, metrics) in &report.metrics {
        for (metric, row) in metrics {
            table.write_record([
                request,
                *metric,
                row.unit,
                &row.count.to_string(),
                &row.missing.to_string(),
                &number(row.min),
                &number(row.mean),
                &maybe(row.p50),
                &maybe(row.p90),
                &maybe(row.p95),
                &maybe(row.p99),
                &maybe(row.p99_9),
                &number(row.max),
            ])?;
        }
    }
    table.flush().map_err(Into::into)
}
