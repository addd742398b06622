//! Closed schedules on one worker: callers, each starting its next call when its last one ended.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;

use super::timer::Timer;
use super::worker::Worker;
use super::{Sink, Stop};
use crate::exchange::Nanos;
use crate::plan::{Callers, Iterations, PhasePlan, Schedule};
use crate::shard::Shard;

/// A stretch in which a caller starts calls, on the run's clock.
#[derive(Debug, Clone, Copy)]
struct Presence {
    from: Nanos,
    until: Nanos,
    /// When its last call is cut off.
    cut: Option<Nanos>,
}

impl Worker {
    /// This worker's share of the callers.
    pub(super) async fn closed(
        self: &Rc<Self>,
        phase: &PhasePlan,
        start: Nanos,
        callers: &Callers,
        sink: &Sink,
    ) {
        let mut timer = Timer::new(self.caller.clock(), &self.watched);
        if self.until(&mut timer, start).await != Stop::Go {
            return;
        }
        let mut running = JoinSet::new();
        for vu in self.share(0..callers.most()) {
            let (worker, sink, index) = (Rc::clone(self), sink.clone(), phase.index);
            running.spawn_local(async move {
                let phase = &worker.shared.plan.phases[usize::from(index)];
                worker.caller(phase, start, vu, sink).await;
            });
        }
        self.drain(running).await;
    }

    /// One caller, from its coming to its going for good.
    async fn caller(&self, phase: &PhasePlan, start: Nanos, vu: u32, mut sink: Sink) {
        let Schedule::Closed { iterations, .. } = &phase.schedule else {
            return;
        };
        let mut cursor = phase.cursor();
        let mut thinking = phase.thinking(vu);
        let mut made = 0;
        // After the phase's own start the first call is due when its caller gets round to it; after
        // a thought, when the thought is over.
        let mut due: Option<Nanos> = None;
        for there in presences(phase, start, vu, sink.cut) {
            sink.cut = there.cut;
            loop {
                let next = due.unwrap_or_default().max(there.from);
                if next >= there.until {
                    break;
                }
                if next > self.caller.clock().now() && self.idle(next).await != Stop::Go {
                    return;
                }
                let now = self.caller.clock().now();
                if now >= there.until {
                    break;
                }
                if self.stop() != Stop::Go {
                    return;
                }
                let Some(number) = self.claim(phase, vu, made, *iterations) else {
                    return;
                };
                made += 1;
                let call = phase.call(number, cursor.pick(number));
                self.make(call, due.take().map_or(now, |_| next), &sink)
                    .await;
                let thought = thinking.again();
                due = thought.map(|thought| self.caller.clock().now().after(thought));
            }
        }
    }

    /// The number of a caller's next call; `None`: it has made its last.
    fn claim(&self, phase: &PhasePlan, vu: u32, made: u64, iterations: Iterations) -> Option<u64> {
        let Shard { index, of } = self.shard();
        let next = || {
            let own = self.counters(phase).next.fetch_add(1, Ordering::Relaxed);
            own * u64::from(of) + u64::from(index)
        };
        match iterations {
            Iterations::Unlimited => Some(next()),
            Iterations::Shared(all) => Some(next()).filter(|number| *number < all),
            Iterations::Each(each) => (made < each).then(|| u64::from(vu) * each + made),
        }
    }
}

/// When a caller is there. `cut`: when the phase's last calls are cut off.
fn presences(
    phase: &PhasePlan,
    start: Nanos,
    vu: u32,
    cut: Option<Nanos>,
) -> impl Iterator<Item = Presence> {
    let (spells, grace) = match &phase.schedule {
        Schedule::Open { .. } => (Vec::new(), None),
        Schedule::Closed {
            callers,
            graceful_ramp_down,
            ..
        } => (callers.spells(vu), *graceful_ramp_down),
    };
    let length = phase.length();
    spells.into_iter().map(move |spell| {
        let until = start.after(spell.until);
        let goes = grace.filter(|_| spell.until < length);
        let goes = goes.map(|grace| until.after(grace));
        Presence {
            from: start.after(spell.from),
            until,
            cut: match (goes, cut) {
                (Some(goes), Some(cut)) => Some(goes.min(cut)),
                (one, other) => one.or(other),
            },
        }
    })
}
