//! What a replica is started with.

use std::time::Duration;

use rand::Rng;

use crate::contract::Contract;
use crate::fault::FaultSetting;
use crate::money::Rounding;
use crate::seed::Dice;

/// Everything that shapes a replica. The default is healthy and fast, with waits that still look
/// like a service rather than a constant.
#[derive(Debug, Clone)]
pub struct Config {
    /// Decides every id, text, picture and wait together with the request itself.
    pub seed: u64,
    /// From the request to the first frame that carries payload.
    pub first_token: Delay,
    /// Between two frames that carry payload.
    pub token_gap: Delay,
    /// Output tokens of a text answer; without it the text half of the replica decides.
    pub output_tokens: Option<u64>,
    /// How long one picture takes.
    pub image_time: Delay,
    /// How long a task stays `pending`.
    pub task_queue: Delay,
    /// How long a task stays `running`.
    pub task_run: Delay,
    /// Keep prefixes of prompts, as the vendors do: a text answer's usage then tells what came out
    /// of the cache, and costs less. Without it, equal requests always get equal bodies.
    pub prompt_cache: bool,
    pub faults: Vec<FaultSetting>,
    pub contract: Contract,
    pub account: AccountSetting,
    /// Note when each frame was handed to the socket.
    pub log_writes: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            first_token: Delay::LogNormal {
                median: Duration::from_millis(30),
                sigma: 0.3,
            },
            token_gap: Delay::Constant(Duration::from_millis(2)),
            output_tokens: None,
            image_time: Delay::Constant(Duration::from_millis(40)),
            task_queue: Delay::Constant(Duration::from_millis(30)),
            task_run: Delay::Constant(Duration::from_millis(120)),
            prompt_cache: true,
            faults: Vec::new(),
            contract: Contract::default(),
            account: AccountSetting::default(),
            log_writes: false,
        }
    }
}

/// A distribution of waiting times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    Constant(Duration),
    /// Both ends included; swapped ends are put in order.
    Uniform {
        min: Duration,
        max: Duration,
    },
    /// `sigma` is the standard deviation of the logarithm.
    LogNormal {
        median: Duration,
        sigma: f64,
    },
    Exponential {
        mean: Duration,
    },
}

/// No wait of the replica is longer than this, whatever a distribution's tail says.
const LONGEST: Duration = Duration::from_secs(3600);

impl Delay {
    /// One wait. Never longer than an hour; a parameter that is not a number counts as 0.
    #[must_use]
    pub fn sample(&self, dice: &mut Dice) -> Duration {
        let wait = match *self {
            Self::Constant(wait) => wait,
            Self::Uniform { min, max } => {
                let (low, high) = if min <= max { (min, max) } else { (max, min) };
                low + (high - low).min(LONGEST).mul_f64(dice.random::<f64>())
            }
            Self::LogNormal { median, sigma } => scaled(median, (sigma * normal(dice)).exp()),
            Self::Exponential { mean } => scaled(mean, -(1.0 - dice.random::<f64>()).ln()),
        };
        wait.min(LONGEST)
    }
}

fn scaled(base: Duration, factor: f64) -> Duration {
    let seconds = base.min(LONGEST).as_secs_f64() * factor;
    Duration::try_from_secs_f64(seconds).unwrap_or(if seconds.is_nan() {
        Duration::ZERO
    } else {
        LONGEST
    })
}

/// A standard normal value, by the Box–Muller transform.
fn normal(dice: &mut Dice) -> f64 {
    let radius = (-2.0 * (1.0 - dice.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * dice.random::<f64>()).cos()
}

/// The account and the ready-made key. Money in micro-USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSetting {
    /// Topped up at the start.
    pub wallet: i64,
    /// Lifetime cap of the ready-made key; 0 is unlimited.
    pub quota: i64,
    /// Spend caps of the rolling windows of 5 hours, 1 day and 7 days; 0 is unlimited.
    pub bucket_5h: i64,
    pub bucket_1d: i64,
    pub bucket_7d: i64,
    /// Calls in flight that the account may have; none is unlimited.
    pub concurrency: Option<u32>,
    /// Digits after the point in the envelope's headers, at most 6.
    pub decimals: u32,
    /// How the headers lose the digits they do not show.
    pub rounding: Rounding,
    /// The key belongs to an organisation: its header is sent and the account names it.
    pub org: bool,
}

impl Default for AccountSetting {
    fn default() -> Self {
        Self {
            wallet: 100_000_000_000,
            quota: 50_000_000_000,
            bucket_5h: 20_000_000_000,
            bucket_1d: 0,
            bucket_7d: 0,
            concurrency: None,
            decimals: 2,
            rounding: Rounding::Down,
            org: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::dice;

    #[test]
    fn samples_repeat_for_a_seed_and_stay_in_their_bounds() {
        let delay = Delay::Uniform {
            min: Duration::from_millis(9),
            max: Duration::from_millis(3),
        };
        let draw = |seed| {
            let mut dice = dice(seed);
            (0..100)
                .map(|_| delay.sample(&mut dice))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        let bounds = Duration::from_millis(3)..=Duration::from_millis(9);
        assert!(draw(7).iter().all(|wait| bounds.contains(wait)));
    }

    #[test]
    fn the_middle_of_many_log_normal_waits_is_the_median_asked_for() {
        let delay = Delay::LogNormal {
            median: Duration::from_millis(30),
            sigma: 0.3,
        };
        let mut dice = dice(1);
        let mut waits: Vec<_> = (0..4001).map(|_| delay.sample(&mut dice)).collect();
        waits.sort();
        let middle = waits[2000].as_secs_f64();
        assert!((0.028..0.032).contains(&middle), "{middle}");
    }

    #[test]
    fn absurd_parameters_give_a_wait_of_at_most_an_hour() {
        let mut dice = dice(2);
        for sigma in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            let delay = Delay::LogNormal {
                median: Duration::MAX,
                sigma,
            };
            for _ in 0..20 {
                assert!(delay.sample(&mut dice) <= LONGEST);
            }
        }
        let longest = Delay::Uniform {
            min: Duration::MAX,
            max: Duration::MAX,
        };
        assert_eq!(longest.sample(&mut dice), LONGEST);
    }
}
