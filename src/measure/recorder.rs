//! Where samples go while the load runs: one recorder a thread, emptied once a second.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{MetricId, Series, Take};
use crate::exchange::{CallEnd, Exchange};
use crate::protocol::step::Step;
use crate::scenario::TemplateId;

/// Which samples belong together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct SeriesKey {
    pub template: TemplateId,
    pub step: Step,
    pub metric: MetricId,
}

/// Samples of one second of one thread.
pub type Interval = HashMap<SeriesKey, Series>;

/// The metric that is taken of each gap.
static GAP: LazyLock<MetricId> = LazyLock::new(|| {
    let takes_gaps = |id: &MetricId| matches!(id.metric().take, Take::EachGap);
    MetricId::all()
        .find(takes_gaps)
        .expect("one metric takes gaps")
});

#[derive(Debug, Default)]
pub struct Recorder {
    interval: Interval,
}

impl Recorder {
    /// One gap between two payload events, as it happens.
    pub fn gap(&mut self, template: TemplateId, step: Step, nanos: u64) {
        let metric = *GAP;
        self.record(
            SeriesKey {
                template,
                step,
                metric,
            },
            nanos,
        );
    }

    /// A call as a whole, when all of it went as it should.
    pub fn call(&mut self, end: &CallEnd) {
        let (template, step) = (end.template, Step::Call);
        for metric in MetricId::all() {
            let Take::EachCall(take) = metric.metric().take else {
                continue;
            };
            if let Some(value) = take(end).filter(|_| end.as_expected) {
                self.record(
                    SeriesKey {
                        template,
                        step,
                        metric,
                    },
                    value,
                );
            }
        }
    }

    /// Everything that is known once an exchange is over. Times of an answer that was not what the
    /// scenario asked for are no latencies of the thing measured; our own lateness always counts.
    pub fn exchange(&mut self, exchange: &Exchange) {
        let (template, step) = (exchange.template, exchange.step);
        for metric in MetricId::all() {
            let Take::Once(take) = metric.metric().take else {
                continue;
            };
            let counts = exchange.outcome.is_as_expected() || metric.metric().name == "send_lag";
            if let Some(value) = take(exchange).filter(|_| counts) {
                self.record(
                    SeriesKey {
                        template,
                        step,
                        metric,
                    },
                    value,
                );
            }
        }
    }

    /// Hands out what has gathered, and starts anew.
    pub fn take(&mut self) -> Interval {
        std::mem::take(&mut self.interval)
    }

    fn record(&mut self, key: SeriesKey, value: u64) {
        self.interval.entry(key).or_default().record(value);
    }
}
