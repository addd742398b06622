//! Prices: from a model and what was used of it to micro-USD.
//!
//! The rates are data (`table.rs`), and the configuration can replace each. How the gateway rounds
//! is not documented, so that is a setting as well.

mod table;

use std::collections::HashMap;

use self::table::{ESTIMATES, RATES};
use crate::contract::{Contract, VideoPrice};
use crate::money::Rounding;

/// What one model costs, in micro-USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Per million tokens of input that no cache held.
    pub input: i64,
    /// Per million tokens of output.
    pub output: i64,
    /// Per million tokens read from a cache.
    pub cache_read: i64,
    /// Per million tokens written to a cache.
    pub cache_write: i64,
    /// Per picture, or per pair of a rerank.
    pub image: i64,
    /// Per second of a clip.
    pub second: i64,
}

impl Rates {
    pub const FREE: Self = Self {
        input: 0,
        output: 0,
        cache_read: 0,
        cache_write: 0,
        image: 0,
        second: 0,
    };
}

/// What the text part of a price is rounded over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundedPer {
    /// Once, over the sum. The default.
    #[default]
    Call,
    /// Input, output, cache reads and cache writes each.
    Component,
}

/// How calls are priced. The default is the documented list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSetting {
    /// Replaces all rates of a model, by its slug in [`listed`]. Negative rates count as 0.
    pub rates: Vec<(String, Rates)>,
    /// How a charge loses what is less than a micro-USD. Not documented; default to the nearest.
    pub rounding: Rounding,
    pub rounded_per: RoundedPer,
    /// A clip costs a multiple of so many micro-USD, to the nearest: a cent by default, since
    /// every sample of a clip's price has two decimals. 0 and 1 are the same.
    pub clip_step: i64,
}

impl Default for PriceSetting {
    fn default() -> Self {
        Self {
            rates: Vec::new(),
            rounding: Rounding::Nearest,
            rounded_per: RoundedPer::Call,
            clip_step: 10_000,
        }
    }
}

/// Every model that has a price, with its rates as the pages name them.
pub fn listed() -> impl Iterator<Item = (&'static str, Rates)> {
    RATES.iter().copied()
}

/// What a text call is charged for. Cached input is part of `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

impl Tokens {
    /// Of a call that no cache has to do with.
    pub(crate) fn fresh(input: u64, output: u64) -> Self {
        Self {
            input,
            output,
            ..Self::default()
        }
    }
}

/// The price of one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    rates: Rates,
    rounding: Rounding,
    per: RoundedPer,
    clip_step: i64,
}

const MILLION: i128 = 1_000_000;

impl Price {
    pub(crate) fn text(self, tokens: Tokens) -> i64 {
        let part = |count: u64, rate: i64| i128::from(count) * i128::from(rate.max(0));
        let cached = tokens.cache_read.saturating_add(tokens.cache_write);
        let parts = [
            part(tokens.input.saturating_sub(cached), self.rates.input),
            part(tokens.output, self.rates.output),
            part(tokens.cache_read, self.rates.cache_read),
            part(tokens.cache_write, self.rates.cache_write),
        ];
        let sum: i128 = match self.per {
            RoundedPer::Call => self.rounded(parts.iter().sum()),
            RoundedPer::Component => parts.iter().map(|part| self.rounded(*part)).sum(),
        };
        i64::try_from(sum).unwrap_or(i64::MAX)
    }

    fn rounded(self, millionths: i128) -> i128 {
        match self.rounding {
            Rounding::Down => millionths / MILLION,
            Rounding::Nearest => (millionths + MILLION / 2) / MILLION,
            Rounding::Up => (millionths + MILLION - 1) / MILLION,
        }
    }

    pub(crate) fn images(self, count: u64) -> i64 {
        times(count, self.rates.image)
    }

    pub(crate) fn clip(self, seconds: u64) -> i64 {
        let step = self.clip_step.max(1);
        let whole = times(seconds, self.rates.second);
        whole.saturating_add(step / 2) / step * step
    }
}

fn times(count: u64, rate: i64) -> i64 {
    i64::try_from(count)
        .unwrap_or(i64::MAX)
        .saturating_mul(rate.max(0))
}

/// The price list of one replica.
#[derive(Debug)]
pub(crate) struct Prices {
    rates: HashMap<&'static str, Rates>,
    setting: PriceSetting,
}

impl Prices {
    pub(crate) fn new(setting: &PriceSetting, contract: Contract) -> Self {
        let mut rates: HashMap<_, _> = listed().collect();
        if contract.video_price == VideoPrice::Estimates {
            for (slug, second) in ESTIMATES {
                rates.entry(*slug).or_default().second = *second;
            }
        }
        for (slug, wanted) in &setting.rates {
            if let Some(rates) = rates.get_mut(slug.as_str()) {
                *rates = *wanted;
            }
        }
        Self {
            rates,
            setting: setting.clone(),
        }
    }

