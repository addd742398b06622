//! The price list, as data, and what a call must have cost by it (BIL-008).
//!
//! How the gateway rounds is not documented. So every way of rounding is tried on every row, and
//! one of them must explain all rows of the run.

use serde::Deserialize;

use super::credits::Amount;

/// The documented list.
const DOCUMENTED: &str = include_str!("prices.yaml");

/// What one model costs, in micro-USD: per million tokens, each, or a second.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rates {
    pub input: i64,
    pub output: i64,
    pub cache_read: i64,
    pub cache_write: i64,
    pub image: i64,
    /// Where pages disagree, each of them.
    pub second: Vec<i64>,
    /// No page states it.
    pub estimated: bool,
}

/// A list of prices with its date.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    pub as_of: String,
    models: Vec<(Vec<String>, Rates)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    as_of: String,
    models: Vec<WrittenModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModel {
    names: Vec<String>,
    input: Option<String>,
    output: Option<String>,
    cache_read: Option<String>,
    cache_write: Option<String>,
    image: Option<String>,
    #[serde(default)]
    second: Vec<String>,
    #[serde(default)]
    estimated: bool,
    #[serde(rename = "source")]
    _source: String,
}

impl Prices {
    /// What the gateway's pages say.
    pub fn documented() -> Self {
        Self::parse(DOCUMENTED).expect("a test reads this very text")
    }

    /// A list in the form of `prices.yaml`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let written: Written = serde_yaml::from_str(text).map_err(|why| why.to_string())?;
        let mut models = Vec::new();
        for model in written.models {
            let names = model.names.join(", ");
            let usd = |text: &str| {
                let amount = Amount::parse(text).filter(|amount| amount.credits.0 >= 0);
                amount.map(|amount| amount.credits.0).ok_or_else(|| {
                    format!("{names}: `{text}` is no amount in USD such as \"0.30\"")
                })
            };
            let rate = |text: &Option<String>| text.as_deref().map_or(Ok(0), usd);
            let rates = Rates {
                input: rate(&model.input)?,
                output: rate(&model.output)?,
                cache_read: rate(&model.cache_read)?,
                cache_write: rate(&model.cache_write)?,
                image: rate(&model.image)?,
                second: model
                    .second
                    .iter()
                    .map(|text| usd(text))
                    .collect::<Result<_, _>>()?,
                estimated: model.estimated,
            };
            models.push((model.names, rates));
        }
        Ok(Self {
            as_of: written.as_of,
            models,
        })
    }

    /// The first of the names that a model goes by (C-25).
    pub fn usual_name<'a>(&'a self, model: &'a str) -> &'a str {
        let mut models = self.models.iter();
        let known = models.find(|(names, _)| names.iter().any(|name| name == model));
        known
            .and_then(|(names, _)| names.first())
            .map_or(model, String::as_str)
    }

    pub fn of(&self, model: &str) -> Option<&Rates> {
        let mut models = self.models.iter();
        models
            .find(|(names, _)| names.iter().any(|name| name == model))
            .map(|(_, rates)| rates)
    }
}

/// What a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// All input, cached parts included.
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    pub images: u64,
    pub seconds: u64,
}

/// A way of losing what is less than the smallest amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    direction: Direction,
    /// Each part of a text's price by itself, or their sum once.
    by_part: bool,
    /// A clip's price is rounded to so many micro-USD.
    clip_step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Nearest,
    Down,
    Up,
}

const CENT: i64 = 10_000;

impl Rounding {
    /// The usual ones first.
    pub fn all() -> impl Iterator<Item = Self> {
        let directions = [Direction::Nearest, Direction::Down, Direction::Up];
        let steps = [(false, 1), (false, CENT), (true, 1), (true, CENT)];
        steps.into_iter().flat_map(move |(by_part, clip_step)| {
            directions.into_iter().map(move |direction| Self {
                direction,
                by_part,
                clip_step,
            })
        })
    }

    fn rounded(self, amount: i128, step: i128) -> i128 {
        match self.direction {
            Direction::Nearest => (amount + step / 2).div_euclid(step),
            Direction::Down => amount.div_euclid(step),
            Direction::Up => (amount + step - 1).div_euclid(step),
        }
    }

