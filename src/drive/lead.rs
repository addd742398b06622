//! How long before a moment a wait for it ends, so that the rest can be spent looking at the clock.
//!
//! A processor that sleeps takes its time to wake: tens of microseconds, on rented machines more,
//! and all of that would be lateness. So a wait ends early by about what waking has taken lately,
//! and the thread goes round its event loop without sleeping until the moment has come. That costs
//! processor time, which nobody else on the machine has then, so there is a limit to it: a share
//! of the time that passes. A schedule that is too dense for that is woken often anyway.

use crate::exchange::Nanos;

/// Nobody waits longer than this for a moment without sleeping.
const MOST: u64 = 200_000;
/// At first, before anything is known.
const FIRST: u64 = 50_000;
/// One part in so many of the time that passes may be spent so.
const SHARE: u64 = 4;
/// What was not spent is kept for later up to this, in nanoseconds.
const KEPT: u64 = 5_000_000;
/// A round of the event loop that took less was spent on nothing else.
const IDLE: u64 = 5_000;

/// What one waiter has learnt and spent. All times in nanoseconds.
#[derive(Debug)]
pub(super) struct Lead {
    /// What waking takes, but for the slowest tenth.
    waking: u64,
    /// What may still be spent.
    left: u64,
    /// Until when that is counted.
    counted: Nanos,
}

impl Lead {
    pub(super) fn new(now: Nanos) -> Self {
        Self {
            waking: FIRST,
            left: MOST,
            counted: now,
        }
    }

    /// How long before a moment to be woken.
    pub(super) fn nanos(&mut self, now: Nanos) -> u64 {
        let passed = now.since(self.counted).unwrap_or_default();
        // What is left over of the division is not lost but counted the next time.
        self.counted = Nanos(self.counted.0 + passed / SHARE * SHARE);
        self.left = (self.left + passed / SHARE).min(KEPT);
        self.waking.min(self.left)
    }

    /// It was woken so long after it asked to be. Nine times of ten it shall be in time: a waking
    /// that was slower moves the estimate nine times as far as one that was not. What took longer
    /// than any waking was kept waiting for a processor, which looking at the clock only takes from
    /// somebody else.
    pub(super) fn woken(&mut self, late: u64) {
        if late > MOST {
            return;
        }
        let step = self.waking / 128 + 50;
        self.waking = if late > self.waking {
            self.waking + 9 * step
        } else {
            self.waking.saturating_sub(step)
        };
        self.waking = self.waking.min(MOST);
    }

    /// A round of the event loop took so long, and is over now. Gives what of it was spent on
    /// looking at the clock. After one that took longer than any waking there is none to be spent
    /// for a while: the thread has work, or others have more right to its processor.
    pub(super) fn went_round(&mut self, nanos: u64, now: Nanos) -> u64 {
        let idle = if nanos < IDLE { nanos } else { 0 };
        self.left = self.left.saturating_sub(idle);
        if nanos > MOST {
            (self.left, self.counted) = (0, now);
        }
        idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::mixed;

    #[test]
    fn it_comes_to_what_nine_of_ten_wakings_take() {
        let mut lead = Lead::new(Nanos(0));
        let mut now = 0;
        let mut leads = Vec::new();
        for number in 0..20_000 {
            now += 1_000_000;
            leads.push(lead.nanos(Nanos(now)));
            lead.woken(mixed(7, number) % 100_000);
        }
        let settled = &leads[2_000..];
        let mean = settled.iter().sum::<u64>() / settled.len() as u64;
        assert!((80_000..97_000).contains(&mean), "{mean}");
    }

    #[test]
    fn it_follows_how_fast_the_machine_wakes_and_not_how_busy_it_is() {
        let mut lead = Lead::new(Nanos(0));
        (0..1_000).for_each(|_| lead.woken(MOST));
        assert_eq!(lead.nanos(Nanos(1_000_000_000)), MOST);
        (0..5_000).for_each(|_| lead.woken(0));
        assert!(lead.nanos(Nanos(2_000_000_000)) < 1_000);
        let before = lead.waking;
        (0..1_000).for_each(|_| lead.woken(40_000_000));
        assert_eq!(lead.waking, before);
    }

    /// Calls so dense that there is no time to sleep between them.
    #[test]
    fn no_more_than_its_share_of_the_time_is_spent() {
        let mut lead = Lead::new(Nanos(0));
        let (mut now, mut spent) = (0, 0);
        for _ in 0..100_000 {
            now += 20_000;
            lead.woken(60_000);
            let mut wanted = lead.nanos(Nanos(now));
            while wanted > 0 {
                let round = wanted.min(1_300);
                now += round;
                spent += lead.went_round(round, Nanos(now));
                wanted -= round;
            }
        }
        let most = now / SHARE + MOST;
        assert!(spent <= most && spent > most / 2, "{spent} of {most}");
    }

    #[test]
    fn a_round_in_which_others_were_at_work_is_not_counted() {
        let mut lead = Lead::new(Nanos(0));
        let (before, now) = (lead.left, Nanos(1_000_000_000));
        assert_eq!(lead.went_round(IDLE, now), 0);
        assert_eq!(lead.went_round(IDLE - 1, now), IDLE - 1);
        assert_eq!(before - lead.left, IDLE - 1);
    }

    #[test]
    fn a_thread_that_was_kept_from_its_processor_lets_others_have_it() {
        let mut lead = Lead::new(Nanos(0));
        let now = Nanos(1_000_000_000);
        assert!(lead.nanos(now) > 0);
        assert_eq!(lead.went_round(MOST + 1, now), 0);
        assert_eq!(lead.nanos(now), 0);
        assert_eq!(lead.nanos(Nanos(now.0 + 40_000)), 10_000);
    }
}
