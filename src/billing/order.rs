//! BIL-003: a balance that only falls must be seen to fall, in the order of real time.

use super::credits::Credits;
use crate::exchange::Nanos;

/// A balance seen on one answer. The target read it somewhere between `sent` and `head`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) sent: Nanos,
    pub(super) head: Nanos,
    pub(super) quota: Credits,
}

/// Two observations that no falling balance allows: indices of the earlier and the later one.
pub(super) fn rise(seen: &[Seen]) -> Option<(usize, usize)> {
    let mut by_sent: Vec<usize> = (0..seen.len()).collect();
    by_sent.sort_by_key(|index| seen[*index].sent);
    let mut by_head: Vec<usize> = (0..seen.len()).collect();
    by_head.sort_by_key(|index| seen[*index].head);
    let mut over = by_head.into_iter().peekable();
    // The lowest balance among answers that had come before the request in hand was sent.
    let mut lowest: Option<usize> = None;
    for index in by_sent {
        while let Some(earlier) = over.next_if(|earlier| seen[*earlier].head < seen[index].sent) {
            if lowest.is_none_or(|lowest| seen[earlier].quota < seen[lowest].quota) {
                lowest = Some(earlier);
            }
        }
        if let Some(lowest) = lowest.filter(|lowest| seen[index].quota > seen[*lowest].quota) {
            return Some((lowest, index));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(sent: u64, head: u64, quota: i64) -> Seen {
        Seen {
            sent: Nanos(sent),
            head: Nanos(head),
            quota: Credits(quota),
        }
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
            let mut all: Vec<Seen> = requests
                .iter()
                .map(|(sent, read, rest)| {
                    let at = i64::try_from(sent + read).unwrap();
                    seen(*sent, sent + read + rest, 10_000 - at * 3)
                })
                .collect();
            prop_assert_eq!(rise(&all), None);
            if let Some((index, rise_by)) = planted {
                let index = index % all.len();
                all[index].quota += Credits(rise_by);
            }
            let pairwise = all.iter().any(|later| {
                all.iter().any(|earlier| earlier.head < later.sent && later.quota > earlier.quota)
            });
            prop_assert_eq!(rise(&all).is_some(), pairwise);
        }
    }
}
