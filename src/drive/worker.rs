//! One worker thread: its share of every phase.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

use super::timer::Timer;
use super::{Caller, Event, Outbox, PhaseShared, Pulse, Shared, Sink, Stop};
use crate::exchange::Nanos;
use crate::measure::{Recorder, Series};
use crate::plan::{self, Call, PhasePlan, Schedule};
use crate::protocol::calls;
use crate::protocol::conversation::Outgoing;
use crate::protocol::single::Single;
use crate::shard::Shard;

/// From the barrier to a phase's first due time: all workers must have passed it.
const LEAD: Duration = Duration::from_millis(5);

/// How often a thread looks whether it is late, and how many looks are told at once.
const PULSE: Duration = Duration::from_millis(20);
const PULSES: u64 = 50;

/// Threads for driving: one processor is left to whatever is driven, or to the rest of the machine.
pub fn default_workers() -> usize {
    std::thread::available_parallelism()
        .map_or(1, |cores| cores.get().saturating_sub(1))
        .max(1)
}

/// A worker's runtime. A plain one panics when it is dropped where the rest of a run is, which is
/// where it goes when there are descriptors for some of the workers only.
pub(super) struct Executor(Option<Runtime>);

impl Executor {
    pub(super) fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Works off all phases, then returns.
pub(super) fn work(
    index: usize,
    executor: &Executor,
    caller: Caller,
    shared: &std::sync::Arc<Shared>,
) {
    let Some(runtime) = &executor.0 else {
        return;
    };
    let local = LocalSet::new();
    let worker = Rc::new(Worker {
        index,
        caller,
        shared: std::sync::Arc::clone(shared),
        outbox: Outbox::batched(shared.mouth.clone()),
        fixed: vec![OnceCell::new(); shared.scenario.requests.len()],
        recorders: (0..)
            .zip(&shared.plan.phases)
            .map(|(phase, _)| recorder(phase))
            .collect(),
    });
    local.block_on(runtime, async move {
        let samples = tokio::task::spawn_local(Rc::clone(&worker).flush_each_second());
        let pulse = tokio::task::spawn_local(Rc::clone(&worker).beat());
        for phases in worker.shared.plan.groups() {
            worker.together(phases).await;
        }
        samples.abort();
        pulse.abort();
        worker.flush().await;
    });
}

pub(super) struct Worker {
    index: usize,
    pub(super) caller: Caller,
    pub(super) shared: std::sync::Arc<Shared>,
    outbox: Outbox,
    /// By template, its request where that is always the same; made when it is first wanted.
    fixed: Vec<OnceCell<Option<Outgoing>>>,
    /// One a phase.
    recorders: Vec<Rc<RefCell<Recorder>>>,
}

fn recorder(phase: u16) -> Rc<RefCell<Recorder>> {
    Rc::new(RefCell::new(Recorder::new(phase)))
}

impl Worker {
    /// Phases that run at the same time, from barrier to barrier: no phase begins on any worker
    /// before those ahead of it have ended on all.
    async fn together(self: &Rc<Self>, phases: &[PhasePlan]) {
        let Some(first) = phases.first() else { return };
        // A stopped run still passes every barrier, or one worker would wait for another for ever.
        self.shared.barrier.wait().await;
        let clock = self.caller.clock();
        let agreed = &self.counters(first).agreed;
        let start = *agreed.get_or_init(|| clock.now().after(LEAD));
        let mut running = JoinSet::new();
        for phase in phases {
            let (worker, index) = (Rc::clone(self), usize::from(phase.index));
            running.spawn_local(async move {
                let phase = &worker.shared.plan.phases[index];
                worker.phase(phase, start.after(phase.offset)).await;
            });
        }
        self.drain(running).await;
        self.shared.barrier.wait().await;
    }

    async fn phase(self: &Rc<Self>, phase: &PhasePlan, start: Nanos) {
        if !phase.offset.is_zero() && self.idle(start.before(LEAD)).await != Stop::Go {
            return;
        }
        if self.index == 0 {
            self.tell(Event::PhaseStarted {
                phase: phase.index,
                at: start,
            })
            .await;
        }
        let end = start.after(phase.length());
        let sink = Sink {
            events: self.outbox.clone(),
            recorder: phase
                .record
                .then(|| Rc::clone(&self.recorders[usize::from(phase.index)])),
            cut: phase.graceful_stop.map(|grace| end.after(grace)),
        };
        match &phase.schedule {
            Schedule::Open { due, max_in_flight } => {
                let due = due.clone();
                self.open(phase, start, due, *max_in_flight, &sink).await;
            }
            Schedule::Closed { callers, .. } => self.closed(phase, start, callers, &sink).await,
        }
        // What it has measured is told before its end is.
        self.flush().await;
        if self.counters(phase).ended.fetch_add(1, Ordering::AcqRel) + 1 == self.workers() {
            self.tell(Event::PhaseEnded {
                phase: phase.index,
                at: self.caller.clock().now(),
            })
            .await;
        }
    }