    /// What it comes to, at each of the rates that pages name; usually one.
    pub fn prices(self, rates: &Rates, used: &Used) -> Vec<i64> {
        let cached = used.cache_read.saturating_add(used.cache_write);
        let parts = [
            (used.input.saturating_sub(cached), rates.input),
            (used.output, rates.output),
            (used.cache_read, rates.cache_read),
            (used.cache_write, rates.cache_write),
        ];
        let parts = parts.map(|(count, rate)| i128::from(count) * i128::from(rate));
        let million = 1_000_000;
        let text: i128 = if self.by_part {
            parts.iter().map(|part| self.rounded(*part, million)).sum()
        } else {
            self.rounded(parts.iter().sum(), million)
        };
        let whole = text + i128::from(used.images) * i128::from(rates.image);
        let narrow = |price: i128| i64::try_from(price).unwrap_or(i64::MAX);
        if used.seconds == 0 || rates.second.is_empty() {
            return vec![narrow(whole)];
        }
        let step = i128::from(self.clip_step);
        let clip = |rate: &i64| {
            let clip = i128::from(used.seconds) * i128::from(*rate);
            narrow(whole + self.rounded(clip, step) * step)
        };
        rates.second.iter().map(clip).collect()
    }
}

impl std::fmt::Display for Rounding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let direction = match self.direction {
            Direction::Nearest => "to the nearest micro-USD",
            Direction::Down => "down to a micro-USD",
            Direction::Up => "up to a micro-USD",
        };
        let parts = if self.by_part {
            ", each part by itself"
        } else {
            ""
        };
        let clips = if self.clip_step == 1 {
            ""
        } else {
            ", clips to the cent"
        };
        write!(f, "{direction}{parts}{clips}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> Rounding {
        Rounding::all().next().unwrap()
    }

    #[test]
    fn the_documented_list_is_read_and_prices_what_the_pages_say() {
        let prices = Prices::documented();
        assert_eq!(prices.as_of, "2026-05");
        let sonnet = prices.of("claude-sonnet-4-6").unwrap();
        let text = Used {
            input: 1_000_000,
            output: 1_000_000,
            ..Used::default()
        };
        assert_eq!(first().prices(sonnet, &text), [18_000_000]);
        let cached = Used {
            input: 2_000_000,
            cache_read: 1_000_000,
            cache_write: 1_000_000,
            ..Used::default()
        };
        assert_eq!(first().prices(sonnet, &cached), [4_050_000]);
        let images = Used {
            images: 3,
            ..Used::default()
        };
        assert_eq!(
            first().prices(prices.of("seedream-4").unwrap(), &images),
            [75_000]
        );
        let clip = Used {
            seconds: 5,
            ..Used::default()
        };
        assert_eq!(
            first().prices(prices.of("sora2").unwrap(), &clip),
            [500_000, 420_000]
        );
        assert_eq!(prices.of("gpt-5-4"), None);
    }

    #[test]
    fn ways_of_rounding_differ_where_they_should() {
        let rates = Rates {
            input: 100_000,
            output: 500_000,
            second: vec![231_000],
            ..Rates::default()
        };
        let text = Used {
            input: 3,
            output: 3,
            ..Used::default()
        };
        // 0.3 and 1.5 of a micro-USD.
        let mut prices: Vec<_> = Rounding::all()
            .map(|rounding| (rounding.to_string(), rounding.prices(&rates, &text)[0]))
            .filter(|(name, _)| !name.contains("cent"))
            .map(|(_, price)| price)
            .collect();
        assert_eq!(prices, [2, 1, 2, 2, 1, 3]);
        let clip = Used {
            seconds: 8,
            ..Used::default()
        };
        prices = Rounding::all()
            .flat_map(|one| one.prices(&rates, &clip))
            .collect();
        assert_eq!(
            prices[..6],
            [
                1_848_000, 1_848_000, 1_848_000, 1_850_000, 1_840_000, 1_850_000
            ]
        );
    }

    #[test]
    fn a_list_with_a_mistake_says_where_it_is() {
        let wrong = "as_of: x\nmodels: [{ names: [a], input: \"much\", source: s }]";
        assert!(Prices::parse(wrong).unwrap_err().contains("a: `much`"));
        assert!(Prices::parse("as_of: x\nmodels: [{ nams: [a] }]").is_err());
    }
}
