//! Plays many calls at once in virtual time: waits are jumps, and calls that wait for the upstream
//! go on when the engine wakes them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake};
use std::time::Duration;

use spikeproof_mock::script::{FrameKind, Step};
use spikeproof_mock::{CallToken, Delivered, Engine, Incoming};

/// What became of one call, with its times since the start.
#[derive(Debug, Clone)]
pub(crate) struct Lived {
    pub(crate) status: u16,
    pub(crate) arrived: Duration,
    /// When its first step after the wait for a slot began.
    pub(crate) began: Option<Duration>,
    pub(crate) ended: Option<Duration>,
}

struct Running {
    call: CallToken,
    steps: VecDeque<Step>,
    delivered: Delivered,
}

/// Calls are named by the order in which they came, from 0.
pub(crate) struct Simulation<'a> {
    engine: &'a Engine,
    pub(crate) now: Duration,
    agenda: BinaryHeap<Reverse<(Duration, u64, usize)>>,
    number: u64,
    running: BTreeMap<usize, Running>,
    pub(crate) calls: Vec<Lived>,
    woken: Arc<Mutex<Vec<usize>>>,
    /// In the order in which the upstream began with them.
    pub(crate) begun: Vec<usize>,
}

struct Note {
    call: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.woken
            .lock()
            .expect("no thread panicked")
            .push(self.call);
    }
}

impl<'a> Simulation<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self {
            engine,
            now: Duration::ZERO,
            agenda: BinaryHeap::new(),
            number: 0,
            running: BTreeMap::new(),
            calls: Vec::new(),
            woken: Arc::default(),
            begun: Vec::new(),
        }
    }

    /// A call arrives now.
    pub(crate) fn arrive(&mut self, incoming: &Incoming) -> usize {
        let call = self.calls.len();
        let answered = self.engine.answer(incoming);
        self.calls.push(Lived {
            status: answered.script.status,
            arrived: self.now,
            began: None,
            ended: None,
        });
        let running = Running {
            call: answered.call,
            steps: answered.script.steps.into(),
            delivered: Delivered::default(),
        };
        self.running.insert(call, running);
        self.go_on(call);
        self.go_on_with_woken();
        call
    }

    /// The client of a call leaves, if the call still lasts.
    pub(crate) fn leave(&mut self, call: usize) {
        if let Some(running) = self.running.remove(&call) {
            self.engine.abandon(&running.call, running.delivered);
        }
        self.go_on_with_woken();
    }

    pub(crate) fn lasting(&self) -> Vec<usize> {
        self.running.keys().copied().collect()
    }

    /// Lets everything happen that is due by then.
    pub(crate) fn run_until(&mut self, then: Duration) {
        while let Some(Reverse((at, _, call))) = self.agenda.peek().copied()
            && at <= then
        {
            self.agenda.pop();
            self.now = at;
            self.go_on(call);
            self.go_on_with_woken();
        }
        self.now = then;
    }

    fn go_on_with_woken(&mut self) {
        loop {
            let woken = std::mem::take(&mut *self.woken.lock().expect("no thread panicked"));
            if woken.is_empty() {
                return;
            }
            woken.into_iter().for_each(|call| self.go_on(call));
        }
    }

    fn go_on(&mut self, call: usize) {
        let Some(running) = self.running.get_mut(&call) else {
            return;
        };
        while let Some(step) = running.steps.pop_front() {
            if step == Step::Slot {
                let woken = Arc::clone(&self.woken);
                let waker = Arc::new(Note { call, woken }).into();
                let context = Context::from_waker(&waker);
                let poll = self.engine.poll_slot(&running.call, context.waker());
                if poll.is_pending() {
                    running.steps.push_front(Step::Slot);
                    return;
                }
                continue;
            }
            if self.calls[call].began.is_none() && self.calls[call].status == 200 {
                self.calls[call].began = Some(self.now);
                self.begun.push(call);
            }
            let wait = match step {
                Step::Wait(wait) => wait,
                Step::Work(wait) => self.engine.at_speed(&running.call, wait),
                Step::Settle => {
                    self.engine.settle(&running.call);
                    continue;
                }
                Step::Frame(frame) => {
                    running.delivered.frames += 1;
                    running.delivered.tokens += u64::from(frame.kind == FrameKind::Token);
                    continue;
                }
                Step::Slot | Step::Head | Step::Continue => continue,
                // It lasts until its client leaves.
                Step::Stall => {
                    running.steps.push_front(Step::Stall);
                    return;
                }
                Step::Reset | Step::Close => break,
            };
            self.number += 1;
            self.agenda
                .push(Reverse((self.now + wait, self.number, call)));
            return;
        }
        self.calls[call].ended = Some(self.now);
        self.engine.finish(&running.call);
        self.running.remove(&call);
    }
}
