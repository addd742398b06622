//! What a replica is started with.

use std::time::Duration;

use rand::Rng;

pub use crate::account::{
    AccountSetting, GroupSetting, KeySetting, Retention, Tier, UnlimitedText,
};
use crate::contract::Contract;
use crate::fault::FaultSetting;
use crate::prices::PriceSetting;
use crate::seed::Dice;
use crate::upstream::Upstream;

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
    /// How long a task stays `running`, unless C-31 says otherwise.
    pub task_run: Delay,
    /// The same for single models or families; the first that fits. It comes before all else.
    pub task_run_of: Vec<(String, Delay)>,
    /// A task that has run for so long fails.
    pub task_timeout: Duration,
    /// So long after its end a task is forgotten, and its `out_task_id` is free again.
    pub task_kept: Duration,
    /// Keep prefixes of prompts, as the vendors do: a text answer's usage then tells what came out
    /// of the cache, and costs less. Without it, equal requests always get equal bodies.
    pub prompt_cache: bool,
    pub faults: Vec<FaultSetting>,
    pub contract: Contract,
    pub account: AccountSetting,
    /// Keys beside the ready-made one, numbered from 2.
    pub keys: Vec<KeySetting>,
    /// Routing groups beside the three ready-made ones, numbered from 4.
    pub groups: Vec<GroupSetting>,
    pub prices: PriceSetting,
    /// From the end of a call, or of a task, to its charge. What was reserved for it stays so.
    pub settle_delay: Delay,
    /// From a charge to its row and its place in the sums of usage.
    pub row_delay: Delay,
    pub retention: Retention,
    /// Take a client's address from the first one of `x-forwarded-for`. For tests of address
    /// lists: a client can write there what it likes.
    pub trust_forwarded_for: bool,
    pub upstream: Upstream,
    /// Answer below `/__replica/` and take faults from the header `x-replica-fault`.
    pub admin: bool,
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
            task_run_of: Vec::new(),
            task_timeout: Duration::from_secs(15 * 60),
            task_kept: Duration::from_secs(7 * 86_400),
            prompt_cache: true,
            faults: Vec::new(),
            contract: Contract::default(),
            account: AccountSetting::default(),
            keys: Vec::new(),
            groups: Vec::new(),
            prices: PriceSetting::default(),
            settle_delay: Delay::Constant(Duration::ZERO),
            row_delay: Delay::Constant(Duration::ZERO),
            retention: Retention::default(),
            trust_forwarded_for: false,
            upstream: Upstream::default(),
            admin: true,
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
