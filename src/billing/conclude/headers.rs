//! Checks of what the answers' heads say: BIL-001, BIL-003, BIL-004.

use super::{Case, result, seconds};
use crate::billing::audit::Tally;
use crate::billing::checks;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::order::rise;
use crate::billing::sweep::{Bounds, OutOfBounds, swept};
use crate::billing::verdict::{CheckResult, CheckState};

impl Case<'_> {
    pub(super) fn envelope(&self) -> CheckResult {
        self.by_key(&checks::ENVELOPE, |key| self.envelope_of(key))
    }

    fn envelope_of(&self, key: usize) -> CheckResult {
        let rule = &checks::ENVELOPE;
        let Tally {
            judged,
            broken,
            first,
            without_quota,
            without_limits,
            decimals,
            ..
        } = self.tally(key);
        if *judged == 0 {
            return result(rule, CheckState::NotChecked, "no answer came".to_owned());
        }
        for (missing, what) in [
            (without_quota, "the quota header"),
            (without_limits, "the headers of the rate limit"),
        ] {
            if missing == judged && *judged > 1 {
                let message = format!(
                    "none of {judged} answers had {what}: a key without caps, or headers that \
                     are lost on the way"
                );
                return result(rule, CheckState::Inconclusive, message);
            }
        }
        if let Some(first) = first {
            let message = format!("{broken} of {judged} answers; the first: {first}");
            return result(rule, CheckState::Failed, message);
        }
        if decimals.len() > 1 {
            let decimals = decimals.iter();
            let found: Vec<_> = decimals
                .map(|(n, count)| format!("{n} ({count} times)"))
                .collect();
            let message = format!("decimals of the quota header vary: {}", found.join(", "));
            return result(rule, CheckState::Failed, message);
        }
        if let Some(missing) = self.audit.without_org_header(key) {
            let message = format!(
                "{missing} of {judged} answers lack the organisation's header, though the \
                 account names one"
            );
            return result(rule, CheckState::Failed, message);
        }
        result(rule, CheckState::Passed, format!("{judged} answers"))
    }

    pub(super) fn order(&self) -> CheckResult {
        self.by_key(&checks::ORDER, |key| self.order_of(key))
    }

    fn order_of(&self, key: usize) -> CheckResult {
        let rule = &checks::ORDER;
        let key = u8::try_from(key).unwrap_or(u8::MAX);
        // The audit's own readings as well.
        let (seen, risen) = rise(self.entries, key);
        if seen < 2 {
            let message = "fewer than two answers had a quota header".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let Some((earlier, later)) = risen else {
            return result(rule, CheckState::Passed, format!("{seen} observations"));
        };
        let (earlier, later) = (self.entry(earlier), self.entry(later));
        let message = format!(
            "the balance rose from {} (head at {:.6} s) to {} (sent at {:.6} s)",
            Credits(earlier.quota),
            seconds(earlier.head().0),
            Credits(later.quota),
            seconds(later.sent.0),
        );
        let state = if self.is_topped_up() {
            CheckState::Inconclusive
        } else {
            CheckState::Failed
        };
        result(rule, state, message)
    }

    pub(super) fn interval(&self) -> CheckResult {
        let rule = &checks::INTERVAL;
        if let Some(moved) = &self.audit.late_charge {
            let lambda = self.audit.terms.lambda.unwrap_or_default();
            let message =
                format!("{lambda:?} after the last answer all should be charged: {moved}");
            let late = self.late(rule, message);
            if late.state != CheckState::Failed {
                return late;
            }
            let amount = self.audit.late_amount;
            let suspects = self.ranked(amount, true, |entry| entry.charge > 0);
            return CheckResult { suspects, ..late };
        }
        self.by_key(rule, |key| self.interval_of(key))
    }

    fn interval_of(&self, key: usize) -> CheckResult {
        let rule = &checks::INTERVAL;
        let start = self.audit.baseline.as_ref();
        let Some(start) = start.and_then(|books| books.key(key).quota) else {
            let message = "no balance was read before the traffic".to_owned();
            return result(rule, CheckState::NotChecked, message);
        };
        if let Some((state, why)) = self.obstacle_of(key) {
            return result(rule, state, why);
        }
        if let Some(why) = self.unlimited(key) {
            return result(rule, CheckState::Inconclusive, why);
        }
        let charged_to = self.charged_to(key);
        let is_known = |entry: &Entry| {
            entry.range().1.is_some() || charged_to.is_some_and(|key| key != entry.key)
        };
        let unknown = self.charged().filter(|(_, entry)| !is_known(entry));
        let unknown = unknown.count();
        if unknown > 0 && self.rows().is_err() {
            let message = "what the requests were charged is not known without rows".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        if self
            .rows()
            .is_ok_and(|rows| !rows.matching.ambiguous.is_empty())
        {
            let message = "rows without ids do not tell when each was charged".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let coarsest = self.tally(key).decimals.keys().next().copied();
        let coarsest = coarsest.and_then(|places| u32::try_from(places.min(6)).ok());
        let coarsest = coarsest.map_or(1, |places| 10_i64.pow(6 - places));
        let shared = self.is_shared(key);
        let bounds = Bounds {
            start: start.credits,
            // What others of the wallet have spent unnoticed is less than two steps.
            quantum: Credits(Credits(coarsest).max(start.quantum).0 * if shared { 3 } else { 1 }),
            lambda: self.audit.terms.longest(),
            seen_by: u8::try_from(key).ok(),
            charged_to,
        };
        let swept = swept(|| self.charged(), self.entries.spill(), bounds);
        if let Some(found) = swept.too_much {
            return self.too_much(key, found);
        }
        if let Some(found) = swept.too_little {
            return self.too_little(found);
        }
        if unknown > 0 {
            let message = format!("{unknown} requests lack the rows that tell what they cost");
            return result(rule, CheckState::NotChecked, message);
        }
        let message = format!(
            "{} balances within their bounds, to {}",
            swept.observations, bounds.quantum
        );
        result(rule, CheckState::Passed, message)
    }

    fn too_little(&self, found: OutOfBounds) -> CheckResult {
        let message = format!(
            "a head at {:.6} s showed {} gone, {} at least was charged by then: {} missing",
            seconds(self.entry(found.index).head().0),
            found.consumed,
            found.bound,
            -found.amount,
        );
        let state = if self.is_topped_up() {
            CheckState::Inconclusive
        } else {
            CheckState::Failed
        };
        result(&checks::INTERVAL, state, message)
    }

    fn too_much(&self, key: usize, found: OutOfBounds) -> CheckResult {
        let head = self.entry(found.index).head();
        let message = format!(
            "a head at {:.6} s showed {} gone, {} at most can have been charged by then: {} too \
             much, charged after {:.6} s",
            seconds(head.0),
            found.consumed,
            found.bound,
            found.amount,
            seconds(found.since.0),
        );
        if let Some(foreign) = self.foreign_on(key) {
            let message = format!("{message}; but {foreign}");
            return result(&checks::INTERVAL, CheckState::Inconclusive, message);
        }
        let charged_to = self.charged_to(key);
        let overlaps = |entry: &Entry| {
            let is_of_it = charged_to.is_none_or(|key| key == entry.key);
            is_of_it && entry.sent <= head && entry.end() >= found.since
        };
        let suspects = self.suspects(found.amount, overlaps);
        CheckResult {
            suspects,
            ..result(&checks::INTERVAL, CheckState::Failed, message)
        }
    }

    /// A key without a cap of its own may be told as 0.00 left: a key that has nothing left is
    /// refused.
    pub(super) fn unlimited(&self, key: usize) -> Option<String> {
        let told = self.facts().of_key(key);
        (told.has_quota && told.has_success && !told.has_balance).then(|| {
            "the quota header is always 0 and calls succeed: a key without a cap, whose header \
             tells nothing"
                .to_owned()
        })
    }

    /// Whether money came in during the run.
    pub(super) fn is_topped_up(&self) -> bool {
        let books = self
            .audit
            .baseline
            .as_ref()
            .zip(self.audit.settled.as_ref());
        books.is_some_and(
            |(before, after)| match (before.topped_up, after.topped_up) {
                (Some(before), Some(after)) => before.credits != after.credits,
                _ => before.transactions != after.transactions,
            },
        )
    }
}