    /// What is not in the table is free; a test holds the table to the catalog.
    pub(crate) fn of(&self, slug: &str) -> Price {
        Price {
            rates: self.rates.get(slug).copied().unwrap_or(Rates::FREE),
            rounding: self.setting.rounding,
            per: self.setting.rounded_per,
            clip_step: self.setting.clip_step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, MODELS};

    fn prices(setting: &PriceSetting) -> Prices {
        Prices::new(setting, Contract::default())
    }

    #[test]
    fn every_model_of_the_catalog_has_a_price_of_its_kind() {
        let list = prices(&PriceSetting::default());
        for model in MODELS {
            let price = list.of(model.slug);
            let cost = match model.kind {
                Kind::Text(_) => price.text(Tokens::fresh(1_000_000, 0)),
                Kind::Image(_) => price.images(1),
                Kind::Video(_) => price.clip(1),
            };
            assert!(cost > 0, "{}", model.slug);
        }
        let mut slugs: Vec<_> = listed().map(|(slug, _)| slug).collect();
        slugs.sort_unstable();
        let count = slugs.len();
        slugs.dedup();
        assert_eq!(slugs.len(), count, "a slug has two prices");
    }

    #[test]
    fn a_text_call_costs_its_tokens_at_the_listed_rates() {
        let list = prices(&PriceSetting::default());
        let sonnet = list.of("claude-sonnet-4-6");
        assert_eq!(sonnet.text(Tokens::fresh(1_000_000, 1_000_000)), 18_000_000);
        assert_eq!(sonnet.text(Tokens::fresh(1, 1)), 18);
        let cached = Tokens {
            input: 2_000_000,
            cache_read: 1_000_000,
            cache_write: 1_000_000,
            output: 0,
        };
        assert_eq!(sonnet.text(cached), 300_000 + 3_750_000);
        assert_eq!(list.of("gemini-3-1-pro").text(cached), 200_000 + 2_000_000);
        let more_cached_than_there_is = Tokens { input: 1, ..cached };
        assert_eq!(sonnet.text(more_cached_than_there_is), sonnet.text(cached));
        let nano = list.of("gpt-5-4-nano");
        assert_eq!(nano.text(Tokens::fresh(5, 0)), 1, "half rounds up");
        assert_eq!(nano.text(Tokens::fresh(4, 0)), 0);
        assert_eq!(nano.text(Tokens::fresh(u64::MAX, u64::MAX)), i64::MAX);
    }

    #[test]
    fn rounding_and_what_it_is_rounded_over_are_settings() {
        let cost = |rounding, rounded_per| {
            let setting = PriceSetting {
                rounding,
                rounded_per,
                ..PriceSetting::default()
            };
            // 0.3 of input and 1.5 of output.
            let nano = prices(&setting).of("gpt-5-4-nano");
            nano.text(Tokens::fresh(3, 3))
        };
        assert_eq!(cost(Rounding::Down, RoundedPer::Call), 1);
        assert_eq!(cost(Rounding::Nearest, RoundedPer::Call), 2);
        assert_eq!(cost(Rounding::Up, RoundedPer::Call), 2);
        assert_eq!(cost(Rounding::Down, RoundedPer::Component), 1);
        assert_eq!(cost(Rounding::Nearest, RoundedPer::Component), 2);
        assert_eq!(cost(Rounding::Up, RoundedPer::Component), 3);
    }

    #[test]
    fn the_estimates_of_the_pages_come_out_to_the_cent() {
        let contract = Contract {
            video_price: VideoPrice::Estimates,
            ..Contract::default()
        };
        let list = Prices::new(&PriceSetting::default(), contract);
        for (slug, seconds, cents) in [
            ("sora-2", 5, 42),
            ("sora-2-pro", 8, 185),
            ("veo-3.1", 5, 55),
            ("veo-3.1-fast", 4, 18),
            ("seedance-1.5-pro", 5, 42),
            ("seedance-2.0-pro-fast", 6, 72),
            ("seedance-fast", 4, 12),
        ] {
            assert_eq!(list.of(slug).clip(seconds), cents * 10_000, "{slug}");
        }
        let exact = PriceSetting {
            clip_step: 1,
            ..PriceSetting::default()
        };
        let exact = Prices::new(&exact, contract).of("sora-2-pro");
        assert_eq!(exact.clip(8), 1_848_000);
    }

    #[test]
    fn a_rate_can_be_replaced_and_never_pays_the_client() {
        let setting = PriceSetting {
            rates: vec![
                (
                    "seedream-v4".to_owned(),
                    Rates {
                        image: 7,
                        ..Rates::FREE
                    },
                ),
                (
                    "gpt-5-4".to_owned(),
                    Rates {
                        input: -1,
                        ..Rates::FREE
                    },
                ),
            ],
            ..PriceSetting::default()
        };
        let list = prices(&setting);
        assert_eq!(list.of("seedream-v4").images(3), 21);
        assert_eq!(list.of("gpt-5-4").text(Tokens::fresh(1_000_000, 5)), 0);
        assert_eq!(list.of("seedream-v4.5").images(1), 30_000);
    }
}
