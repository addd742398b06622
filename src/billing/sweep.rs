//! BIL-004: every balance seen lies between what must have been charged by then and what can have
//! been.
//!
//! The balance is a counter that only falls, so no search is needed to tell whether some order of
//! the charges explains all that was seen: each observation is held against two sums. Sorting takes
//! all the time; memory is twelve bytes a request beside the requests themselves.

use super::credits::Credits;
use super::entry::Entry;
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
pub fn sweep(entries: &[Entry], bounds: Bounds) -> Swept {
    let seen = sorted(entries, |one| bounds.is_seen(one), |entry| entry.sent);
    let charged = |entry: &Entry| bounds.is_charged(entry);
    let mut swept = Swept {
        observations: seen.len() as u64,
        ..Swept::default()
    };
    swept.too_much = too_much(entries, &sorted(entries, charged, |one| one.sent), bounds);
    let settled = |entry: &Entry| Nanos(entry.end().0.saturating_add(bounds.lambda.0));
    let by_settled = sorted(entries, charged, settled);
    swept.too_little = lower(entries, (&seen, &by_settled), bounds, |index, excess| {
        (excess.0 <= 0).then_some((index, excess))
    })
    .map(|((index, excess), least)| OutOfBounds {
        index,
        consumed: consumed(&entries[index], bounds),
        bound: least,
        amount: excess - Credits(1),
        since: Nanos(0),
    });
    if let Some(found) = &mut swept.too_much {
        found.since = clean_until(entries, (&seen, &by_settled), bounds, found);
    }
    swept
}

fn consumed(entry: &Entry, bounds: Bounds) -> Credits {
    bounds.start - Credits(entry.quota)
}

fn sorted<K: Ord>(
    entries: &[Entry],
    is_wanted: impl Fn(&Entry) -> bool,
    key: impl Fn(&Entry) -> K,
) -> Vec<u32> {
    let most = u32::try_from(entries.len()).expect("a run has less than four billion requests");
    let wanted = (0..most).filter(|index| is_wanted(&entries[*index as usize]));
    let mut order: Vec<u32> = wanted.collect();
    order.sort_unstable_by_key(|index| key(&entries[*index as usize]));
    order
}

/// The first observation that shows more gone than all requests sent by then can have cost.
fn too_much(entries: &[Entry], by_sent: &[u32], bounds: Bounds) -> Option<OutOfBounds> {
    let by_head = sorted(entries, |one| bounds.is_seen(one), Entry::head);
    let mut sent = by_sent.iter().peekable();
    let mut most = Credits::ZERO;
    for index in by_head {
        let entry = &entries[index as usize];
        while let Some(next) = sent.next_if(|next| entries[**next as usize].sent <= entry.head()) {
            // From the first charge on that may be anything, so may the sum.
            most += Credits(entries[*next as usize].range().1?);
        }
        let consumed = consumed(entry, bounds);
        if consumed >= most + bounds.quantum {
            return Some(OutOfBounds {
                index: index as usize,
                consumed,
                bound: most,
                amount: consumed - most - bounds.quantum + Credits(1),
                since: Nanos(0),
            });
        }
    }
    None
}

/// Walks the observations as they were sent, with how far each is above its lower bound: the first
/// for which `pick` gives something, and that bound.
fn lower<T>(
    entries: &[Entry],
    (by_sent, by_settled): (&[u32], &[u32]),
    bounds: Bounds,
    mut pick: impl FnMut(usize, Credits) -> Option<T>,
) -> Option<(T, Credits)> {
    let settled_by = |entry: &Entry, at: Nanos| {
        let end = entry.end();
        end.0 != u64::MAX && end.0.saturating_add(bounds.lambda.0) <= at.0
    };
    let mut settled = by_settled.iter().peekable();
    let mut least = Credits::ZERO;
    for index in by_sent {
        let entry = &entries[*index as usize];
        while let Some(next) =
            settled.next_if(|next| settled_by(&entries[**next as usize], entry.sent))
        {
            least += Credits(entries[*next as usize].range().0);
        }
        let excess = consumed(entry, bounds) - least + bounds.quantum;
        if let Some(picked) = pick(*index as usize, excess) {
            return Some((picked, least));
        }
    }
    None
}

/// The moment of the last observation before `found` that cannot hold the wrong charge yet.
fn clean_until(
    entries: &[Entry],
    orders: (&[u32], &[u32]),
    bounds: Bounds,
    found: &OutOfBounds,
) -> Nanos {
    let until = entries[found.index].head();
    let mut clean = Nanos(0);
    lower(entries, orders, bounds, |index, excess| {
        let entry = &entries[index];
        // Had it been charged by then, so much more would be gone at least.
        if entry.head() < until && excess <= found.amount {
            clean = clean.max(entry.sent);
        }
        (entry.sent > until).then_some(())
    });
    clean
}

#[cfg(test)]
mod tests;
