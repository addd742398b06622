//! Checks of what one row says: BIL-008 and BIL-009.

use std::collections::BTreeMap;

use super::{Case, result};
use crate::billing::checks;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::prices::{Rates, Rounding, Used};
use crate::billing::reconcile::Reconciled;
use crate::billing::rows::UsageRow;
use crate::billing::verdict::{CheckResult, CheckState};

/// What the arithmetic of all rows comes to.
pub(super) struct Arithmetic {
    pub(super) result: CheckResult,
    /// How the gateway rounds, where rows show it.
    pub(super) rounding: Option<String>,
    /// Entries whose row is not what the price list says, and by how much.
    pub(super) wrong: Vec<(usize, Credits)>,
}

/// A row with a known price.
struct Priced<'a> {
    entry: usize,
    model: &'a str,
    rates: &'a Rates,
    used: Used,
    charge: i64,
}

/// Rows of one model under one way of rounding.
#[derive(Default)]
struct Fit {
    right: u64,
    wrong: Vec<(usize, Credits)>,
}

impl Case<'_> {
    /// BIL-008.
    pub(super) fn arithmetic(&self) -> Arithmetic {
        let rule = &checks::ARITHMETIC;
        let nothing = |state, message| Arithmetic {
            result: result(rule, state, message),
            rounding: None,
            wrong: Vec::new(),
        };
        let rows = match self.rows() {
            Ok(rows) => rows,
            Err((state, why)) => return nothing(state, why),
        };
        let priced = self.priced(rows);
        if priced.is_empty() {
            let message = "no row is of a model whose price is known".to_owned();
            return nothing(CheckState::NotChecked, message);
        }
        let mut fits = Rounding::all().map(|rounding| (rounding, fit(&priced, rounding)));
        let first = fits.next().expect("there are several ways of rounding");
        let wrong = |fit: &BTreeMap<&str, Fit>| fit.values().map(|one| one.wrong.len()).sum();
        let mut least: usize = wrong(&first.1);
        let mut best = first;
        let mut explained = vec![best.0];
        for (rounding, fit) in fits {
            let count: usize = wrong(&fit);
            if count < least {
                (best, least) = ((rounding, fit), count);
                explained.clear();
            }
            if count == least {
                explained.push(rounding);
            }
        }
        let as_of = &self.audit.terms.prices.as_of;
        if least == 0 {
            let message = format!(
                "{} rows cost what the prices of {as_of} say, rounded {}{}",
                priced.len(),
                best.0,
                others(explained.len() - 1)
            );
            return Arithmetic {
                rounding: Some(best.0.to_string()),
                ..nothing(CheckState::Passed, message)
            };
        }
        self.mispriced(&best.1, (priced.len(), as_of))
    }

    /// What so many tokens of output cost at most, with the input that the row tells; `None`: no
    /// price is known.
    pub(super) fn price_of(&self, entry: &Entry, row: &UsageRow, output: u64) -> Option<Credits> {
        let rates = self.audit.terms.prices.of(self.model(entry)?)?;
        let mut used = used(entry, row, rates)?;
        used.output = output;
        let prices = Rounding::all().flat_map(|rounding| rounding.prices(rates, &used));
        prices.max().map(Credits)
    }

    fn mispriced(&self, fits: &BTreeMap<&str, Fit>, (rows, as_of): (usize, &str)) -> Arithmetic {
        let rule = &checks::ARITHMETIC;
        // Where the list is an old page, a model none of whose rows fits has another price now.
        let sure = self.audit.terms.prices_are_sure;
        let is_known = |fit: &Fit| sure || fit.right > 0;
        let of = |known: bool| {
            let fits = fits.iter().filter(|(_, fit)| !fit.wrong.is_empty());
            fits.filter(move |(_, fit)| is_known(fit) == known)
        };
        let wrong: Vec<_> = of(true)
            .flat_map(|(_, fit)| fit.wrong.iter().copied())
            .collect();
        if !wrong.is_empty() {
            let what = format!("not the price of {as_of} under any rounding (of {rows} rows)");
            return Arithmetic {
                result: self.failed(rule, &what, &wrong),
                rounding: None,
                wrong,
            };
        }
        let models: Vec<_> = of(false).map(|(model, _)| *model).collect();
        let message = format!(
            "no row of {} costs what the pages said in {as_of}: prices may have changed since; \
             give the present ones with `prices`",
            models.join(", ")
        );
        Arithmetic {
            result: result(rule, CheckState::Inconclusive, message),
            rounding: None,
            wrong: Vec::new(),
        }
    }

    fn priced<'a>(&'a self, rows: &'a Reconciled) -> Vec<Priced<'a>> {
        let mut priced = Vec::new();
        for (row, owner) in rows.rows.rows.iter().zip(&rows.matching.owners) {
            let Some(owner) = owner.map(|owner| owner as usize) else {
                continue;
            };
            let entry = &self.entry(owner);
            let model = if row.model.is_empty() {
                self.model(entry).unwrap_or_default()
            } else {
                &row.model
            };
            let rates = self.audit.terms.prices.of(model);
            // Wrong tokens are another finding; the price then follows from them.
            if let Some(rates) = rates.filter(|_| miscounted(entry, row).is_none())
                && let Some(used) = used(entry, row, rates)
            {
                priced.push(Priced {
                    entry: owner,
                    model,
                    rates,
                    used,
                    charge: rows.rows.charge(row).0,
                });
            }
        }
        priced
    }

    /// BIL-009.
    pub(super) fn tokens(&self) -> CheckResult {
        let rule = &checks::TOKENS;
        let rows = match self.rows() {
            Ok(rows) => rows,
            Err((state, why)) => return result(rule, state, why),
        };
        let (mut compared, mut wrong, mut first) = (0, Vec::new(), None);
        for (row, owner) in rows.rows.rows.iter().zip(&rows.matching.owners) {
            let Some(owner) = owner.map(|owner| owner as usize) else {
                continue;
            };
            let entry = &self.entry(owner);
            if !tells_tokens(entry) || (row.input.is_none() && row.output.is_none()) {
                continue;
            }
            compared += 1;
            if let Some(said) = miscounted(entry, row) {
                first.get_or_insert(said);
                wrong.push((owner, Credits::ZERO));
            }
        }
        if compared == 0 {
            let message = "no row and answer both tell tokens".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let Some(first) = first else {
            let message = format!("{compared} rows tell the tokens that the answers told");
            return result(rule, CheckState::Passed, message);
        };
        let mut failed = self.failed(rule, "other tokens than the answer told", &wrong);
        failed.message = format!(
            "{} of {compared} rows tell other tokens than the answers; the first: {}, {first}{}",
            wrong.len(),
            self.name(wrong[0].0),
            self.doubt_of(wrong[0].0),
        );
        failed
    }
}

fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!(" (or in one of {count} other ways: no row tells them apart)"),
    }
}

/// Each model's rows under one way of rounding.
fn fit<'a>(priced: &[Priced<'a>], rounding: Rounding) -> BTreeMap<&'a str, Fit> {
    let mut fits: BTreeMap<&str, Fit> = BTreeMap::new();
    for row in priced {
        let fit = fits.entry(row.model).or_default();
        let prices = rounding.prices(row.rates, &row.used);
        let nearest = prices.iter().map(|price| row.charge - price);
        match nearest.min_by_key(|apart| apart.abs()) {
            Some(0) | None => fit.right += 1,
            // What an example implies is no price that could be held against a row.
            Some(_) if row.rates.estimated => {}
            Some(apart) => fit.wrong.push((row.entry, Credits(apart))),
        }
    }
    fits
}

/// Whether the answer told all of its tokens: one that broke off may have told the first of them.
fn tells_tokens(entry: &Entry) -> bool {
    matches!(entry.class, Class::Success | Class::UnexpectedSuccess)
        && entry.output != Entry::UNTOLD
}

/// How the row's tokens differ from the answer's, in words.
fn miscounted(entry: &Entry, row: &UsageRow) -> Option<String> {
    if !tells_tokens(entry) {
        return None;
    }
    let both = [
        ("input", row.input, entry.input),
        ("output", row.output, entry.output),
    ];
    both.into_iter().find_map(|(what, row, told)| {
        let row = row.filter(|row| *row != u64::from(told))?;
        Some(format!(
            "{row} {what} tokens in the row, {told} in the answer"
        ))
    })
}

/// What the row says was used; `None`: it leaves out what the price needs.
fn used(entry: &Entry, row: &UsageRow, rates: &Rates) -> Option<Used> {
    if rates.image > 0 {
        return Some(Used {
            images: row.images.unwrap_or(u64::from(entry.units)),
            ..Used::default()
        });
    }
    if !rates.second.is_empty() {
        return Some(Used {
            seconds: row.seconds.unwrap_or(u64::from(entry.units)),
            ..Used::default()
        });
    }
    let is_plain = !entry.is_cached();
    Some(Used {
        input: row.input?,
        output: row.output?,
        cache_read: row.cache_read.or(is_plain.then_some(0))?,
        cache_write: row.cache_write.or(is_plain.then_some(0))?,
        ..Used::default()
    })
}
