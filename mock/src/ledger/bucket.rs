//! Caps over a rolling window: of spend, of messages, of reads.

use std::collections::VecDeque;

use super::Denial;
use crate::clock::Moment;

/// What was spent (or counted) in the last so many seconds, in slots so that memory stays bounded.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) name: &'static str,
    /// Seconds.
    window: u64,
    /// Micro-USD, or a number of things; 0 is unlimited.
    pub(crate) limit: i64,
    /// Start of a slot in Unix seconds, and what was spent in it. Oldest first.
    slots: VecDeque<(u64, i64)>,
    used: i64,
}

/// A window is kept in at most this many slots, so spend leaves it early by up to that part.
const SLOTS: u64 = 5_000;

/// The three windows a key can be capped over.
pub(crate) const WINDOWS: [(&str, u64); 3] = [
    ("rate_limit_5h", 5 * 3600),
    ("rate_limit_1d", 86_400),
    ("rate_limit_7d", 7 * 86_400),
];

impl Bucket {
    pub(crate) fn new((name, window): (&'static str, u64), limit: i64) -> Self {
        Self {
            name,
            window,
            limit,
            slots: VecDeque::new(),
            used: 0,
        }
    }

    pub(crate) fn add(&mut self, amount: i64, now: Moment) {
        self.forget(now);
        let width = (self.window / SLOTS).max(1);
        let start = now.unix_seconds() / width * width;
        match self.slots.back_mut() {
            // A clock that was set back must not make the slots unordered.
            Some((last, sum)) if *last >= start => *sum += amount,
            _ => self.slots.push_back((start, amount)),
        }
        self.used += amount;
    }

    fn forget(&mut self, now: Moment) {
        while let Some((start, amount)) = self.slots.front().copied() {
            if start + self.window > now.unix_seconds() {
                break;
            }
            self.slots.pop_front();
            self.used -= amount;
        }
    }

    pub(crate) fn used(&mut self, now: Moment) -> i64 {
        self.forget(now);
        self.used
    }

    /// What is left, at least 0. Only meaningful with a limit.
    pub(crate) fn remaining(&mut self, now: Moment) -> i64 {
        (self.limit - self.used(now)).max(0)
    }

    pub(crate) fn exhausted(&mut self, now: Moment) -> bool {
        self.limit > 0 && self.used(now) >= self.limit
    }

    /// # Errors
    /// The bucket is used up.
    pub(crate) fn check(&mut self, now: Moment) -> Result<(), Denial> {
        if !self.exhausted(now) {
            return Ok(());
        }
        Err(Denial::Bucket {
            name: self.name,
            used: self.used(now),
            limit: self.limit,
            reset: self.reset(now),
        })
    }

    /// Unix seconds at which a call is let in again; where one is let in now, the end of the
    /// window of the oldest spend (of an empty one, of a spend made now).
    pub(crate) fn reset(&mut self, now: Moment) -> u64 {
        self.forget(now);
        let mut left = self.used;
        for (start, amount) in &self.slots {
            left -= amount;
            if left < self.limit || self.limit == 0 {
                return start + self.window;
            }
        }
        now.unix_seconds() + self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_unix_seconds(1_000_000 + seconds)
    }

    #[test]
    fn spend_leaves_the_window_after_its_length() {
        let mut bucket = Bucket::new(WINDOWS[0], 100);
        bucket.add(60, at(0));
        bucket.add(50, at(600));
        assert!(bucket.exhausted(at(601)));
        let reset = bucket.reset(at(601));
        assert!(bucket.exhausted(Moment::from_unix_seconds(reset - 1)));
        assert!(!bucket.exhausted(Moment::from_unix_seconds(reset)));
        assert_eq!(bucket.used(Moment::from_unix_seconds(reset)), 50);
        assert_eq!(bucket.used(at(600 + 5 * 3600)), 0);
    }

    #[test]
    fn a_reset_lies_ahead_and_no_further_than_the_window() {
        for window in WINDOWS {
            let mut bucket = Bucket::new(window, 10);
            for second in 0..2_000 {
                bucket.add(1, at(second));
                let ahead = bucket.reset(at(second)) - at(second).unix_seconds();
                assert!((1..=window.1).contains(&ahead), "{} {ahead}", window.0);
            }
        }
    }

    #[test]
    fn many_spends_take_a_bounded_number_of_slots() {
        let mut bucket = Bucket::new(WINDOWS[2], 0);
        for second in (0..8 * 86_400).step_by(7) {
            bucket.add(1, at(second));
        }
        assert!(bucket.slots.len() <= 5_100, "{}", bucket.slots.len());
    }
}
