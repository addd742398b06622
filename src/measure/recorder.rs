//! Where samples go while the load runs: one recorder a thread, emptied once a second.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{METRICS, MetricId, Series, Take};
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

/// All series of one request's step, by metric.
#[derive(Debug)]
struct Row {
    template: TemplateId,
    step: Step,
    series: [Option<Box<Series>>; METRICS.len()],
}

/// Samples of one phase.
#[derive(Debug)]
pub struct Recorder {
    phase: u16,
    rows: Vec<Row>,
    places: HashMap<(TemplateId, Step), usize>,
    /// The row of the sample before: most samples come in runs, and are found without a look-up.
    last: usize,
}

impl Recorder {
    pub fn new(phase: u16) -> Self {
        Self {
            phase,
            rows: Vec::new(),
            places: HashMap::new(),
            last: 0,
        }
    }

    /// Gaps between payload events, so many of the same length, as they happen.
    pub fn gap(&mut self, (template, step): (TemplateId, Step), nanos: u64, count: u64) {
        let metric = *GAP;
        self.row(template, step).record(metric, nanos, count);
    }

    /// A call as a whole, when all of it went as it should.
    pub fn call(&mut self, end: &CallEnd) {
        if !end.as_expected {
            return;
        }
        let row = self.row(end.template, Step::Call);
        for metric in MetricId::all() {
            if let Take::EachCall(take) = metric.metric().take
                && let Some(value) = take(end)
            {
                row.record(metric, value, 1);
            }
        }
    }

    /// Everything that is known once an exchange is over. Times of an answer that was not what the
    /// scenario asked for are no latencies of the thing measured; our own lateness always counts.
    pub fn exchange(&mut self, exchange: &Exchange) {
        let is_as_expected = exchange.outcome.is_as_expected();
        let row = self.row(exchange.template, exchange.step);
        for metric in MetricId::all() {
            let Take::Once(take) = metric.metric().take else {
                continue;
            };
            let counts = is_as_expected || metric.metric().name == "send_lag";
            if let Some(value) = take(exchange).filter(|_| counts) {
                row.record(metric, value, 1);
            }
        }
    }

    /// Hands out what has gathered, and starts anew.
    pub fn take(&mut self) -> Interval {
        self.places.clear();
        self.last = 0;
        let rows = std::mem::take(&mut self.rows).into_iter();
        let phase = self.phase;
        let series = rows.flat_map(|row| {
            let (template, step) = (row.template, row.step);
            let all = MetricId::all().zip(row.series);
            all.filter_map(move |(metric, series)| {
                let key = SeriesKey {
                    phase,
                    template,
                    step,
                    metric,
                };
                Some((key, *series?))
            })
        });
        series.collect()
    }

    fn row(&mut self, template: TemplateId, step: Step) -> &mut Row {
        let last = self.rows.get(self.last);
        if !last.is_some_and(|row| row.template == template && row.step == step) {
            self.last = *self.places.entry((template, step)).or_insert_with(|| {
                self.rows.push(Row {
                    template,
                    step,
                    series: [const { None }; METRICS.len()],
                });
                self.rows.len() - 1
            });
        }
        &mut self.rows[self.last]
    }
}

impl Row {
    fn record(&mut self, metric: MetricId, value: u64, count: u64) {
        self.series[usize::from(metric.0)]
            .get_or_insert_default()
            .record_n(value, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn samples_come_out_under_the_keys_that_they_went_in_with() {
        let mut recorder = Recorder::new(0);
        let mut expected = HashMap::new();
        for number in 0..100 {
            let template = TemplateId(number % 3);
            let step = [Step::Call, Step::Query][usize::from(number % 2)];
            recorder.gap((template, step), 1_000, 2);
            *expected.entry((template, step)).or_insert(0) += 2;
        }
        let taken = recorder.take();
        let counted = taken.iter().map(|(key, series)| {
            assert_eq!(key.metric, *GAP);
            ((key.template, key.step), series.count())
        });
        assert_eq!(counted.collect::<HashMap<_, u64>>(), expected);
        assert!(recorder.take().is_empty());
    }

    #[test]
    fn an_answer_that_was_not_wanted_has_no_latency_but_our_lateness() {
        let mut recorder = Recorder::new(0);
        let mut exchange = Exchange::example(Outcome::UnexpectedStatus);
        exchange.times.closed = Some(crate::exchange::Nanos(9));
        exchange.times.terminal = exchange.times.closed;
        recorder.exchange(&exchange);
        let taken = recorder.take();
        let names: Vec<_> = taken.keys().map(|key| key.metric.metric().name).collect();
        assert_eq!(names, ["send_lag"]);
    }
}
