//! Numbers from exchanges: one file a metric, and the histograms that hold them.
//!
//! A metric turns the times of one exchange into a value, or into nothing when what it needs did
//! not happen: missing is absent, never zero. Latencies count from when a request was *due*, so
//! that a stalled target cannot hide its worst moments behind requests that were never sent.
//! Nothing here reads a clock.

mod call_time;
mod e2e;
mod e2e_from_dispatch;
mod gap;
mod hang;
mod page;
mod recorder;
mod send_lag;
mod series;
mod stall;
mod tokens_per_second;
mod tpot;
mod ttfb;
mod ttft;
mod ttft_from_dispatch;
mod ttfv;

use crate::exchange::{CallEnd, Exchange};

pub use page::markdown;
pub use recorder::{Interval, Recorder, SeriesKey};
pub use series::{PERCENTILES, Series, Summary, samples_needed};

/// One figure that is taken of exchanges.
#[derive(Debug)]
pub struct Metric {
    /// In thresholds, tables and JSON.
    pub name: &'static str,
    pub unit: Unit,
    pub formula: &'static str,
    /// What counts, and what does not.
    pub about: &'static str,
    pub take: Take,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Held in nanoseconds, shown in milliseconds.
    Time,
    /// Held in thousandths, shown as it is.
    PerSecond,
}

/// Where a metric's samples come from.
#[derive(Debug)]
pub enum Take {
    /// At most one an exchange, when it is over.
    Once(fn(&Exchange) -> Option<u64>),
    /// One each time a payload event follows another, as it arrives.
    EachGap,
    /// At most one a call, when its last request is over.
    EachCall(fn(&CallEnd) -> Option<u64>),
}

/// Every metric, in the order of reports. A [`MetricId`] is an index into it.
pub static METRICS: &[&Metric] = &[
    &send_lag::METRIC,
    &ttfb::METRIC,
    &ttft::METRIC,
    &ttft_from_dispatch::METRIC,
    &ttfv::METRIC,
    &gap::METRIC,
    &stall::METRIC,
    &tpot::METRIC,
    &e2e::METRIC,
    &e2e_from_dispatch::METRIC,
    &call_time::METRIC,
    &hang::METRIC,
    &tokens_per_second::METRIC,
];

/// On disk it is the metric's name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "&'static str", try_from = "String")]
pub struct MetricId(pub u8);

impl From<MetricId> for &'static str {
    fn from(id: MetricId) -> Self {
        id.metric().name
    }
}

impl TryFrom<String> for MetricId {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("no metric is called `{name}`"))
    }
}

impl MetricId {
    pub fn all() -> impl Iterator<Item = Self> {
        (0..METRICS.len())
            .filter_map(|index| u8::try_from(index).ok())
            .map(Self)
    }

    pub fn metric(self) -> &'static Metric {
        METRICS[usize::from(self.0)]
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|id| id.metric().name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Nanos, Times};
    use crate::outcome::Outcome;

    /// An exchange due at 100, dispatched at 110, with the given later times.
    pub(super) fn exchange(times: impl FnOnce(&mut Times)) -> Exchange {
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.times.due = Nanos(100);
        exchange.times.dispatched = Nanos(110);
        times(&mut exchange.times);
        exchange
    }

    fn value(name: &str, exchange: &Exchange) -> Option<u64> {
        match MetricId::named(name).unwrap().metric().take {
            Take::Once(take) => take(exchange),
            Take::EachGap | Take::EachCall(_) => None,
        }
    }

    #[test]
    fn latencies_count_from_due_and_lag_is_our_own() {
        let exchange = exchange(|times| {
            times.sent = Some(Nanos(120));
            times.head = Some(Nanos(150));
            times.first_token = Some(Nanos(200));
            times.visible = Some(Nanos(300));
            times.terminal = Some(Nanos(900));
            times.closed = Some(Nanos(950));
        });
        let expected = [
            ("send_lag", 10),
            ("ttfb", 30),
            ("ttft", 100),
            ("ttft_from_dispatch", 90),
            ("ttfv", 200),
            ("e2e", 800),
            ("e2e_from_dispatch", 790),
            ("hang", 50),
        ];
        for (name, expected) in expected {
            assert_eq!(value(name, &exchange), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_threshold_can_name_every_metric_in_its_unit_and_no_other() {
        let named: Vec<_> = crate::threshold::METRICS
            .iter()
            .map(|known| (known.name, known.units))
            .collect();
        let taken: Vec<_> = METRICS
            .iter()
            .map(|metric| match metric.unit {
                Unit::Time => (
                    metric.name,
                    [crate::threshold::Unit::Nanoseconds].as_slice(),
                ),
                Unit::PerSecond => (metric.name, [crate::threshold::Unit::PerSecond].as_slice()),
            })
            .collect();
        assert_eq!(named, taken);
    }

    #[test]
    fn what_did_not_happen_is_absent() {
        let exchange = exchange(|_| {});
        for id in MetricId::all().filter(|id| id.metric().name != "send_lag") {
            assert_eq!(
                value(id.metric().name, &exchange),
                None,
                "{}",
                id.metric().name
            );
        }
    }

    #[test]
    fn time_per_token_needs_two_tokens_and_usage() {
        let mut exchange = exchange(|times| {
            times.first_token = Some(Nanos(1_000));
            times.last_token = Some(Nanos(10_000));
        });
        assert_eq!(value("tpot", &exchange), None);
        exchange.set_output_tokens(1);
        assert_eq!(value("tpot", &exchange), None);
        exchange.set_output_tokens(10);
        assert_eq!(value("tpot", &exchange), Some(1_000));
        // 10 tokens in 9 µs, in thousandths of a token a second.
        assert_eq!(value("tokens_per_second", &exchange), Some(1_111_111_111));
    }
}
