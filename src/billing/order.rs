//! BIL-003: a balance that only falls must be seen to fall, in the order of real time.

use super::entry::Entry;

/// Two observations of one key that no falling balance allows: indices of the earlier and the later
/// one.
pub(super) fn rise(entries: &[Entry], key: u8) -> Option<(usize, usize)> {
    let seen = |index: &u32| {
        let entry = &entries[*index as usize];
        entry.key == key && entry.quota().is_some()
    };
    let most = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let mut by_sent: Vec<u32> = (0..most).filter(seen).collect();
    let mut by_head = by_sent.clone();
    by_sent.sort_unstable_by_key(|index| entries[*index as usize].sent);
    by_head.sort_unstable_by_key(|index| entries[*index as usize].head());
    let mut over = by_head.into_iter().map(|index| index as usize).peekable();
    // The lowest balance among answers that had come before the request in hand was sent.
    let mut lowest: Option<usize> = None;
    for index in by_sent {
        let index = index as usize;
        while let Some(earlier) =
            over.next_if(|earlier| entries[*earlier].head() < entries[index].sent)
        {
            if lowest.is_none_or(|lowest| entries[earlier].quota < entries[lowest].quota) {
                lowest = Some(earlier);
            }
        }
        if let Some(lowest) = lowest.filter(|lowest| entries[index].quota > entries[*lowest].quota)
        {
            return Some((lowest, index));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::{Class, Credits};
    use crate::exchange::Nanos;

    /// Times in milliseconds.
    fn seen(sent: u64, head: u64, quota: i64) -> Entry {
        let [sent, head] = [sent, head].map(|ms| Nanos(ms * 1_000_000));
        Entry::new(Class::Free, sent).seen(head, Some(Credits(quota)))
    }

    #[test]
    fn only_answers_that_had_come_before_bound_a_later_one() {
        assert_eq!(rise(&[seen(0, 10, 50), seen(20, 30, 60)], 0), Some((0, 1)));
        assert_eq!(rise(&[seen(0, 10, 50), seen(5, 30, 60)], 0), None);
        assert_eq!(rise(&[seen(0, 10, 50), seen(20, 30, 50)], 0), None);
        assert_eq!(rise(&[], 0), None);
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
            prop_assert_eq!(rise(&all, 0), None);
            if let Some((index, rise_by)) = planted {
                let index = index % all.len();
                all[index].quota += rise_by;
            }
            let pairwise = all.iter().any(|later| {
                all.iter().any(|earlier| earlier.head() < later.sent && later.quota > earlier.quota)
            });
            prop_assert_eq!(rise(&all, 0).is_some(), pairwise);
        }
    }
}
