//! Open schedules on one worker: calls are made when they are due, whatever became of others.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;

use super::timer::Timer;
use super::worker::Worker;
use super::{Event, Sink, Stop};
use crate::exchange::Nanos;
use crate::plan::{DueTimes, PhasePlan};

impl Worker {
    /// This worker's share of the calls.
    pub(super) async fn open(
        self: &Rc<Self>,
        phase: &PhasePlan,
        start: Nanos,
        due: DueTimes,
        max: u32,
        sink: &Sink,
    ) {
        let counters = self.counters(phase);
        // Of all shards together, as far as that can be divided.
        let max = self.shard().share(u64::from(max)).max(1);
        let mut timer = Timer::new(self.caller.clock(), &self.watched);
        let mut cursor = phase.cursor();
        let mut calls = JoinSet::new();
        for (number, offset) in self.share((0..).zip(due)) {
            let due = start.after(offset);
            if self.until(&mut timer, due).await != Stop::Go {
                break;
            }
            while let Some(ended) = calls.try_join_next() {
                if ended.is_err() {
                    self.tell(Event::Panicked).await;
                }
            }
            let template = cursor.pick(number);
            let call = phase.call(number, template);
            if counters.in_flight.fetch_add(1, Ordering::Relaxed)
                >= u32::try_from(max).unwrap_or(u32::MAX)
            {
                counters.in_flight.fetch_sub(1, Ordering::Relaxed);
                self.tell(Event::Dropped {
                    call: call.key,
                    template,
                })
                .await;
                continue;
            }
            let (worker, sink, index) = (Rc::clone(self), sink.clone(), phase.index);
            calls.spawn_local(async move {
                worker.make(call, due, &sink).await;
                let counters = &worker.shared.phases[usize::from(index)];
                counters.in_flight.fetch_sub(1, Ordering::Relaxed);
            });
        }
        self.drain(calls).await;
    }
}
