//! What the upstream does to a healthy answer: it is down, it is slow, it has no room.

use std::task::{Poll, Waker};
use std::time::Duration;

use super::pool::{Overflow, PoolFigures, stretched};
use super::problem::Problem;
use super::reply::Reply;
use super::{Asked, Engine, State, spoil};
use crate::catalog;
use crate::contract::Contract;
use crate::fault::Fault;
use crate::incoming::{Answered, CallToken};
use crate::script::Step;
use crate::upstream::OutageKind;

/// A whole body's wait is cut into so many pieces where its speed can change meanwhile.
const PIECES: u32 = 32;

/// What is left to do to an answer that the upstream takes.
pub(super) struct Taken {
    /// It ends half-way like this.
    pub(super) end: Option<Step>,
    /// Its first step is to wait for a slot.
    queued: bool,
}

impl Engine {
    /// Ready when the upstream serves the call; else the waker is told when it does. It is told
    /// under the engine's lock, so it must note the news and not call the engine itself.
    pub fn poll_slot(&self, call: &CallToken, waker: &Waker) -> Poll<()> {
        let mut state = self.state(self.clock.now());
        state.pools.poll(call.number, waker)
    }

    /// How long a [`Step::Work`] takes that begins now.
    #[must_use]
    pub fn at_speed(&self, call: &CallToken, wait: Duration) -> Duration {
        let state = self.state(self.clock.now());
        state.at_speed(&self.config.upstream, call.number, wait)
    }

    /// The pools of slots that were used so far, by model, or one that is called `all`.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, PoolFigures)> {
        let state = self.state(self.clock.now());
        state.pools.figures().collect()
    }

    /// Whether, and how, the upstream takes the call that `reply` answers.
    ///
    /// # Errors
    /// It is down, or has no room left even to wait.
    pub(super) fn upstream(
        &self,
        state: &mut State,
        asked: &Asked<'_>,
        reply: &mut Reply,
    ) -> Result<Taken, Problem> {
        let upstream = &self.config.upstream;
        let mut taken = Taken {
            end: None,
            queued: false,
        };
        let Some(slug) = reply.bill.as_ref().map(|bill| bill.row.model) else {
            return Ok(taken);
        };
        if !asked.route.is_inference() {
            return Ok(taken);
        }
        let model = catalog::find(slug, Contract::default());
        match upstream.outage(model, self.clock.elapsed()) {
            None => {}
            Some(OutageKind::Status(status)) => return Err(Problem::upstream(status)),
            Some(OutageKind::Stall) => taken.end = Some(Step::Stall),
            Some(OutageKind::Reset) => taken.end = Some(Step::Reset),
            Some(OutageKind::Slow(factor)) => slow_down(&mut reply.steps, factor),
        }
        if upstream.slots.is_none() && upstream.full_speed.is_none() {
            return Ok(taken);
        }
        let number = state.next_call + 1;
        state
            .pools
            .enter(upstream, slug, number)
            .map_err(|Overflow| Problem::upstream(upstream.overflow))?;
        taken.queued = state.pools.is_waiting(number);
        if upstream.full_speed.is_some() {
            make_work(reply);
        }
        Ok(taken)
    }

    /// Answers an admitted call with a failure of the upstream.
    pub(super) fn turn_away(
        &self,
        state: &mut State,
        asked: &Asked<'_>,
        reply: Reply,
        problem: &Problem,
    ) -> Answered {
        let worst = reply.bill.as_ref().map_or(0, |bill| bill.worst);
        state.ledger.release(asked.key, worst);
        if asked.has(Fault::BillAtSubmit) && worst > 0 {
            state.ledger.pay_ahead(asked.key, worst, asked.now);
            state.ledger.pay_back(asked.key, worst, 0, asked.now);
        }
        let row = reply.bill.map(|bill| bill.row);
        self.fail(state, asked, problem, row)
    }

    /// The time that the gateway spent on trying again before it passed this failure on.
    pub(super) fn retried(&self, asked: &Asked<'_>, problem: &Problem) -> Option<Step> {
        let upstream = &self.config.upstream;
        if upstream.retries == 0 || !problem.by_upstream || problem.status < 500 {
            return None;
        }
        let mut dice = asked.dice();
        let attempts = (0..upstream.retries).map(|_| upstream.retry_time.sample(&mut dice));
        Some(Step::Wait(
            attempts.fold(Duration::ZERO, Duration::saturating_add),
        ))
    }
}

impl Taken {
    /// The last edit of a script. True where its end, and so its charge, is lost.
    pub(super) fn finish(self, reply: &mut Reply, already_cut: bool) -> bool {
        let cut = match &self.end {
            Some(end) if !already_cut => {
                spoil::cut(reply, end);
                true
            }
            Some(_) | None => already_cut,
        };
        if self.queued {
            reply.steps.insert(0, Step::Slot);
        }
        cut
    }
}

fn slow_down(steps: &mut [Step], factor: f64) {
    for step in steps {
        if let Step::Wait(wait) = step {
            *wait = stretched(*wait, factor);
        }
    }
}

/// Turns waits into work.
fn make_work(reply: &mut Reply) {
    let pieces = if reply.is_stream() { 1 } else { PIECES };
    let mut steps = Vec::with_capacity(reply.steps.len());
    for step in std::mem::take(&mut reply.steps) {
        if let Step::Wait(wait) = step {
            let piece = wait / pieces;
            steps.extend((1..pieces).map(|_| Step::Work(piece)));
            // What the division lost.
            steps.push(Step::Work(wait.saturating_sub(piece * (pieces - 1))));
        } else {
            steps.push(step);
        }
    }
    reply.steps = steps;
}
