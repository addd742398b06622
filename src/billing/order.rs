//! BIL-003: a balance that only falls must be seen to fall, in the order of real time.

use super::entries::Entries;
use super::sorted::{Sorter, Stamp};

/// How many observations there are of one key, and two that no falling balance allows: indices of
/// the earlier and the later one.
pub(super) fn rise(entries: &Entries, key: u8) -> (usize, Option<(usize, usize)>) {
    let spill = entries.spill();
    let (mut by_sent, mut by_head) = (Sorter::new(spill), Sorter::new(spill));
    for (index, entry) in entries.iter().enumerate() {
        if entry.key == key && entry.quota().is_some() {
            by_sent.push(Stamp::new(entry.sent, index, entry.quota));
            by_head.push(Stamp::new(entry.head(), index, entry.quota));
        }
    }
    let (by_sent, by_head) = (by_sent.sorted(), by_head.sorted());
    let mut over = by_head.iter().peekable();
    // The lowest balance among answers that had come before the request in hand was sent.
    let mut lowest: Option<Stamp> = None;
    for later in by_sent.iter() {
        while let Some(earlier) = over.next_if(|earlier| earlier.at < later.at) {
            if lowest.is_none_or(|lowest| earlier.credits < lowest.credits) {
                lowest = Some(earlier);
            }
        }
        if let Some(lowest) = lowest.filter(|lowest| later.credits > lowest.credits) {
            let pair = (lowest.index as usize, later.index as usize);
            return (by_sent.len(), Some(pair));
        }
    }
    (by_sent.len(), None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::spill::shelf::short;
    use crate::billing::{Class, Credits, Entry};
    use crate::exchange::Nanos;

    /// Times in milliseconds.
    fn seen(sent: u64, head: u64, quota: i64) -> Entry {
        let [sent, head] = [sent, head].map(|ms| Nanos(ms * 1_000_000));
        Entry::new(Class::Free, sent).seen(head, Some(Credits(quota)))
    }

    fn rise(entries: &[Entry]) -> Option<(usize, usize)> {
        let (count, found) = super::rise(&entries.iter().copied().collect(), 0);
        assert_eq!(count, entries.len());
        let mut spilled = Entries::spilling(short().0);
        spilled.extend(entries.iter().copied());
        assert_eq!(super::rise(&spilled, 0), (count, found));
        found
    }

    #[test]
    fn only_answers_that_had_come_before_bound_a_later_one() {
        assert_eq!(rise(&[seen(0, 10, 50), seen(20, 30, 60)]), Some((0, 1)));
        assert_eq!(rise(&[seen(0, 10, 50), seen(5, 30, 60)]), None);
        assert_eq!(rise(&[seen(0, 10, 50), seen(20, 30, 50)]), None);
        assert_eq!(rise(&[]), None);
    }

    proptest! {
        /// A falling balance, read at any instant between sending and the head, never alarms; and
        /// the sweep finds exactly what comparing all pairs finds.
        #[test]
        fn a_falling_balance_never_alarms(
            requests in prop::collection::vec((0_u64..1000, 0_u64..100, 0_u64..100), 1..60),
            planted in prop::option::of((0_usize..60, 1_i64..500)),
        ) {
            let mut all: Vec<Entry> = requests
                .iter()
                .map(|(sent, read, rest)| {
                    let at = i64::try_from(sent + read).unwrap();
                    seen(*sent, sent + read + rest, 10_000 - at * 3)
                })
                .collect();
            prop_assert_eq!(rise(&all), None);
            if let Some((index, rise_by)) = planted {
                let index = index % all.len();
                all[index].quota += rise_by;
            }
            let pairwise = all.iter().any(|later| {
                all.iter().any(|earlier| earlier.head() < later.sent && later.quota > earlier.quota)
            });
            prop_assert_eq!(rise(&all).is_some(), pairwise);
        }
    }
}
