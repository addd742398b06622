//! `constant-arrival-rate`: calls are due at a rate, whatever the target does.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::mixed;
use crate::scenario::Arrivals;
use crate::units::Rate;

/// Due times from the phase's start, rising. Evenly spaced ones are computed from their number, so
/// that no error adds up; Poisson gaps are drawn one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct DueTimes {
    rate: Rate,
    arrivals: Arrivals,
    duration: Duration,
    number: u64,
    /// Poisson: the last due time, in seconds.
    last: f64,
    rng: Xoshiro256PlusPlus,
}

impl DueTimes {
    pub(super) fn new(rate: Rate, arrivals: Arrivals, duration: Duration, seed: u64) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(mixed(seed, 0x0064_7565));
        Self {
            rate,
            arrivals,
            duration,
            number: 0,
            last: 0.0,
            rng,
        }
    }

    pub fn duration(&self) -> Duration {
        self.duration
    }

    pub fn rate(&self) -> Rate {
        self.rate
    }
}

impl Iterator for DueTimes {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let seconds = match self.arrivals {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 calls")]
            Arrivals::Constant => self.number as f64 / self.rate.as_per_second(),
            Arrivals::Poisson => {
                // The complement keeps the logarithm's argument above zero.
                let gap = -(1.0 - self.rng.random::<f64>()).ln() / self.rate.as_per_second();
                self.last += gap;
                self.last
            }
        };
        let due = Duration::try_from_secs_f64(seconds).ok()?;
        (due < self.duration).then(|| {
            self.number += 1;
            due
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(arrivals: Arrivals, rate: f64, seconds: u64, seed: u64) -> Vec<Duration> {
        let rate = Rate::per_second(rate).unwrap();
        DueTimes::new(rate, arrivals, Duration::from_secs(seconds), seed).collect()
    }

    #[test]
    fn constant_arrivals_are_evenly_spaced_and_never_late() {
        let due = due(Arrivals::Constant, 3.0, 2, 0);
        let millis: Vec<_> = due.iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [0, 333, 666, 1000, 1333, 1666]);
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_variance_of_poisson() {
        let due = due(Arrivals::Poisson, 1000.0, 20, 3);
        assert!((19_400..20_600).contains(&due.len()), "{}", due.len());
        // In windows of 10 ms mean and variance agree.
        let mut windows = vec![0.0_f64; 2000];
        for at in &due {
            windows[usize::try_from(at.as_millis() / 10).unwrap()] += 1.0;
        }
        let mean = windows.iter().sum::<f64>() / 2000.0;
        let variance = windows.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 2000.0;
        assert!(
            (0.85..1.15).contains(&(variance / mean)),
            "{variance} / {mean}"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_times() {
        assert_eq!(
            due(Arrivals::Poisson, 50.0, 5, 9),
            due(Arrivals::Poisson, 50.0, 5, 9)
        );
        assert_ne!(
            due(Arrivals::Poisson, 50.0, 5, 9),
            due(Arrivals::Poisson, 50.0, 5, 10)
        );
    }
}
