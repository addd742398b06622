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
    pub phase: u16,
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

/// Samples of one phase.
#[derive(Debug)]
pub struct Recorder {
    phase: u16,
    interval: Interval,
}

impl Recorder {
    pub fn new(phase: u16) -> Self {
        Self {
            phase,
            interval: Interval::default(),
        }
    }

    /// One gap between two payload events, as it happens.
    pub fn gap(&mut self, template: TemplateId, step: Step, nanos: u64) {
        let metric = *GAP;
        self.record(template, step, metric, nanos);
    }

    /// A call as a whole, when all of it went as it should.
    pub fn call(&mut self, end: &CallEnd) {
        let (template, step) = (end.template, Step::Call);
        for metric in MetricId::all() {
            let Take::EachCall(take) = metric.metric().take else {
                continue;
            };
            if let Some(value) = take(end).filter(|_| end.as_expected) {
                self.record(template, step, metric, value);
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
                self.record(template, step, metric, value);
            }
        }
    }

    /// Hands out what has gathered, and starts anew.
    pub fn take(&mut self) -> Interval {
        std::mem::take(&mut self.interval)
    }

    fn record(&mut self, template: TemplateId, step: Step, metric: MetricId, value: u64) {
        let key = SeriesKey {
            phase: self.phase,
            template,
            step,
            metric,
        };
        self.interval.entry(key).or_default().record(value);
    }
}