    /// Waits for all; a task that panicked is a bug of ours, which must not pass for an answer.
    pub(super) async fn drain(&self, mut tasks: JoinSet<()>) {
        while let Some(ended) = tasks.join_next().await {
            if ended.is_err() {
                self.tell(Event::Panicked).await;
            }
        }
    }

    pub(super) async fn make(&self, call: Call, due: Nanos, sink: &Sink) {
        let template = &self.shared.scenario.requests[usize::from(call.template.0)];
        let phase = &self.shared.plan.phases[usize::from(call.key.phase)];
        let replayed = phase.replayed(call.key.number);
        let replayed = replayed.map(|(rows, speed)| calls::replayed(template, rows, speed));
        if let Some(replayed) = &replayed {
            let made = self.caller.call(replayed, call.template, call, due, sink);
            return made.await;
        }
        let fixed = &self.fixed[usize::from(call.template.0)];
        let fixed = fixed.get_or_init(|| {
            let mut first = calls::fixed(template)?;
            self.caller.held_to(&mut first);
            Some(first)
        });
        let conversation = match fixed {
            Some(first) => Box::new(Single::new(first.clone())),
            None => calls::conversation(template, call.seed),
        };
        let whole = (template, call.template, call, conversation);
        self.caller.carry_out(whole, due, sink).await;
    }

    /// Waits for a moment, or for the run to be stopped.
    pub(super) async fn until(&self, timer: &mut Timer, moment: Nanos) -> Stop {
        let mut stop = self.shared.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
            () = timer.until(moment) => {}
        }
        self.stop()
    }

    /// The same by the runtime's own timer, which is good enough where no call is due.
    pub(super) async fn idle(&self, moment: Nanos) -> Stop {
        let mut stop = self.shared.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
            () = tokio::time::sleep_until(self.caller.clock().instant(moment).into()) => {}
        }
        self.stop()
    }

    /// What of a phase falls to this worker: of the shard's part every so-many-th, counted from its
    /// own number.
    pub(super) fn share<T>(&self, all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let Shard { index, of } = self.shard();
        let (index, of) = (index as usize, of as usize);
        plan::share(all, index + of * self.index, of * self.workers())
    }

    pub(super) fn shard(&self) -> Shard {
        self.shared.settings.shard
    }

    fn workers(&self) -> usize {
        self.shared.settings.workers.max(1)
    }

    pub(super) fn stop(&self) -> Stop {
        if self.shared.settings.allowance.is_used_up() {
            return Stop::Wind;
        }
        *self.shared.stop.borrow()
    }

    pub(super) fn counters(&self, phase: &PhasePlan) -> &PhaseShared {
        &self.shared.phases[usize::from(phase.index)]
    }

    async fn flush_each_second(self: Rc<Self>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.flush().await;
        }
    }

    /// Wakes at fixed times and notes how late it was woken: a thread that has more to do than it
    /// can is late with this as with everything, and times taken on it are late as well.
    async fn beat(self: Rc<Self>) {
        let clock = self.caller.clock();
        let mut due = clock.now();
        let mut late = Series::new();
        let (mut since, mut spent) = (due, spent_by_this_thread());
        loop {
            due = due.after(PULSE);
            tokio::time::sleep_until(clock.instant(due).into()).await;
            let now = clock.now();
            late.record(now.since(due).unwrap_or_default());
            due = due.max(now);
            self.outbox.flush().await;
            if late.count() >= PULSES {
                let spent_now = spent_by_this_thread();
                let passed = now.since(since).unwrap_or_default().max(1);
                let busy = spent_now.zip(spent).and_then(|(now, before)| {
                    let spent = now.saturating_sub(before).saturating_mul(1_000);
                    u16::try_from(spent / passed).ok()
                });
                (since, spent) = (now, spent_now);
                let late = std::mem::take(&mut late);
                self.tell(Event::Pulse(Pulse { late, busy })).await;
            }
        }
    }

    async fn flush(&self) {
        for recorder in &self.recorders {
            let interval = recorder.borrow_mut().take();
            if !interval.is_empty() {
                self.tell(Event::Samples(interval)).await;
            }
        }
        self.outbox.flush().await;
    }

    pub(super) async fn tell(&self, event: Event) {
        self.outbox.send(event).await;
    }
}

/// Processor time in nanoseconds, as the scheduler counts it. `None`: this kernel does not tell.
fn spent_by_this_thread() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_executor_that_is_not_needed_can_be_dropped_anywhere() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { drop(Executor::new().unwrap()) });
    }
}
