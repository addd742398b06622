//! The page `docs/metrics.md`.

use super::{METRICS, Unit};

/// One section a metric: unit, formula, what counts.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         <!-- Made from `src/measure`: UPDATE_EXPECT=1 cargo test --test docs -->\n\n\
         All times are taken on one monotonic clock. Bytes come when the kernel takes them in,\n\
         as it notes on Linux for plain HTTP/1, however late the worker reads them; over TLS,\n\
         HTTP/2 and elsewhere they come when they are read. What did not happen is absent,\n\
         never zero. A percentile needs 1 / (1 - p) samples: 2 for p50, 10 for p90, 20 for p95,\n\
         100 for p99, 1000 for p99.9. Histograms keep three significant digits from a\n\
         microsecond to an hour; count, sum, minimum and maximum are exact. Latencies are those\n\
         of requests that were answered as they should be; where a threshold asks for a\n\
         percentile of one, requests without such an answer count as slower than all others.\n",
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
