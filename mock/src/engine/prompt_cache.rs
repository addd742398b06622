//! Which prefixes of prompts are kept at the moment. The only thing that makes the answer to a
//! text request depend on earlier ones: its usage tells what came out of the cache, and its price
//! follows. `Config::prompt_cache` switches it off.

use std::collections::{HashMap, VecDeque};

use crate::clock::Moment;
use crate::text::Keep;

/// Entries; the oldest give way.
const MOST: usize = 1 << 16;

#[derive(Debug, Default)]
pub(crate) struct PromptCache {
    /// By hash, when each ends.
    ends: HashMap<u64, Moment>,
    /// In the order in which they were kept. One that was kept again is here twice, and counts by
    /// its later place.
    order: VecDeque<(Moment, u64)>,
}

impl PromptCache {
    pub(crate) fn holds(&self, hash: u64, now: Moment) -> bool {
        self.ends.get(&hash).is_some_and(|end| now < *end)
    }

    /// Keeps each for its time from now on. A later end is not brought forward.
    pub(crate) fn keep(&mut self, keeps: &[Keep], now: Moment) {
        for keep in keeps {
            let end = now.plus(keep.life);
            let known = self.ends.entry(keep.hash).or_insert(end);
            *known = end.max(*known);
            self.order.push_back((*known, keep.hash));
        }
        while self.ends.len() > MOST || self.order.len() > 2 * MOST {
            let Some((end, hash)) = self.order.pop_front() else {
                return;
            };
            if self.ends.get(&hash) == Some(&end) {
                self.ends.remove(&hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn keep(hash: u64, seconds: u64) -> Keep {
        Keep {
            hash,
            life: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn an_entry_ends_with_its_time_unless_it_was_used() {
        let mut cache = PromptCache::default();
        let at = Moment::from_unix_seconds;
        cache.keep(&[keep(1, 300), keep(2, 3600)], at(1000));
        assert!(cache.holds(1, at(1299)) && !cache.holds(1, at(1300)));
        cache.keep(&[keep(1, 300), keep(2, 300)], at(1200));
        assert!(cache.holds(1, at(1499)) && cache.holds(2, at(4599)));
        assert!(!cache.holds(3, at(1000)));
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut cache = PromptCache::default();
        let now = Moment::from_unix_seconds(1);
        for hash in 0..200_000 {
            cache.keep(&[keep(hash, 300), keep(7, 300)], now);
        }
        assert!(cache.ends.len() <= MOST && cache.order.len() <= 2 * MOST);
        assert!(cache.holds(199_999, now) && !cache.holds(8, now));
    }
}
