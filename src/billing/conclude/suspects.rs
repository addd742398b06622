//! Which requests a wrong amount may be of: those first whose usual price explains it.

use std::collections::{BTreeSet, BinaryHeap};

use super::{Case, MOST_SUSPECTS};
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::policy::Right;
use crate::billing::prices::{Rounding, Used};
use crate::billing::verdict::Suspect;

/// Output of an answer whose request names no limit, at most.
const LONGEST_OUTPUT: u64 = 8_192;

/// How well a request's price explains an amount; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Explains,
    /// No price is known of it.
    Unknown,
    Differs,
}

impl Case<'_> {
    /// Requests that may be what `amount` was charged for: such as had to be free, or lack the row
    /// that would tell of it; where money is missing, such as were charged by their rows.
    pub(super) fn suspects(
        &self,
        amount: Credits,
        overlaps: impl Fn(&Entry) -> bool,
    ) -> Vec<Suspect> {
        let is_missing = amount < Credits::ZERO;
        let may_be = |entry: &Entry| {
            if is_missing {
                return entry.charge > 0;
            }
            self.is_unexplained(entry)
                || self.is_failure(entry)
                || entry.is_task()
                || entry.class == Class::Free
        };
        self.ranked(amount.abs(), is_missing, |entry| {
            may_be(entry) && overlaps(entry)
        })
    }

    /// Whether a request must have been charged, and rows tell of others and not of it.
    fn is_unexplained(&self, entry: &Entry) -> bool {
        self.rows().is_ok() && entry.range().1.is_none()
    }

    /// Requests that may be what `amount` is about, the likeliest first.
    pub(super) fn ranked(
        &self,
        amount: Credits,
        by_rows: bool,
        may_be: impl Fn(&Entry) -> bool,
    ) -> Vec<Suspect> {
        // The audit's own readings are of no phase.
        let entries = self.charged();
        let entries = entries.filter(|(_, entry)| entry.phase != u16::MAX && may_be(entry));
        let ranks = entries.map(|(index, entry)| {
            let charge = (entry.charge, entry.charge);
            let price = if by_rows {
                Some(charge)
            } else {
                self.usual(&entry)
            };
            // Endpoints that are free come after failures of those that are not.
            let is_idle = entry.class == Class::Free;
            let is_told = by_rows || !self.is_unexplained(&entry);
            let (fit, apart) = fit(price, amount.0);
            (is_told, is_idle, fit, apart, index)
        });
        let found = least(MOST_SUSPECTS, ranks).into_iter();
        found
            .map(|(.., index)| self.suspect(index, amount))
            .collect()
    }

    /// Whether a request had to be free for how it ended.
    pub(super) fn is_failure(&self, entry: &Entry) -> bool {
        let is_free = self.audit.terms.policy.of(entry.class) == Right::Free;
        is_free && !matches!(entry.class, Class::Free | Class::NotSent)
    }

    /// The classes of the requests that are meant, in words.
    pub(super) fn classes(&self, is_meant: impl Fn(&Entry) -> bool) -> String {
        let meant = self
            .each()
            .filter(|(_, entry)| entry.phase != u16::MAX && is_meant(entry));
        let classes: BTreeSet<_> = meant.map(|(_, entry)| entry.class).collect();
        let names: Vec<_> = classes.iter().map(ToString::to_string).collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }

    /// What a request of this kind costs at least and at most where it succeeds; `None`: no price
    /// is known.
    fn usual(&self, entry: &Entry) -> Option<(i64, i64)> {
        let asked = self.audit.terms.asked.get(usize::from(entry.template.0))?;
        let rates = self.audit.terms.prices.of(asked.model.as_deref()?)?;
        let price = |used: &Used| {
            let rounding = Rounding::all().next()?;
            let prices = rounding.prices(rates, used);
            Some((*prices.iter().min()?, *prices.iter().max()?))
        };
        if rates.image > 0 || !rates.second.is_empty() {
            return price(&Used {
                images: u64::from(asked.images.max(1)),
                seconds: u64::from(asked.seconds.max(1)),
                ..Used::default()
            });
        }
        // How many tokens the prompt has for this model, nobody has told for a failure.
        let most = price(&Used {
            input: u64::from(asked.input) * 2 + 200,
            output: asked.output.map_or(LONGEST_OUTPUT, u64::from),
            ..Used::default()
        })?;
        Some((0, most.1))
    }
}

/// The least of them in order, so many at most, without keeping the others.
fn least<T: Ord>(most: usize, all: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = BinaryHeap::new();
    for one in all {
        kept.push(one);
        if kept.len() > most {
            kept.pop();
        }
    }
    kept.into_sorted_vec()
}

/// How well a price explains an amount, and how far the two are apart. What is charged several
/// times over is a multiple of an exact price.
fn fit(price: Option<(i64, i64)>, amount: i64) -> (Fit, i64) {
    let Some((least, most)) = price else {
        return (Fit::Unknown, 0);
    };
    let is_multiple = |price: i64| price > 0 && amount % price == 0;
    if (least..=most).contains(&amount) {
        return (Fit::Explains, 0);
    }
    let apart = (least - amount).max(amount - most);
    if is_multiple(least) || is_multiple(most) {
        return (Fit::Explains, apart);
    }
    // Of a span of prices, several may add up to anything above it.
    let is_open = least == 0 && amount > most;
    (if is_open { Fit::Unknown } else { Fit::Differs }, apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_come_first_and_no_others() {
        let all = [5, 3, 9, 1, 3, 7];
        assert_eq!(least(3, all.into_iter()), [1, 3, 3]);
        assert_eq!(least(10, all.into_iter()), [1, 3, 3, 5, 7, 9]);
        assert_eq!(least(3, [0; 0].into_iter()), [0; 0]);
    }

    #[test]
    fn an_exact_price_explains_its_multiples_and_a_span_what_lies_in_it() {
        assert_eq!(fit(Some((25, 25)), 25).0, Fit::Explains);
        assert_eq!(fit(Some((25, 25)), 75).0, Fit::Explains);
        assert_eq!(fit(Some((25, 25)), 40).0, Fit::Differs);
        assert_eq!(fit(Some((0, 90)), 40).0, Fit::Explains);
        assert_eq!(fit(Some((0, 90)), 91).0, Fit::Unknown);
        assert_eq!(fit(None, 91).0, Fit::Unknown);
        assert!(fit(Some((25, 25)), 25) < fit(None, 25));
    }
}
