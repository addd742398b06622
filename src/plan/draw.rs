//! Random draws with a law. Of our own and from uniform numbers alone, so that the same seed keeps
//! giving the same plan whatever a library's next version does.

use std::time::Duration;

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::scenario::Spread;

/// No wait that is drawn is longer: the tail of a wide law must not make a run endless.
const LONGEST: Duration = Duration::from_secs(3600);

/// Exponential, mean 1. The complement keeps the logarithm's argument above zero.
pub(super) fn exponential(rng: &mut Xoshiro256PlusPlus) -> f64 {
    -(1.0 - rng.random::<f64>()).ln()
}

/// Normal, mean 0 and variance 1 (Box and Muller).
fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let radius = (2.0 * exponential(rng)).sqrt();
    let angle = std::f64::consts::TAU * rng.random::<f64>();
    radius * angle.cos()
}

/// Gamma with this shape and scale 1 (Marsaglia and Tsang, 2000).
pub(super) fn gamma(shape: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
    if shape < 1.0 {
        let boost = (1.0 - rng.random::<f64>()).powf(1.0 / shape);
        return gamma(shape + 1.0, rng) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v <= 0.0 {
            continue;
        }
        // An exponential draw is a uniform one's negative logarithm.
        if -exponential(rng) < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// A wait.
pub(crate) fn wait(spread: Spread, rng: &mut Xoshiro256PlusPlus) -> Duration {
    let seconds = match spread {
        Spread::Constant(wait) => return wait.min(LONGEST),
        Spread::Uniform { min, max } => {
            let width = (max - min).as_secs_f64();
            min.as_secs_f64() + width * rng.random::<f64>()
        }
        Spread::LogNormal { median, sigma } => median.as_secs_f64() * (sigma * normal(rng)).exp(),
        Spread::Exponential { mean } => mean.as_secs_f64() * exponential(rng),
    };
    Duration::try_from_secs_f64(seconds).map_or(LONGEST, |wait| wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const DRAWS: u32 = 40_000;

    /// Mean and variance of draws.
    fn moments(mut draw: impl FnMut(&mut Xoshiro256PlusPlus) -> f64) -> (f64, f64) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let drawn: Vec<f64> = (0..DRAWS).map(|_| draw(&mut rng)).collect();
        let mean = drawn.iter().sum::<f64>() / f64::from(DRAWS);
        let squares = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        (mean, squares / f64::from(DRAWS))
    }

    fn near(value: f64, wanted: f64, what: &str) {
        assert!(
            (value / wanted - 1.0).abs() < 0.06,
            "{what}: {value}, {wanted}"
        );
    }

    #[test]
    fn gamma_draws_have_the_mean_and_the_variance_of_their_shape() {
        for shape in [0.25, 0.9, 1.0, 4.0, 100.0] {
            let (mean, variance) = moments(|rng| gamma(shape, rng));
            near(mean, shape, "mean");
            near(variance, shape, "variance");
        }
    }

    #[test]
    fn waits_have_the_mean_of_their_spread() {
        let second = Duration::from_secs(1);
        let mean = |spread| moments(|rng| wait(spread, rng).as_secs_f64()).0;
        near(mean(Spread::Constant(second)), 1.0, "constant");
        let (min, max) = (second, 3 * second);
        near(mean(Spread::Uniform { min, max }), 2.0, "uniform");
        near(
            mean(Spread::Exponential { mean: second }),
            1.0,
            "exponential",
        );
        let (median, sigma) = (second, 0.5);
        near(
            mean(Spread::LogNormal { median, sigma }),
            (0.125_f64).exp(),
            "log-normal",
        );
    }

    #[test]
    fn no_wait_is_longer_than_an_hour() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let (median, sigma) = (LONGEST, 3.0);
        let longest = (0..1000)
            .map(|_| wait(Spread::LogNormal { median, sigma }, &mut rng))
            .max();
        assert_eq!(longest, Some(LONGEST));
    }
}
