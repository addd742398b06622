//! When calls of an open schedule are due, whatever the target does.

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::curve::Curve;
use super::{draw, mixed};
use crate::scenario::Arrivals;

/// Due times from the phase's start, rising.
///
/// Arrivals are made where the rate is 1 and the curve of the real rate is inverted for each: call
/// *n* of even ones is due when the area below the curve is *n*, so no error adds up, and random
/// ones keep their law while the rate changes.
#[derive(Debug, Clone, PartialEq)]
pub struct DueTimes {
    curve: Arc<Curve>,
    arrivals: Arrivals,
    number: u64,
    /// Random gaps: their sum so far.
    sum: f64,
    rng: Xoshiro256PlusPlus,
}

impl DueTimes {
    pub(super) fn new(curve: Curve, arrivals: Arrivals, seed: u64) -> Self {
        let rng = Xoshiro256PlusPlus::seed_from_u64(mixed(seed, 0x0064_7565));
        Self {
            curve: Arc::new(curve),
            arrivals,
            number: 0,
            sum: 0.0,
            rng,
        }
    }

    pub fn duration(&self) -> Duration {
        self.curve.duration()
    }

    /// How many there are. Even ones need not be gone through.
    pub fn total(&self) -> u64 {
        if !matches!(self.arrivals, Arrivals::Constant) {
            return self.clone().count() as u64;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a scenario plans far fewer calls than 2^53"
        )]
        let mut total = self.curve.area().ceil() as u64;
        // Due times are rounded to nanoseconds, which may move the last one over the end.
        while total > 0 && self.even(total - 1).is_none() {
            total -= 1;
        }
        total
    }

    fn even(&self, number: u64) -> Option<Duration> {
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 calls")]
        self.curve.due(number as f64)
    }

    /// The next random gap, mean 1. The first one is what is left of a gap that had begun before
    /// the phase, or there would be too many or too few calls on the average.
    fn gap(&mut self, cv: f64) -> f64 {
        let shape = 1.0 / (cv * cv);
        if self.number > 0 {
            return draw::gamma(shape, &mut self.rng) / shape;
        }
        let around = draw::gamma(shape + 1.0, &mut self.rng) / shape;
        around * self.rng.random::<f64>()
    }
}

impl Iterator for DueTimes {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let due = match self.arrivals {
            Arrivals::Constant => self.even(self.number),
            Arrivals::Poisson => {
                self.sum += draw::exponential(&mut self.rng);
                self.curve.due(self.sum)
            }
            Arrivals::Gamma { cv } => {
                self.sum += self.gap(cv);
                self.curve.due(self.sum)
            }
        }?;
        self.number += 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steady(arrivals: Arrivals, rate: f64, seconds: u64, seed: u64) -> DueTimes {
        let curve = Curve::new(rate, [(rate, Duration::from_secs(seconds))]);
        DueTimes::new(curve, arrivals, seed)
    }

    #[test]
    fn constant_arrivals_are_evenly_spaced_and_never_late() {
        let due = steady(Arrivals::Constant, 3.0, 2, 0);
        let millis: Vec<_> = due.map(|due| due.as_millis()).collect();
        assert_eq!(millis, [0, 333, 666, 1000, 1333, 1666]);
    }

    /// Mean and index of dispersion of the counts in windows of 1/20 s at 1000 a second.
    fn counted(arrivals: Arrivals) -> (f64, f64) {
        let mut windows = vec![0.0_f64; 1200];
        for at in steady(arrivals, 1000.0, 60, 3) {
            windows[usize::try_from(at.as_millis() / 50).unwrap()] += 1.0;
        }
        let mean = windows.iter().sum::<f64>() / 1200.0;
        let variance = windows.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 1200.0;
        (mean, variance / mean)
    }

    #[test]
    fn random_arrivals_have_the_rate_and_the_burstiness_asked_for() {
        // Over many gaps the variance of a count is the square of the gaps' variation.
        for (arrivals, dispersion) in [
            (Arrivals::Poisson, 1.0),
            (Arrivals::Gamma { cv: 1.0 }, 1.0),
            (Arrivals::Gamma { cv: 2.0 }, 4.0),
            (Arrivals::Gamma { cv: 0.5 }, 0.25),
        ] {
            let (mean, found) = counted(arrivals);
            assert!((48.5..51.5).contains(&mean), "{arrivals:?}: {mean}");
            let ratio = found / dispersion;
            assert!((0.8..1.25).contains(&ratio), "{arrivals:?}: {found}");
        }
    }

    #[test]
    fn bursts_do_not_change_how_many_calls_a_short_phase_has_on_the_average() {
        let calls = |seed| steady(Arrivals::Gamma { cv: 4.0 }, 10.0, 2, seed).count();
        let all: usize = (0..4000).map(calls).sum();
        // 20 calls each; without the first gap's law there would be more than 27.
        assert!((76_000..84_000).contains(&all), "{all}");
    }

    #[test]
    fn the_same_seed_gives_the_same_times() {
        for arrivals in [Arrivals::Poisson, Arrivals::Gamma { cv: 3.0 }] {
            let due = |seed| steady(arrivals, 50.0, 5, seed).collect::<Vec<_>>();
            assert_eq!(due(9), due(9));
            assert_ne!(due(9), due(10));
        }
    }

    fn any_arrivals() -> impl Strategy<Value = Arrivals> {
        let cv = (0.2..4.0_f64).prop_map(|cv| Arrivals::Gamma { cv });
        prop_oneof![Just(Arrivals::Constant), Just(Arrivals::Poisson), cv]
    }

    proptest! {
        #[test]
        fn due_times_rise_lie_in_the_phase_and_are_as_many_as_are_told(
            start in 0.0..80.0_f64,
            stages in prop::collection::vec((0.0..80.0_f64, 0_u64..3000), 1..6),
            arrivals in any_arrivals(),
            seed in any::<u64>(),
        ) {
            let millis = |(target, millis)| (target, Duration::from_millis(millis));
            let curve = Curve::new(start, stages.into_iter().map(millis));
            let (area, duration) = (curve.area(), curve.duration());
            let due = DueTimes::new(curve, arrivals, seed);
            let times: Vec<_> = due.clone().collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|due| *due < duration));
            prop_assert_eq!(times.len() as u64, due.total());
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let count = times.len() as f64;
            if matches!(arrivals, Arrivals::Constant) {
                let is_whole = (area.round() - area).abs() < 1e-6;
                prop_assert!((count - area.ceil()).abs() < 0.5 || is_whole, "{count}, {area}");
            }
        }
    }
}
