//! Where samples go while the load runs: one recorder a thread, emptied once a second.

use std::collections::HashMap;

use super::{METRICS, MetricId, Series, Take};
use crate::exchange::Exchange;
use crate::protocol::conversation::Step;
use crate::scenario::TemplateId;

/// Which samples belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesKey {
    pub template: TemplateId,
    pub step: Step,
    pub metric: MetricId,
}

/// Samples of one second of one thread.
pub type Interval = HashMap<SeriesKey, Series>;

#[derive(Debug, Default)]
pub struct Recorder {
    interval: Interval,
}

impl Recorder {
    /// One gap between two payload events, as it happens.
    pub fn gap(&mut self, template: TemplateId, step: Step, nanos: u64) {
        let each = METRICS
            .iter()
            .position(|metric| matches!(metric.take, Take::EachGap));
        let metric = MetricId(
            each.and_then(|index| u8::try_from(index).ok())
                .unwrap_or_default(),
        );
        self.record(
            SeriesKey {
                template,
                step,
                metric,
            },
            nanos,
        );
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
