//! Checks of one source against another: BIL-005, BIL-007, BIL-014.

use super::{Case, MOST_SUSPECTS, result};
use crate::billing::books::{Charged, are_apart};
use crate::billing::checks;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::verdict::{BillingVerdict, CheckResult, CheckState, Suspect};

/// The source that tells of our key alone.
pub(super) const KEYS_OWN: &str = "quota header";

impl Case<'_> {
    /// All that tells what the run was charged, the rows first.
    pub(super) fn sources(&self, charged: &[Charged]) -> Vec<Charged> {
        let rows = self.rows().ok().map(|rows| Charged {
            source: "usage rows",
            credits: rows.rows.sum(),
            quantum: Credits(1),
        });
        let unlimited = self.keys().any(|key| self.unlimited(key).is_some());
        let is_told = |one: &&Charged| one.source != KEYS_OWN || !unlimited;
        rows.into_iter()
            .chain(charged.iter().filter(is_told).copied())
            .collect()
    }

    /// BIL-005: the account as a whole, then each of several keys.
    pub(super) fn conservation(&self, charged: &[Charged]) -> CheckResult {
        let whole = self.conserved(charged);
        if self.keys().len() == 1 || whole.state == CheckState::Failed {
            return whole;
        }
        let names = &self.audit.terms.keys;
        let apart = self.keys().filter_map(|key| {
            let apart = self.key_apart(&checks::CONSERVATION, key)?;
            Some((key, apart))
        });
        let worse = |state: CheckState| state == CheckState::Failed;
        let mut apart: Vec<_> = apart.collect();
        apart.sort_by_key(|(_, one)| !worse(one.state));
        match apart.into_iter().next() {
            Some((key, one)) if worse(one.state) || whole.state == CheckState::Passed => {
                let message = format!("`{}`: {}; {}", names[key], one.message, whole.message);
                CheckResult { message, ..one }
            }
            Some(_) | None => whole,
        }
    }

    fn conserved(&self, charged: &[Charged]) -> CheckResult {
        let rule = &checks::CONSERVATION;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let sources = self.sources(charged);
        let told: Vec<_> = sources
            .iter()
            .map(|charged| format!("{} {}", charged.source, charged.credits))
            .collect();
        let told = if told.is_empty() {
            "nothing".to_owned()
        } else {
            told.join(", ")
        };
        if let Some(source) = self
            .ends()
            .and_then(|(before, after)| before.fell_silent(after))
        {
            let message = format!("{source} was not told any more after the run; told was {told}");
            return result(rule, CheckState::Inconclusive, message);
        }
        if sources.len() < 2 {
            let message = format!("needs two sources, has {}: {told}", sources.len());
            return result(rule, CheckState::NotChecked, message);
        }
        let apart = sources.iter().enumerate().find_map(|(index, one)| {
            let mut others = sources[index + 1..].iter();
            let other = others.find(|other| are_apart(one, other));
            other.map(|other| (*one, *other))
        });
        let Some((one, other)) = apart else {
            let message = format!("charged for the run: {told}");
            return result(rule, CheckState::Passed, message);
        };
        let amount = other.credits - one.credits;
        let message = format!(
            "{} and {} are {} apart: {told}",
            one.source,
            other.source,
            amount.abs()
        );
        // What others of the account do, its books tell and our key's do not; and a row of theirs
        // may not be written yet.
        let others = (other.source == KEYS_OWN && amount < Credits::ZERO && self.rows().is_err())
            .then(|| "another key of this account may have been used".to_owned());
        let others = others.or_else(|| self.foreign.why.clone());
        if let Some(others) = others {
            let message = format!("{message}; but {others}");
            return result(rule, CheckState::Inconclusive, message);
        }
        CheckResult {
            suspects: self.suspects(amount, |_| true),
            ..result(rule, CheckState::Failed, message)
        }
    }

    /// BIL-007.
    pub(super) fn counts(&self, verdict: &BillingVerdict) -> CheckResult {
        let rule = &checks::COUNTS;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let ends = self
            .ends()
            .map(|(before, after)| (before.calls, after.calls));
        let counted = match ends.unwrap_or_default() {
            (None, None) => {
                let message = "the target gives no call_count".to_owned();
                return result(rule, CheckState::NotChecked, message);
            }
            (Some(before), Some(after)) => match after.checked_sub(before) {
                Some(counted) => counted,
                None => {
                    let message = format!("call_count fell from {before} to {after}");
                    return result(rule, CheckState::Failed, message);
                }
            },
            (Some(_), None) | (None, Some(_)) => {
                let message = "call_count was told at one end of the run only".to_owned();
                return result(rule, CheckState::Inconclusive, message);
            }
        };
        let (least, most) = verdict.calls_expected;
        let expected = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        let mut message =
            format!("call_count grew by {counted}, billable successes are {expected}");
        if counted > most {
            let failures = self.classes(|entry| self.is_failure(entry));
            message += &format!(" (failures: {failures})");
        }
        let state = match &self.foreign.why {
            Some(foreign) if counted >= least => {
                message = format!("{message}; but {foreign}");
                CheckState::Inconclusive
            }
            // Without rows nobody knows whose calls they are.
            None if counted > most && self.rows().is_err() && !self.is_reproduced() => {
                message += ": calls counted twice, failures counted, or others used this key; \
                            rows would tell, or `confirm: true`";
                CheckState::Inconclusive
            }
            Some(_) | None if (least..=most).contains(&counted) => CheckState::Passed,
            Some(_) | None => CheckState::Failed,
        };
        let suspects = match state {
            CheckState::Failed => self.miscounted(counted.saturating_sub(most)),
            CheckState::Passed | CheckState::Inconclusive | CheckState::NotChecked => Vec::new(),
        };
        CheckResult {
            suspects,
            ..result(rule, state, message)
        }
    }

    /// Requests that may have been counted and must not, or where nothing is in `excess` the
    /// reverse. No money is told of them, but where a second row is.
    fn miscounted(&self, excess: u64) -> Vec<Suspect> {
        let is_more = excess > 0;
        let doubles = self.rows().map(|rows| self.doubles(rows));
        if let Ok(doubles) = doubles
            && doubles.len() as u64 == excess
            && is_more
        {
            let named = doubles.iter().take(MOST_SUSPECTS);
            return named
                .map(|(index, amount)| self.suspect(*index, *amount))
                .collect();
        }
        let must_count = |entry: &Entry| self.audit.terms.policy.billed(entry.class).0 > 0;
        self.ranked(Credits::ZERO, false, |entry| {
            if is_more {
                self.is_failure(entry)
            } else {
                must_count(entry)
            }
        })
    }

    /// BIL-014.
    pub(super) fn transactions(&self) -> CheckResult {
        let rule = &checks::TRANSACTIONS;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let ends = self
            .ends()
            .and_then(|(before, after)| before.refunds.zip(after.refunds));
        let Some((before, after)) = ends else {
            let message = "the transactions do not tell how many are refunds".to_owned();
            return result(rule, CheckState::NotChecked, message);
        };
        if before == after {
            let message = "no refund was written during the run".to_owned();
            return result(rule, CheckState::Passed, message);
        }
        let failures = self.classes(|entry| self.is_failure(entry));
        let message = format!(
            "refunds went from {before} to {after} during the run: for a failure ({failures}), or \
             for a success that had been charged more"
        );
        match &self.foreign.why {
            Some(foreign) => {
                let message = format!("{message}; but {foreign}");
                result(rule, CheckState::Inconclusive, message)
            }
            None => result(rule, CheckState::Failed, message),
        }
    }
}
