//! One worker thread: its share of every phase.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

use super::timer::Timer;
use super::{Caller, Event, PhaseShared, Pulse, Shared, Sink, Stop};
use crate::exchange::Nanos;
use crate::measure::{Recorder, Series};
use crate::plan::{Call, Iterations, PhasePlan, Schedule};

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
        recorder: Rc::new(RefCell::new(Recorder::default())),
    });
    local.block_on(runtime, async move {
        let samples = tokio::task::spawn_local(Rc::clone(&worker).flush_each_second());
        let pulse = tokio::task::spawn_local(Rc::clone(&worker).beat());
        for phase in &worker.shared.plan.phases {
            worker.phase(phase).await;
        }
        samples.abort();
        pulse.abort();
        worker.flush().await;
    });
}

struct Worker {
    index: usize,
    caller: Caller,
    shared: std::sync::Arc<Shared>,
    recorder: Rc<RefCell<Recorder>>,
}

impl Worker {
    async fn phase(self: &Rc<Self>, phase: &PhasePlan) {
        let counters = &self.shared.phases[usize::from(phase.index)];
        self.shared.barrier.wait().await;
        // A stopped run still passes every barrier, or one worker would wait for another for ever.
        let clock = self.caller.clock();
        let start = *counters.start.get_or_init(|| clock.now().after(LEAD));
        if self.index == 0 {
            self.tell(Event::PhaseStarted {
                phase: phase.index,
                at: start,
            })
            .await;
        }
        let sink = Sink {
            events: self.shared.events.clone(),
            recorder: phase.record.then(|| Rc::clone(&self.recorder)),
        };
        match &phase.schedule {
            Schedule::Open { max_in_flight, .. } => {
                self.open(phase, start, *max_in_flight, &sink).await;
            }
            Schedule::Closed {
                vus,
                iterations,
                until,
            } => {
                self.closed(phase, start, *vus, *iterations, start.after(*until), &sink)
                    .await;
            }
        }
        self.flush().await;
        self.shared.barrier.wait().await;
        if self.index == 0 {
            self.tell(Event::PhaseEnded {
                phase: phase.index,
                at: clock.now(),
            })
            .await;
        }
    }

    /// Every so-many-th call of the schedule, when it is due, whatever became of those before.
    async fn open(self: &Rc<Self>, phase: &PhasePlan, start: Nanos, max: u32, sink: &Sink) {
        let Schedule::Open { due, .. } = &phase.schedule else {
            return;
        };
        let (workers, counters) = (self.shared.settings.workers.max(1), self.counters(phase));
        let mut timer = Timer::new(self.caller.clock());
        let mut cursor = phase.cursor();
        let mut calls = JoinSet::new();
        for (number, offset) in due.clone().enumerate().skip(self.index).step_by(workers) {
            let due = start.after(offset);
            if self.until(&mut timer, due).await != Stop::Go {
                break;
            }
            while let Some(ended) = calls.try_join_next() {
                if ended.is_err() {
                    self.tell(Event::Panicked).await;
                }
            }
            let number = number as u64;
            let template = cursor.pick(number);
            let call = phase.call(number, template);
            if counters.in_flight.fetch_add(1, Ordering::Relaxed) >= max {
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

    /// This worker's callers, each starting its next call when its last one ended.
    async fn closed(
        self: &Rc<Self>,
        phase: &PhasePlan,
        start: Nanos,
        vus: u32,
        iterations: Iterations,
        until: Nanos,
        sink: &Sink,
    ) {
        Timer::new(self.caller.clock()).until(start).await;
        let mut callers = JoinSet::new();
        let workers = self.shared.settings.workers.max(1);
        for vu in (0..vus).skip(self.index).step_by(workers) {
            let (worker, sink, index) = (Rc::clone(self), sink.clone(), phase.index);
            callers.spawn_local(async move {
                let phase = &worker.shared.plan.phases[usize::from(index)];
                let mut cursor = phase.cursor();
                let mut made = 0;
                loop {
                    let due = worker.caller.clock().now();
                    if due >= until || worker.stop() != Stop::Go {
                        break;
                    }
                    let Some(number) = worker.claim(phase, vu, made, iterations) else {
                        break;
                    };
                    made += 1;
                    worker
                        .make(phase.call(number, cursor.pick(number)), due, &sink)
                        .await;
                }
            });
        }
        self.drain(callers).await;
    }

    /// Waits for all; a task that panicked is a bug of ours, which must not pass for an answer.
    async fn drain(&self, mut tasks: JoinSet<()>) {
        while let Some(ended) = tasks.join_next().await {
            if ended.is_err() {
                self.tell(Event::Panicked).await;
            }
        }
    }

    /// The number of a caller's next call; `None`: it has made its last.
    fn claim(&self, phase: &PhasePlan, vu: u32, made: u64, iterations: Iterations) -> Option<u64> {
        let next = || self.counters(phase).next.fetch_add(1, Ordering::Relaxed);
        match iterations {
            Iterations::Unlimited => Some(next()),
            Iterations::Shared(all) => Some(next()).filter(|number| *number < all),
            Iterations::Each(each) => (made < each).then(|| u64::from(vu) * each + made),
        }
    }

    async fn make(&self, call: Call, due: Nanos, sink: &Sink) {
        let template = &self.shared.scenario.requests[usize::from(call.template.0)];
        self.caller
            .call(template, call.template, call, due, sink)
            .await;
    }

    /// Waits for a moment, or for the run to be stopped.
    async fn until(&self, timer: &mut Timer, moment: Nanos) -> Stop {
        let mut stop = self.shared.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
            () = timer.until(moment) => {}
        }
        self.stop()
    }

    fn stop(&self) -> Stop {
        if self.shared.settings.allowance.is_used_up() {
            return Stop::Wind;
        }
        *self.shared.stop.borrow()
    }

    fn counters(&self, phase: &PhasePlan) -> &PhaseShared {
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
            if late.count() >= PULSES {
                let spent_now = spent_by_this_thread();
                let passed = now.since(since).unwrap_or_default().max(1);
                let busy = spent_now.saturating_sub(spent).saturating_mul(1_000) / passed;
                (since, spent) = (now, spent_now);
                let busy = u16::try_from(busy).unwrap_or(u16::MAX);
                let late = std::mem::take(&mut late);
                self.tell(Event::Pulse(Pulse { late, busy })).await;
            }
        }
    }

    async fn flush(&self) {
        let interval = self.recorder.borrow_mut().take();
        if !interval.is_empty() {
            self.tell(Event::Samples(interval)).await;
        }
    }

    async fn tell(&self, event: Event) {
        let _ = self.shared.events.send(event).await;
    }
}

/// Processor time, in nanoseconds.
fn spent_by_this_thread() -> u64 {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let nanos = spent
        .tv_sec
        .saturating_mul(1_000_000_000)
        .saturating_add(spent.tv_nsec);
    u64::try_from(nanos).unwrap_or_default()
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
