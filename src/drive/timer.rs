//! Waiting until a moment, closer than the runtime's timer.
//!
//! The runtime's timer wheel ticks in milliseconds, so a call would leave half a millisecond late
//! or more in the median. The kernel's timer descriptor wakes the same event loop within tens of
//! microseconds, and what those are on the machine in hand is made up for by [`Lead`].

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use super::lead::Lead;
use crate::exchange::Nanos;
use crate::wire::http::Clock;

/// One waiter; a worker's schedule has one.
pub(super) struct Timer {
    clock: Clock,
    /// `None`: no descriptor could be had; the runtime's timer serves, later but surely.
    descriptor: Option<AsyncFd<OwnedFd>>,
    lead: Lead,
    /// Nanoseconds that the thread has spent on nothing but looking at the clock.
    watched: Rc<Cell<u64>>,
}

impl Timer {
    pub(super) fn new(clock: Clock, watched: &Rc<Cell<u64>>) -> Self {
        Self {
            clock,
            descriptor: descriptor(),
            lead: Lead::new(clock.now()),
            watched: Rc::clone(watched),
        }
    }

    /// Returns at `moment` or as soon after it as the machine can.
    pub(super) async fn until(&mut self, moment: Nanos) {
        loop {
            let now = self.clock.now();
            let Some(left) = moment.since(now).filter(|left| *left > 0) else {
                return;
            };
            let lead = self.lead.nanos(now);
            let Some(asleep) = left.checked_sub(lead).filter(|asleep| *asleep > 0) else {
                return self.watch(now, moment).await;
            };
            if self.wait(asleep).await.is_none() {
                tokio::time::sleep_until(self.clock.instant(moment).into()).await;
                return;
            }
            let passed = self.clock.now().since(now).unwrap_or_default();
            self.lead.woken(passed.saturating_sub(asleep));
        }
    }

    /// Goes round the event loop, in which others have their turns, until the moment has come.
    async fn watch(&mut self, mut now: Nanos, moment: Nanos) {
        while now < moment {
            tokio::task::yield_now().await;
            let then = self.clock.now();
            let took = then.since(now).unwrap_or_default();
            let idle = self.lead.went_round(took, then);
            self.watched.set(self.watched.get() + idle);
            now = then;
        }
    }

    async fn wait(&mut self, nanos: u64) -> Option<()> {
        let descriptor = self.descriptor.as_ref()?;
        let value = Timespec {
            tv_sec: i64::try_from(nanos / 1_000_000_000).ok()?,
            tv_nsec: i64::try_from(nanos % 1_000_000_000).ok()?,
        };
        let interval = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let timer = Itimerspec {
            it_interval: interval,
            it_value: value,
        };
        timerfd_settime(descriptor, TimerfdTimerFlags::empty(), &timer).ok()?;
        let mut ready = descriptor.readable().await.ok()?;
        // Setting the timer again resets its count, so what it counted need not be read.
        ready.clear_ready();
        Some(())
    }
}

#[expect(
    deprecated,
    reason = "deprecated for types that may close their descriptor early; an `OwnedFd` cannot, and \
              the replacement is unsafe to call"
)]
fn descriptor() -> Option<AsyncFd<OwnedFd>> {
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags).ok()?).ok()
}
