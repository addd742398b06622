//! Checks of one source against another: BIL-005, BIL-007, BIL-010, BIL-014, BIL-015, BIL-016.

use std::time::Duration;

use super::{Case, result};
use crate::billing::books::{Books, Charged, are_apart};
use crate::billing::checks;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::verdict::{BillingVerdict, CheckResult, CheckState};
use crate::rules::Rule;

/// An organisation's balance may come from a cache so old (a blog post on the gateway's speed).
const ORG_CACHE: Duration = Duration::from_secs(30);
/// The source that tells of our key alone.
const KEYS_OWN: &str = "quota header";

impl Case<'_> {
    /// All that tells what the run was charged, the rows first.
    fn sources(&self, charged: &[Charged]) -> Vec<Charged> {
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
        let told = told.join(", ");
        if let Some(source) = self
            .ends()
            .and_then(|(before, after)| before.fell_silent(after))
        {
            let message = format!("{source} was not told any more after the run: {told}");
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
        result(rule, state, message)
    }

    /// Whether successes that were sent again, alone, were counted wrongly as well.
    fn is_reproduced(&self) -> bool {
        let success = Class::Success.to_string();
        let mut probes = self.audit.probes.iter();
        probes
            .any(|probe| probe.replay && probe.class == success && probe.reproduced() == Some(true))
    }

    /// BIL-010.
    pub(super) fn org(&self, charged: &[Charged]) -> CheckResult {
        let rule = &checks::ORG;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let told = self.ends().and_then(|(before, after)| {
            let mut told = self.keys().filter_map(|key| {
                let org = before.key(key).org.zip(after.key(key).org)?;
                Some((key, org))
            });
            told.next()
        });
        let Some((first, (before, after))) = told else {
            let message = "no answer told of an organisation's wallet".to_owned();
            return result(rule, CheckState::NotChecked, message);
        };
        let gone = before.credits - after.credits;
        let quantum = before.quantum.max(after.quantum);
        let Some((ours, which)) = self.charged_to_org(first, charged) else {
            let message = "nothing tells what its keys were charged".to_owned();
            return result(rule, CheckState::NotChecked, message);
        };
        let message = format!(
            "the organisation's wallet fell by {gone}, {which} charged {} ({})",
            ours.credits, ours.source
        );
        let apart = gone - ours.credits;
        if apart.abs() < quantum + ours.quantum - Credits(1) {
            return result(rule, CheckState::Passed, message);
        }
        if apart > Credits::ZERO {
            let message = format!("{message}; but others of the organisation may have spent");
            return result(rule, CheckState::Inconclusive, message);
        }
        if self.foreign.why.is_some()
            || self.audit.terms.longest().0 < nanos(ORG_CACHE) && self.audit.terms.lambda.is_none()
        {
            let message = format!(
                "{message}; but the balance may be told from a cache, or of another key: say \
                 `lambda` where charges are promised by then"
            );
            return result(rule, CheckState::Inconclusive, message);
        }
        result(rule, CheckState::Failed, message)
    }

    /// What the keys of the organisation were charged, and which they are. `first`: one of them.
    fn charged_to_org(&self, first: usize, charged: &[Charged]) -> Option<(Charged, String)> {
        let (before, _) = self.ends()?;
        let is_of_it = |key: usize| key == first || before.key(key).org.is_some();
        let names: Vec<_> = self.keys().filter(|key| is_of_it(*key)).collect();
        if names.len() == self.keys().len() {
            let which = if names.len() == 1 {
                "its key was".to_owned()
            } else {
                format!("its {} keys were", names.len())
            };
            let ours = self.sources(charged).into_iter().next()?;
            return Some((ours, which));
        }
        let called = names.iter().map(|key| self.audit.terms.keys[*key].as_str());
        let which = called.collect::<Vec<_>>().join(" and ") + " of its keys were";
        let rows = self.rows_of(|entry| is_of_it(usize::from(entry.key)));
        let headers = || {
            let fell = names.iter().map(|key| self.header_fell(*key));
            fell.collect::<Option<Vec<_>>>()?
                .into_iter()
                .reduce(|one, other| Charged {
                    credits: one.credits + other.credits,
                    quantum: one.quantum + other.quantum,
                    ..one
                })
        };
        Some((rows.or_else(headers)?, which))
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
        let message = format!("refunds went from {before} to {after} during the run");
        match &self.foreign.why {
            Some(foreign) => {
                let message = format!("{message}; but {foreign}");
                result(rule, CheckState::Inconclusive, message)
            }
            None => result(rule, CheckState::Failed, message),
        }
    }

    /// BIL-015.
    pub(super) fn holds(&self) -> CheckResult {
        let rule = &checks::HOLDS;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let held = |books: &Books| {
            let (topped_up, spent) = (books.topped_up?, books.spent?);
            let available = books.available?;
            Some(topped_up.credits - spent.credits - available.credits)
        };
        let ends = self
            .ends()
            .and_then(|(before, after)| held(before).zip(held(after)));
        let Some((before, after)) = ends else {
            let message = "the account does not tell top-ups, spend and what is available";
            return result(rule, CheckState::NotChecked, message.to_owned());
        };
        if before != Credits::ZERO {
            let message = format!(
                "before the run {before} of the account was neither spent nor available: others \
                 hold it, or the account counts otherwise"
            );
            return result(rule, CheckState::Inconclusive, message);
        }
        if after == Credits::ZERO {
            let message = "all is spent or available, nothing is held".to_owned();
            return result(rule, CheckState::Passed, message);
        }
        let message = format!("{after} is neither spent nor available after the run");
        let open = self.audit.open_tasks();
        let why = if open > 0 {
            Some(format!("{open} tasks may still be running"))
        } else if let Some(foreign) = &self.foreign.why {
            Some(foreign.clone())
        } else if self.audit.terms.lambda.is_none() && self.has_left_holds() {
            Some("no page says how long what was held for a failure stays held".to_owned())
        } else {
            None
        };
        match why {
            Some(why) => {
                let message = format!("{message}; but {why}");
                result(rule, CheckState::Inconclusive, message)
            }
            None => result(rule, CheckState::Failed, message),
        }
    }

    /// Whether a call ended in a way that may leave its hold to expire.
    fn has_left_holds(&self) -> bool {
        let is_settled = |class: &Class| {
            matches!(
                class,
                Class::Success
                    | Class::UnexpectedSuccess
                    | Class::Free
                    | Class::NotSent
                    | Class::Mistake(_)
                    | Class::TaskCompleted
            )
        };
        !self.audit.counts.keys().all(is_settled)
    }

    /// BIL-016.
    pub(super) fn bucket(&self, charged: &[Charged]) -> CheckResult {
        self.by_key(&checks::BUCKET, |key| self.bucket_of(key, charged))
    }

    fn bucket_of(&self, key: usize, charged: &[Charged]) -> CheckResult {
        let rule: &Rule = &checks::BUCKET;
        if let Some((state, why)) = self.obstacle_of(key) {
            return result(&checks::BUCKET, state, why);
        }
        let says = |state, message| result(&checks::BUCKET, state, message);
        let ends = self
            .ends()
            .and_then(|(before, after)| before.key(key).bucket.zip(after.key(key).bucket));
        let Some(((limit, before), (after_limit, after))) = ends else {
            let message = format!("no answer told the bucket that {} is about", rule.id);
            return says(CheckState::NotChecked, message);
        };
        if limit.credits != after_limit.credits {
            let message = "the headers told of another bucket after the run".to_owned();
            return says(CheckState::Inconclusive, message);
        }
        if limit.credits == Credits::ZERO {
            let message = "a limit of 0: the key has no bucket".to_owned();
            return says(CheckState::NotChecked, message);
        }
        // The bucket of a key without caps is the wallet.
        let is_alone = self.keys().len() > 1 && !self.is_wallet(limit.credits);
        let ours = if is_alone {
            self.charged_on(key)
        } else {
            self.sources(charged).into_iter().next()
        };
        let Some(ours) = ours else {
            let message = "nothing tells what the key was charged".to_owned();
            return says(CheckState::NotChecked, message);
        };
        let grown = after.credits - before.credits;
        let quantum = before.quantum.max(after.quantum) + ours.quantum - Credits(1);
        let message = format!(
            "the bucket filled by {grown}, the key was charged {} ({})",
            ours.credits, ours.source
        );
        let apart = grown - ours.credits;
        if apart.abs() < quantum {
            return says(CheckState::Passed, message);
        }
        // Spend from before the run may have left the window.
        let may_slide = apart < Credits::ZERO && -apart <= before.credits;
        if may_slide || self.foreign_on(key).is_some() {
            let message = format!("{message}; but old spend leaves the window, or others fill it");
            return says(CheckState::Inconclusive, message);
        }
        let suspects = self.suspects(apart, |entry| !is_alone || usize::from(entry.key) == key);
        CheckResult {
            suspects,
            ..says(CheckState::Failed, message)
        }
    }

    fn is_wallet(&self, limit: Credits) -> bool {
        let topped_up = self.ends().and_then(|(before, _)| before.topped_up);
        topped_up.is_some_and(|topped_up| topped_up.credits == limit)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
