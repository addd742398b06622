//! Slots of the upstream: who is served, who waits, and in which order.
//!
//! A pool knows call numbers only. A call enters it when it is let in and leaves it when it ends,
//! however it ends; the slot it leaves goes to the one that has waited longest. So the time of a
//! start is known to nobody in advance: it follows from when others really ended.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::task::{Poll, Waker};
use std::time::Duration;

use super::State;
use crate::upstream::Upstream;

/// A call's place with the upstream.
#[derive(Debug)]
pub(crate) enum Place {
    /// It has a slot.
    Served,
    /// It has none yet. Whoever plays it is woken by this.
    Waiting(Option<Waker>),
}

/// A pool was full, and so was its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflow;

/// Figures of one pool of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolFigures {
    /// Calls that have a slot.
    pub active: u32,
    pub waiting: u32,
    /// Calls that ever got a slot.
    pub served: u64,
    /// Calls refused because the queue was full, too.
    pub overflowed: u64,
}

#[derive(Debug, Default)]
struct Pool {
    figures: PoolFigures,
    /// May hold calls that have left meanwhile; `figures.waiting` counts those that have not.
    queue: VecDeque<u64>,
}

/// The pools by name: one for all, or one a model.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    pools: BTreeMap<&'static str, Pool>,
    places: HashMap<u64, (&'static str, Place)>,
}

/// The pool of all models.
const ALL: &str = "all";

impl Pools {
    /// Gives the call a slot or a place in the queue.
    pub(crate) fn enter(
        &mut self,
        upstream: &Upstream,
        model: &'static str,
        call: u64,
    ) -> Result<(), Overflow> {
        let name = if upstream.slots_per_model { model } else { ALL };
        let pool = self.pools.entry(name).or_default();
        let figures = &mut pool.figures;
        let place = if upstream.slots.is_none_or(|slots| figures.active < slots) {
            figures.active += 1;
            figures.served += 1;
            Place::Served
        } else if figures.waiting < upstream.queue {
            figures.waiting += 1;
            pool.queue.push_back(call);
            Place::Waiting(None)
        } else {
            figures.overflowed += 1;
            return Err(Overflow);
        };
        self.places.insert(call, (name, place));
        Ok(())
    }

    pub(crate) fn is_waiting(&self, call: u64) -> bool {
        matches!(self.places.get(&call), Some((_, Place::Waiting(_))))
    }

    /// Ready when the call has its slot, or is none of this pool's business.
    pub(crate) fn poll(&mut self, call: u64, waker: &Waker) -> Poll<()> {
        match self.places.get_mut(&call) {
            Some((_, Place::Waiting(known))) => {
                *known = Some(waker.clone());
                Poll::Pending
            }
            Some((_, Place::Served)) | None => Poll::Ready(()),
        }
    }

    /// The call has ended. Its slot goes to the next in line.
    pub(crate) fn leave(&mut self, call: u64) {
        let Some((name, place)) = self.places.remove(&call) else {
            return;
        };
        let Some(pool) = self.pools.get_mut(name) else {
            return;
        };
        match place {
            Place::Served => {
                pool.figures.active -= 1;
                serve_next(pool, &mut self.places);
            }
            Place::Waiting(_) => {
                pool.figures.waiting -= 1;
                // Those that left are looked through once for each time the queue has doubled.
                if pool.queue.len() > 16 + 2 * pool.figures.waiting as usize {
                    pool.queue.retain(|call| self.places.contains_key(call));
                }
            }
        }
    }

    /// How many times as long a piece of work takes now, in the call's own pool.
    pub(crate) fn slowdown(&self, upstream: &Upstream, call: u64) -> f64 {
        let (Some(full_speed), Some((name, _))) = (upstream.full_speed, self.places.get(&call))
        else {
            return 1.0;
        };
        let active = self.pools.get(name).map_or(0, |pool| pool.figures.active);
        (f64::from(active) / f64::from(full_speed.max(1))).max(1.0)
    }

    pub(crate) fn figures(&self) -> impl Iterator<Item = (&'static str, PoolFigures)> + '_ {
        self.pools.iter().map(|(name, pool)| (*name, pool.figures))
    }

    /// Forgets every call; those that wait go on at once.
    pub(crate) fn clear(&mut self) {
        for (_, (_, place)) in self.places.drain() {
            wake(place);
        }
        self.pools.clear();
    }
}

fn serve_next(pool: &mut Pool, places: &mut HashMap<u64, (&'static str, Place)>) {
    while let Some(next) = pool.queue.pop_front() {
        let Some((_, place)) = places.get_mut(&next) else {
            continue;
        };
        pool.figures.waiting -= 1;
        pool.figures.active += 1;
        pool.figures.served += 1;
        wake(std::mem::replace(place, Place::Served));
        return;
    }
}

fn wake(place: Place) {
    if let Place::Waiting(Some(waker)) = place {
        waker.wake();
    }
}

impl State {
    /// `wait` at the speed of this moment.
    pub(crate) fn at_speed(&self, upstream: &Upstream, call: u64, wait: Duration) -> Duration {
        stretched(wait, self.pools.slowdown(upstream, call))
    }
}

/// A wait of the upstream never gets longer than this, however slow it is.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn stretched(wait: Duration, factor: f64) -> Duration {
    let seconds = wait.as_secs_f64() * factor;
    Duration::try_from_secs_f64(seconds).map_or(wait, |stretched| stretched.min(LONGEST))
}
