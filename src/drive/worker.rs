//! One worker thread: its share of every phase.

use std::cell::{Cell, OnceCell, RefCell};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

use super::timer::Timer;
use super::{Caller, Event, Outbox, PhaseShared, Pulse, Shared, Sink, Stop};
use crate::exchange::Nanos;
use crate::judge::{self, Memory};
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
        memory: Memory::shared(),
        fixed: vec![OnceCell::new(); shared.scenario.requests.len()],
        watched: Rc::default(),
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
    memory: judge::Shared,
    /// By template, its request where that is always the same; made when it is first wanted.
    fixed: Vec<OnceCell<Option<Outgoing>>>,
    /// One a phase.
    recorders: Vec<Rc<RefCell<Recorder>>>,
    /// Nanoseconds that went by with nothing but looking at the clock.
    pub(super) watched: Rc<Cell<u64>>,
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
            memory: Rc::clone(&self.memory),
            keeps_bodies: false,
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
        let (first, step) = place(self.shard(), self.index, self.workers());
        plan::share(all, first, step)
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
        let mut due = clock.now().after(PULSE);
        let mut late = Series::new();
        let used = Used::new();
        // A thread that only looks at the clock has time left for all else.
        let at_work = || Some(used.nanos()?.saturating_sub(self.watched.get()));
        let (mut since, mut spent) = (clock.now(), at_work());
        loop {
            tokio::time::sleep_until(clock.instant(due).into()).await;
            let now = clock.now();
            due = ticks(due, now, &mut late);
            self.outbox.flush().await;
            if late.count() >= PULSES {
                let spent_now = at_work();
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

/// The first number of a worker of a shard, and how far it is to each next one.
fn place(shard: Shard, worker: usize, workers: usize) -> (usize, usize) {
    let (index, of) = (shard.index as usize, shard.of as usize);
    (index + of * worker, of * workers)
}

/// Notes how late each tick was that was due by now, and gives the next one. A thread that was held
/// up for a second was late for every tick of that second.
fn ticks(mut due: Nanos, now: Nanos, late: &mut Series) -> Nanos {
    while let Some(by) = now.since(due) {
        late.record(by);
        due = due.after(PULSE);
    }
    due
}

/// What this thread has used of the processors. Opened once: when it matters most there may be no
/// descriptor left to open it with.
struct Used(Option<File>);

impl Used {
    fn new() -> Self {
        Self(File::open("/proc/thread-self/schedstat").ok())
    }

    /// Processor time in nanoseconds, as the scheduler counts it. `None`: the kernel does not
    /// tell.
    fn nanos(&self) -> Option<u64> {
        let mut told = [0; 128];
        let length = self.0.as_ref()?.read_at(&mut told, 0).ok()?;
        let told = std::str::from_utf8(&told[..length]).ok()?;
        told.split_whitespace().next()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_held_up_is_late_for_every_tick_that_it_missed() {
        let (mut late, second) = (Series::new(), Nanos(1_000_000_000));
        let mut due = Nanos(0).after(PULSE);
        for step in 1..=150 {
            let now = Nanos(0).after(PULSE * step);
            due = ticks(due, now, &mut late);
        }
        assert_eq!((late.count(), late.percentile(99.0)), (150, Some(0)));
        // For a second it is not woken, once.
        let due = ticks(due, due.after(Duration::from_nanos(second.0)), &mut late);
        assert_eq!(late.count(), 201);
        let p99 = late.percentile(99.0).unwrap();
        assert!(p99 >= 940_000_000, "{p99}");
        assert!(due > Nanos(4_000_000_000), "{due:?}");
    }

    #[test]
    fn each_call_is_made_by_one_worker_of_its_own_shard() {
        for (of, workers) in [(1, 1), (1, 3), (4, 1), (3, 2), (2, 5)] {
            let mut makers = vec![0; 100];
            for index in 0..of {
                let shard = Shard { index, of };
                for worker in 0..workers {
                    let (first, step) = place(shard, worker, workers);
                    for number in plan::share(0..100_usize, first, step) {
                        makers[number] += 1;
                        assert_eq!(number % of as usize, index as usize);
                    }
                }
            }
            assert_eq!(makers, [1; 100], "{of} shards of {workers} workers");
        }
    }

    #[test]
    fn what_a_thread_has_used_is_told_without_a_further_descriptor() {
        let used = Used::new();
        let before = used.nanos();
        let work: u64 = (0..2_000_000_u64).map(std::hint::black_box).sum();
        assert!(work > 0 && used.nanos() >= before);
        assert_eq!(before.is_some(), used.nanos().is_some());
    }

    #[test]
    fn an_executor_that_is_not_needed_can_be_dropped_anywhere() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async { drop(Executor::new().unwrap()) });
    }
}
