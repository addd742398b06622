//! Checks of purses that headers and account tell of: BIL-010, BIL-015, BIL-016.

use std::time::Duration;

use super::{Case, result};
use crate::billing::books::{Books, Charged};
use crate::billing::checks;
use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;
use crate::billing::verdict::{CheckResult, CheckState};
use crate::rules::Rule;

/// An organisation's balance may come from a cache so old (a blog post on the gateway's speed).
const ORG_CACHE: Duration = Duration::from_secs(30);

impl Case<'_> {
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
            let message = format!("{message}; less than {quantum} apart would not show");
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
        let is_of_it = |entry: &Entry| {
            let ends = self.ends();
            ends.is_some_and(|(before, _)| before.key(usize::from(entry.key)).org.is_some())
        };
        CheckResult {
            suspects: self.suspects(apart, is_of_it),
            ..result(rule, CheckState::Failed, message)
        }
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
        let is_sure = names.iter().all(|key| !self.is_unsure(*key));
        let rows = self.rows_of(|entry| is_of_it(usize::from(entry.key)));
        let rows = rows.filter(|_| is_sure);
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
        let held = self.classes(|entry| self.audit.terms.policy.billed(entry.class).1 > 0);
        let message = format!(
            "{after} is neither spent nor available after the run, which calls were to reserve and \
             give back ({held})"
        );
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
            let message = format!("{message}; less than {quantum} apart would not show");
            return says(CheckState::Passed, message);
        }
        if apart < Credits::ZERO && after.credits >= limit.credits {
            let message = format!("{message}; it is full, and overspent by what it does not tell");
            return says(CheckState::NotChecked, message);
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
