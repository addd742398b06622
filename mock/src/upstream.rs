//! What stands behind the gateway: how fast each model answers, how many calls it serves at once,
//! and when it is down. The numbers are here; who waits for whom is in `engine::pool`.

use std::time::Duration;

use crate::catalog::{self, Model};
use crate::config::{Config, Delay};

/// The upstream of a replica. The default is fast, always up and serves any number at once.
///
/// It serves the calls that end with their answer: text, pictures, embeddings. Tasks have their
/// own times and run beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    /// Times of single models or families; the first entry that fits a model counts.
    pub models: Vec<ModelTiming>,
    /// Calls served at once. A call holds its slot from its start to its last byte; others wait in
    /// the order in which they came. None: any number.
    pub slots: Option<u32>,
    /// Each model has that many slots, instead of all of them together.
    pub slots_per_model: bool,
    /// Calls that may wait for a slot, of one pool. What comes on top is refused and costs nothing.
    pub queue: u32,
    /// The status of that refusal, 503 or 529.
    pub overflow: u16,
    /// Up to this many calls under way run at full speed; more share that speed evenly. None: each
    /// call always runs at full speed.
    pub full_speed: Option<u32>,
    pub outages: Vec<Outage>,
    /// How often the gateway tries again before it passes on a failure of the upstream. It costs
    /// time and nothing else.
    pub retries: u32,
    /// How long one such attempt takes.
    pub retry_time: Delay,
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            slots: None,
            slots_per_model: false,
            queue: 1000,
            overflow: 529,
            full_speed: None,
            outages: Vec::new(),
            retries: 0,
            retry_time: Delay::Constant(Duration::from_millis(50)),
        }
    }
}

/// How long a model takes, where it differs from the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelTiming {
    /// A slug such as `gpt-5-4`, or a family such as `claude`.
    pub model: String,
    pub first_token: Option<Delay>,
    pub token_gap: Option<Delay>,
    pub image_time: Option<Delay>,
}

/// A stretch of time in which calls that begin fail or crawl.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// Counted from the replica's start, on its own clock.
    pub from: Duration,
    pub lasts: Duration,
    /// Comes again after so long, counted from one beginning to the next.
    pub every: Option<Duration>,
    pub kind: OutageKind,
    /// A slug or a family; none: every model.
    pub model: Option<String>,
}

/// What happens to a call that begins in an outage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutageKind {
    /// It is refused with this status, 500 to 599.
    Status(u16),
    /// Its answer stops half-way and never ends.
    Stall,
    /// Its connection breaks half-way.
    Reset,
    /// Everything takes so many times as long.
    Slow(f64),
}

impl Outage {
    /// Whether it lasts at this time since the replica's start.
    #[must_use]
    pub fn is_on(&self, elapsed: Duration) -> bool {
        let Some(since) = elapsed.checked_sub(self.from) else {
            return false;
        };
        let since = match self.every {
            Some(every) if !every.is_zero() => since.as_nanos() % every.as_nanos(),
            Some(_) | None => since.as_nanos(),
        };
        since < self.lasts.as_nanos()
    }
}

/// The three times of one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Timing {
    pub(crate) first_token: Delay,
    pub(crate) token_gap: Delay,
    pub(crate) image_time: Delay,
}

impl Config {
    pub(crate) fn timing(&self, model: &Model) -> Timing {
        let own = self
            .upstream
            .models
            .iter()
            .find(|timing| names(&timing.model, model));
        let pick = |of: fn(&ModelTiming) -> Option<Delay>, usual| own.and_then(of).unwrap_or(usual);
        Timing {
            first_token: pick(|own| own.first_token, self.first_token),
            token_gap: pick(|own| own.token_gap, self.token_gap),
            image_time: pick(|own| own.image_time, self.image_time),
        }
    }
}

impl Upstream {
    /// The outage that a call to `model` meets now.
    pub(crate) fn outage(&self, model: Option<&Model>, elapsed: Duration) -> Option<OutageKind> {
        let meets = |outage: &&Outage| {
            let concerns = outage
                .model
                .as_deref()
                .is_none_or(|text| model.is_some_and(|model| names(text, model)));
            concerns && outage.is_on(elapsed)
        };
        self.outages.iter().find(meets).map(|outage| outage.kind)
    }
}

/// Every slug, other spelling and family that a setting may name.
#[must_use]
pub fn model_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for model in catalog::MODELS {
        names.push(model.slug);
        names.extend(model.alias);
        if !names.contains(&model.family) {
            names.push(model.family);
        }
    }
    names
}

/// Whether the text is the model's slug, its other spelling or its family.
pub(crate) fn names(text: &str, model: &Model) -> bool {
    text == model.slug || model.alias == Some(text) || text == model.family
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    fn outage(from: u64, lasts: u64, every: Option<u64>) -> Outage {
        Outage {
            from: Duration::from_secs(from),
            lasts: Duration::from_secs(lasts),
            every: every.map(Duration::from_secs),
            kind: OutageKind::Stall,
            model: None,
        }
    }

    #[test]
    fn an_outage_lasts_from_its_first_instant_to_before_its_last_and_may_come_again() {
        let on = |outage: &Outage| {
            (0..40)
                .filter(|second| outage.is_on(Duration::from_secs(*second)))
                .collect::<Vec<_>>()
        };
        assert_eq!(on(&outage(3, 2, None)), [3, 4]);
        assert_eq!(on(&outage(3, 2, Some(15))), [3, 4, 18, 19, 33, 34]);
        assert_eq!(on(&outage(3, 0, Some(15))), [0_u64; 0]);
        assert_eq!(on(&outage(38, 9, Some(0))), [38, 39]);
        assert_eq!(on(&outage(0, 50, Some(10))).len(), 40);
    }

    #[test]
    fn the_first_entry_that_fits_a_model_says_its_times_and_the_rest_stays() {
        let entry = |model: &str, millis| ModelTiming {
            model: model.to_owned(),
            first_token: Some(Delay::Constant(Duration::from_millis(millis))),
            token_gap: None,
            image_time: None,
        };
        let config = Config {
            upstream: Upstream {
                models: vec![entry("gpt-5-4", 1), entry("gpt", 2), entry("claude", 3)],
                ..Upstream::default()
            },
            ..Config::default()
        };
        let first = |slug| {
            let model = catalog::find(slug, Contract::default()).unwrap();
            config.timing(model).first_token
        };
        let millis = |millis| Delay::Constant(Duration::from_millis(millis));
        assert_eq!(first("gpt-5-4"), millis(1));
        assert_eq!(first("gpt-5-5"), millis(2));
        assert_eq!(first("claude-sonnet-4-6"), millis(3));
        assert_eq!(first("gemini-3-flash"), config.first_token);
    }
}
