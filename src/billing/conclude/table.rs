//! The table of classes, as double entry, and the sums.

use std::collections::BTreeMap;

use super::Case;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::policy::Right;
use crate::billing::verdict::BillingVerdict;

/// What the requests of one class come to.
#[derive(Default)]
struct Sum {
    observed: Credits,
    /// `None`: nobody says what is right.
    expected: Option<Credits>,
}

impl Case<'_> {
    /// Fills in the rows, the sums and what is left over. `wrong`: how far rows are from their
    /// prices.
    pub(super) fn tabulate(&self, verdict: &mut BillingVerdict, wrong: &[(usize, Credits)]) {
        for (class, requests) in &self.audit.counts {
            let (least, most) = self.audit.terms.policy.billed(*class);
            let row = verdict.class(&class.to_string());
            row.requests = *requests;
            row.billed = (least * requests, most * requests);
        }
        verdict.evidence = self.evidence();
        let Ok(rows) = self.rows() else { return };
        let mut wrong: BTreeMap<usize, Credits> = wrong.iter().copied().collect();
        for row in &rows.matching.doubles {
            let owner = rows.matching.owners.get(*row as usize).copied().flatten();
            if let Some(owner) = owner {
                *wrong.entry(owner as usize).or_default() += rows.sum(&[*row]);
            }
        }
        let mut sums: BTreeMap<Class, Sum> = BTreeMap::new();
        // Each request by itself: what one paid too much must not make up for another.
        let (mut over, mut under) = (Credits::ZERO, Credits::ZERO);
        for (index, entry) in self.charged() {
            let sum = sums.entry(entry.class).or_insert_with(|| Sum {
                expected: Some(Credits::ZERO),
                ..Sum::default()
            });
            sum.observed += Credits(entry.charge);
            let expected = self.expected(index, &entry, wrong.get(&index).copied());
            sum.expected = sum.expected.zip(expected).map(|(sum, one)| sum + one);
            let apart = expected.map_or(Credits::ZERO, |expected| Credits(entry.charge) - expected);
            if apart > Credits::ZERO {
                over += apart;
            } else {
                under += -apart;
            }
        }
        let limit = self.exact_limit(verdict);
        for (class, sum) in sums {
            let name = class.to_string();
            if !self.audit.counts.contains_key(&class) {
                continue;
            }
            let row = verdict.class(&name);
            row.observed = Some(sum.observed);
            row.expected = sum.expected;
            row.detection_limit = limit;
        }
        verdict.overcharged += over;
        verdict.undercharged += under;
        self.leftovers(verdict, rows.sum(&rows.matching.orphans));
    }

    /// What is right for one request; its own charge where only the price list could say more and
    /// does not.
    fn expected(&self, index: usize, entry: &Entry, wrong: Option<Credits>) -> Option<Credits> {
        let charge = Credits(entry.charge);
        let wrong = wrong.unwrap_or_default();
        match self.audit.terms.policy.of(entry.class) {
            Right::Free if entry.class != Class::LeftBeforeToken => Some(Credits::ZERO),
            // Somebody read it as charged too much.
            Right::Free if wrong > Credits::ZERO => Some(charge - wrong),
            // A task tells by itself what it costs.
            Right::Full | Right::Actual if entry.is_task() => {
                Some(match self.right(index, entry) {
                    Some(right) if (charge - right.credits).abs() < right.quantum => charge,
                    Some(right) => right.credits,
                    None => charge - wrong,
                })
            }
            Right::Full | Right::Actual => Some(charge - wrong),
            Right::Free | Right::Unspecified => None,
        }
    }

    /// What the books tell beyond the rows.
    fn leftovers(&self, verdict: &mut BillingVerdict, orphans: Credits) {
        let Ok(rows) = self.rows() else { return };
        if orphans != Credits::ZERO {
            verdict.without_request = Some(orphans);
        }
        let mut spent = verdict.charged.iter();
        let spent = spent.find(|charged| charged.source == "account spend");
        if self.obstacle().is_some() || self.foreign.why.is_some() {
            return;
        }
        verdict.is_measured = true;
        let Some(apart) = spent.map(|spent| (spent.credits - rows.rows.sum(), spent.quantum))
        else {
            return;
        };
        let (apart, quantum) = apart;
        let (rowless, slack) = self.rowless();
        let apart = apart - rowless;
        if apart.abs() < quantum + slack {
            return;
        }
        // Where the rows alone are wrong, the books make up for just that.
        if apart == verdict.undercharged - verdict.overcharged {
            (verdict.overcharged, verdict.undercharged) = (Credits::ZERO, Credits::ZERO);
            return;
        }
        verdict.without_row = Some(apart);
        if apart > Credits::ZERO {
            verdict.overcharged += apart;
        } else {
            verdict.undercharged += -apart;
        }
    }

    /// What those requests must have been charged that lack their row, and how far that may be off.
    fn rowless(&self) -> (Credits, Credits) {
        let Ok(rows) = self.rows() else {
            return (Credits::ZERO, Credits::ZERO);
        };
        let (mut sum, mut slack) = (Credits::ZERO, Credits::ZERO);
        for (index, _) in self.missing(rows) {
            let mut entry = self.entry(index);
            self.audit.reckon(&mut entry);
            let (least, Some(most)) = entry.range() else {
                continue;
            };
            sum += Credits(entry.charge);
            slack += Credits(most - least);
        }
        (sum, slack)
    }

    /// One credit, where rows and an exact book tell everything that moved.
    fn exact_limit(&self, verdict: &BillingVerdict) -> Option<Credits> {
        if self.obstacle().is_some() || self.foreign.why.is_some() {
            return None;
        }
        let mut exact = verdict.charged.iter().map(|charged| charged.quantum);
        let finest = exact.next()?;
        // The rows are exact.
        Some(finest)
    }

    fn evidence(&self) -> Vec<&'static str> {
        let audit = self.audit;
        let books = audit.baseline.as_ref();
        let has = |told: bool, name: &'static str| told.then_some(name);
        let sources = [
            has(self.facts().has_quota, "quota header"),
            has(
                audit.envelopes.iter().any(|one| one.with_org > 0),
                "organisation header",
            ),
            has(books.is_some_and(|books| books.spent.is_some()), "account"),
            has(
                books.is_some_and(|books| books.used.is_some()),
                "usage buckets",
            ),
            has(self.rows().is_ok(), "usage rows"),
            has(
                books.is_some_and(|books| books.transactions.is_some()),
                "transactions",
            ),
            has(!audit.told.is_empty(), "task objects"),
        ];
        let answers = has(self.facts().has_usage, "the answers' own usage");
        sources.into_iter().flatten().chain(answers).collect()
    }
}
