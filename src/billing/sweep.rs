//! BIL-004: every balance seen lies between what must have been charged by then and what can have
//! been.
//!
//! The balance is a counter that only falls, so no search is needed to tell whether some order of
//! the charges explains all that was seen: each observation is held against two sums. Sorting takes
//! all the time. What is sorted is a moment and an amount of each, and goes the way out of memory
//! that the requests went.

use super::credits::Credits;
use super::entries::Entries;
use super::entry::Entry;
use super::sorted::{Sorted, Sorter, Stamp};
use super::spill::Spill;
use crate::exchange::Nanos;

/// What the sweep holds the observations against.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The balance at the quiet start, as a header told it.
    pub start: Credits,
    /// The header's smallest step. One rounding for all: two headers differ from their true
    /// difference by less than this.
    pub quantum: Credits,
    /// A charge is applied at the latest so long after its request was over.
    pub lambda: Nanos,
    /// The key whose answers tell the balance, and the one whose requests are charged to it;
    /// `None`: whichever.
    pub seen_by: Option<u8>,
    pub charged_to: Option<u8>,
}

impl Bounds {
    fn is_seen(&self, entry: &Entry) -> bool {
        // A budget that is used up is told as 0, however far it was overspent.
        let tells = entry.quota().is_some_and(|quota| quota > Credits::ZERO);
        tells && self.seen_by.is_none_or(|key| key == entry.key)
    }

    fn is_charged(&self, entry: &Entry) -> bool {
        self.charged_to.is_none_or(|key| key == entry.key)
    }
}

/// An observation that no right ledger can have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Index of its entry.
    pub index: usize,
    /// What was gone from the start.
    pub consumed: Credits,
    /// What the charges allow, before the quantum: at least, or at most.
    pub bound: Credits,
    /// Gone and not to be explained, at least; below zero: missing.
    pub amount: Credits,
    /// What was charged wrongly was charged after this moment.
    pub since: Nanos,
}

/// How many observations there were, and the first that is out of its bounds on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub observations: u64,
    pub too_much: Option<OutOfBounds>,
    pub too_little: Option<OutOfBounds>,
}

/// Holds every balance seen against the charges.
pub fn sweep(entries: &Entries, bounds: Bounds) -> Swept {
    swept(|| entries.iter().enumerate(), entries.spill(), bounds)
}

/// The same. `told`: entries that know their charges, with their indices, as often as need be.
pub(super) fn swept<I: Iterator<Item = (usize, Entry)>>(
    told: impl Fn() -> I,
    spill: &Spill,
    bounds: Bounds,
) -> Swept {
    let orders = Orders::of(told(), spill, bounds);
    let mut swept = Swept {
        observations: orders.seen.len() as u64,
        ..Swept::default()
    };
    if let Some((mut found, head)) = orders.too_much(bounds) {
        // What had come by then cannot hold the wrong charge yet, if it is below what it would be.
        let mut before = Sorter::new(spill);
        for (index, entry) in told().filter(|(_, entry)| bounds.is_seen(entry)) {
            if entry.head() < head {
                before.push(Stamp::new(entry.sent, index, entry.quota));
            }
        }
        found.since = orders.clean_until(&before.sorted(), found.amount, bounds);
        swept.too_much = Some(found);
    }
    swept.too_little = orders.too_little(bounds);
    swept
}

fn consumed(seen: Stamp, bounds: Bounds) -> Credits {
    bounds.start - Credits(seen.credits)
}

/// Observations and charges, each in two orders.
struct Orders<'a> {
    /// Observations as they were sent, and as their heads came, with what they showed.
    seen: Sorted<'a>,
    heads: Sorted<'a>,
    /// What may be charged at most, as the requests were sent; without those that may cost
    /// anything, and when the first of these was sent.
    most: Sorted<'a>,
    open: Option<Nanos>,
    /// What must be charged at least, as that is due.
    least: Sorted<'a>,
}

impl<'a> Orders<'a> {
    fn of(told: impl Iterator<Item = (usize, Entry)>, spill: &'a Spill, bounds: Bounds) -> Self {
        let [mut seen, mut heads, mut most, mut least] = [(); 4].map(|()| Sorter::new(spill));
        let mut open: Option<Nanos> = None;
        for (index, entry) in told {
            if bounds.is_seen(&entry) {
                seen.push(Stamp::new(entry.sent, index, entry.quota));
                heads.push(Stamp::new(entry.head(), index, entry.quota));
            }
            if !bounds.is_charged(&entry) {
                continue;
            }
            let (at_least, at_most) = entry.range();
            match at_most {
                Some(credits) => most.push(Stamp::new(entry.sent, index, credits)),
                None => open = Some(open.map_or(entry.sent, |open| open.min(entry.sent))),
            }
            let end = entry.end();
            if end.0 != u64::MAX && at_least != 0 {
                let due = Nanos(end.0.saturating_add(bounds.lambda.0));
                least.push(Stamp::new(due, index, at_least));
            }
        }
        Self {
            seen: seen.sorted(),
            heads: heads.sorted(),
            most: most.sorted(),
            open,
            least: least.sorted(),
        }
    }

    /// The first observation that shows more gone than all requests sent by then can have cost,
    /// and when its head came.
    fn too_much(&self, bounds: Bounds) -> Option<(OutOfBounds, Nanos)> {
        let mut sent = self.most.iter().peekable();
        let mut most = Credits::ZERO;
        for seen in self.heads.iter() {
            while let Some(next) = sent.next_if(|next| next.at <= seen.at) {
                most += Credits(next.credits);
            }
            // From the first charge on that may be anything, so may the sum.
            if self.open.is_some_and(|open| open <= seen.at) {
                return None;
            }
            let consumed = consumed(seen, bounds);
            if consumed >= most + bounds.quantum {
                let found = OutOfBounds {
                    index: seen.index as usize,
                    consumed,
                    bound: most,
                    amount: consumed - most - bounds.quantum + Credits(1),
                    since: Nanos(0),
                };
                return Some((found, seen.at));
            }
        }
        None
    }

    /// The first observation that shows less gone than must have been charged by then.
    fn too_little(&self, bounds: Bounds) -> Option<OutOfBounds> {
        let mut above = self.above(&self.seen, bounds);
        let (seen, excess, least) = above.find(|(_, excess, _)| *excess <= Credits::ZERO)?;
        Some(OutOfBounds {
            index: seen.index as usize,
            consumed: consumed(seen, bounds),
            bound: least,
            amount: excess - Credits(1),
            since: Nanos(0),
        })
    }

    /// The moment of the last of those observations that cannot hold a wrong charge yet: had it
    /// been charged by then, so much more would be gone at least.
    fn clean_until(&self, before: &Sorted<'_>, amount: Credits, bounds: Bounds) -> Nanos {
        let above = self.above(before, bounds);
        let clean = above.filter(|(_, excess, _)| *excess <= amount);
        clean.map(|(seen, ..)| seen.at).max().unwrap_or_default()
    }

    /// Observations as they were sent, with how far each is above its lower bound, and the bound.
    fn above(
        &self,
        by_sent: &Sorted<'_>,
        bounds: Bounds,
    ) -> impl Iterator<Item = (Stamp, Credits, Credits)> {
        let mut due = self.least.iter().peekable();
        let mut least = Credits::ZERO;
        by_sent.iter().map(move |seen| {
            while let Some(next) = due.next_if(|next| next.at <= seen.at) {
                least += Credits(next.credits);
            }
            (seen, consumed(seen, bounds) - least + bounds.quantum, least)
        })
    }
}

#[cfg(test)]
mod tests;
