//! The page `docs/metrics.md`.

use super::{METRICS, Unit};

/// One section a metric: unit, formula, what counts.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         <!-- Made from `src/measure`: UPDATE_EXPECT=1 cargo test --test docs -->\n\n\
         All times are taken on one monotonic clock. Bytes come when the kernel takes them in, as it\n\
         notes on Linux for plain HTTP/1, however late the worker reads them; over TLS, HTTP/2 and\n\
         elsewhere they come when they are read. What did not happen is absent, never zero. A\n\
         percentile needs 1 / (1 - p) samples: 2 for p50, 10 for p90, 20 for p95, 100 for p99,\n\
         1000 for p99.9. Histograms keep three significant digits from a microsecond to an hour;\n\
         count, sum, minimum and maximum are exact. Latencies are those of requests that were\n\
         answered as they should be; where a threshold asks for a percentile of one, requests\n\
         without such an answer count as slower than all others.\n",
    );
    for metric in METRICS {
        let unit = match metric.unit {
            Unit::Time => "milliseconds",
            Unit::PerSecond => "tokens a second",
        };
        let (name, formula, about) = (metric.name, metric.formula, metric.about);
        page += &format!("\n## `{name}`\n\n`{formula}`, in {unit}. {about}\n");
    }
    page
}
