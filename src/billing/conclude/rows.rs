//! Checks of rows against requests: BIL-006, BIL-012, BIL-013.

use super::{Case, result};
use crate::billing::audit::Audit;
use crate::billing::checks;
use crate::billing::class::Class;
use crate::billing::credits::{Amount, Credits};
use crate::billing::entry::{Entry, fingerprint};
use crate::billing::policy::Right;
use crate::billing::reconcile::{NONE, Reconciled, is_refusal};
use crate::billing::verdict::{CheckResult, CheckState};
use crate::rules::Rule;

/// Tokens that may still have been on their way to us when we left.
const ON_THE_WAY: u64 = 64;
/// Amounts of tasks are shown with two decimals; whoever shows more is held to more.
const COARSEST: i64 = 10_000;

impl Case<'_> {
    /// BIL-006.
    pub(super) fn bijection(&self) -> CheckResult {
        let rule = &checks::BIJECTION;
        let rows = match self.rows() {
            Ok(rows) => rows,
            Err((state, why)) => return result(rule, state, why),
        };
        let doubles = self.doubles(rows);
        if !doubles.is_empty() {
            return self.failed(rule, "a second row for one request", &doubles);
        }
        let unwanted = self.unwanted(rows);
        if !unwanted.is_empty() {
            return self.failed(rule, "a row for what is not billable", &unwanted);
        }
        if let Some(late) = &self.audit.late_row {
            let lambda = self.audit.terms.lambda.unwrap_or_default();
            let message = format!("{lambda:?} after the last answer all should be there: {late}");
            return self.late(rule, message);
        }
        if let Some((state, message)) = self.misnamed(rows) {
            return result(rule, state, message);
        }
        let missing = self.missing(rows);
        if !missing.is_empty() {
            // One of the rows of nobody may be theirs, under other names.
            let is_open = |(index, _): &(usize, Credits)| {
                let entry = self.entry(*index);
                entry.is_task() || entry.id == 0 || rows.matching.by_id == 0
            };
            let foreign = self
                .foreign
                .why
                .as_ref()
                .filter(|_| missing.iter().all(is_open));
            let why = self.audit.disturbed.as_ref().or(foreign).cloned();
            if let Some(why) = why.or_else(|| self.unsettled()) {
                return result(rule, CheckState::Inconclusive, why);
            }
            return self.failed(rule, "billable, and no row", &missing);
        }
        if let Some(foreign) = &self.foreign.why {
            return result(rule, CheckState::Inconclusive, foreign.clone());
        }
        let (all, by_id) = (rows.rows.rows.len(), rows.matching.by_id);
        let ambiguous = match rows.matching.ambiguous.len() {
            0 => String::new(),
            count => format!("; {count} of them cannot be told apart"),
        };
        let message = format!("{all} rows, each of one request, {by_id} by its id{ambiguous}");
        result(rule, CheckState::Passed, message)
    }

    /// Rows beyond the first of a request: the request, and what the row tells.
    pub(super) fn doubles(&self, rows: &Reconciled) -> Vec<(usize, Credits)> {
        let doubles = rows.matching.doubles.iter().filter_map(|row| {
            let owner = rows.matching.owners[*row as usize]?;
            Some((owner as usize, rows.sum(&[*row])))
        });
        doubles.collect()
    }

    /// What came too late: a finding, unless it may have come for calls of others.
    pub(super) fn late(&self, rule: &'static Rule, message: String) -> CheckResult {
        let audit = self.audit;
        let others = audit
            .disturbed_before
            .as_ref()
            .or(self.foreign.why.as_ref());
        let (least, most) = audit.expected_calls();
        let counted = audit
            .settled
            .as_ref()
            .and_then(|books| audit.counted(books));
        let is_ours =
            self.rows().is_ok() || counted.is_some_and(|counted| (least..=most).contains(&counted));
        let why = match others {
            Some(why) => why.as_str(),
            None if is_ours => return result(rule, CheckState::Failed, message),
            None => "others may have used this key: no row and no count tells",
        };
        result(
            rule,
            CheckState::Inconclusive,
            format!("{message}; but {why}"),
        )
    }

    /// Requests with a row that should have none, or should cost nothing.
    fn unwanted(&self, rows: &Reconciled) -> Vec<(usize, Credits)> {
        let policy = &self.audit.terms.policy;
        let is_unwanted = |(index, entry): &(usize, Entry)| {
            let has_row = rows.row_of[*index] != NONE;
            let free = policy.billed(entry.class).1 == 0;
            has_row && free && (is_refusal(entry.class) || entry.charge > 0)
        };
        let entries = self.charged().filter(is_unwanted);
        entries
            .map(|(index, entry)| (index, Credits(entry.charge)))
            .collect()
    }

    pub(super) fn missing(&self, rows: &Reconciled) -> Vec<(usize, Credits)> {
        let policy = &self.audit.terms.policy;
        let is_missing = |(index, entry): &(usize, Entry)| {
            rows.row_of[*index] == NONE && policy.billed(entry.class).0 > 0
        };
        let entries = self.each().filter(is_missing);
        entries.map(|(index, _)| (index, Credits::ZERO)).collect()
    }

    /// Where neither rows nor counts tell the last of the calls, and both as many, they come late
    /// and nobody promised otherwise; a lost row would have been counted, and the reverse.
    pub(super) fn unsettled(&self) -> Option<String> {
        let listed = self.rows().ok()?.rows.rows.len() as u64;
        let counted = self.audit.counted(self.audit.settled.as_ref()?)?;
        let least = self.audit.expected_calls().0;
        let is_late = self.audit.terms.lambda.is_none() && counted < least && listed == counted;
        is_late.then(|| {
            format!(
                "{listed} calls of at least {least} had rows and were counted when settling had \
                 to end: a longer `settle_timeout` may help"
            )
        })
    }

    /// Rows that name another key than their requests were sent with.
    fn misnamed(&self, rows: &Reconciled) -> Option<(CheckState, String)> {
        // Of several keys, only an id tells for certain whose request a row is about.
        let is_certain = self.keys().len() == 1 || rows.matching.by_id > 0;
        let mut names: Vec<Vec<&str>> = vec![Vec::new(); self.keys().len()];
        let both = rows.rows.rows.iter().zip(&rows.matching.owners);
        for (row, owner) in both.filter(|_| is_certain) {
            let entry = owner.and_then(|owner| self.entries.get(owner as usize));
            let Some((entry, name)) = entry.zip(row.key.as_deref()) else {
                continue;
            };
            let is_by_id = fingerprint(&row.request_id) == entry.id;
            let known = &mut names[usize::from(entry.key)];
            if (is_by_id || self.keys().len() == 1) && !known.contains(&name) {
                known.push(name);
            }
        }
        if let Some(torn) = names.iter().find(|names| names.len() > 1) {
            let message = format!("rows of one key's requests name {}", torn.join(" and "));
            return Some((CheckState::Failed, message));
        }
        let named = |key: usize| names[key].first();
        let ours = &self.audit.terms.keys;
        let mut pairs = self
            .keys()
            .flat_map(|one| (0..one).map(move |other| (other, one)));
        let (one, other) =
            pairs.find(|(one, other)| named(*one).is_some() && named(*one) == named(*other))?;
        // Or what they name is no key.
        let message = format!(
            "rows of the requests of `{}` and of `{}` name the same key, {}",
            ours[one],
            ours[other],
            named(one)?
        );
        Some((CheckState::Inconclusive, message))
    }

    /// BIL-012.
    pub(super) fn tasks(&self) -> CheckResult {
        let rule = &checks::TASKS;
        if !self.facts().has_tasks {
            return result(rule, CheckState::NotChecked, "no task was made".to_owned());
        }
        if let Err((state, why)) = self.rows() {
            return result(rule, state, why);
        }
        if let Some(why) = self.audit.disturbed.clone() {
            return result(rule, CheckState::Inconclusive, why);
        }
        let mut judged = 0;
        let mut wrong = Vec::new();
        for (index, entry) in self.charged().filter(|(_, entry)| entry.is_task()) {
            let Some(right) = self.right(index, &entry) else {
                continue;
            };
            judged += 1;
            let apart = entry.charge - right.credits.0;
            if apart.abs() >= right.quantum.0 {
                wrong.push((index, Credits(apart)));
            }
        }
        if !wrong.is_empty() {
            return self.failed(rule, "not what the task tells", &wrong);
        }
        if judged == 0 {
            let message = "no task told what it cost".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let message = format!("{judged} tasks cost what they told, once");
        result(rule, CheckState::Passed, message)
    }

    /// What a task must be charged.
    pub(super) fn right(&self, index: usize, entry: &Entry) -> Option<Amount> {
        let exactly = |credits| Amount {
            credits,
            quantum: Credits(1),
        };
        let told = || {
            let index = u32::try_from(index).ok()?;
            let told = self.audit.told.get(&index)?;
            Some(Amount {
                quantum: told.quantum.min(Credits(COARSEST)),
                ..*told
            })
        };
        match (self.audit.terms.policy.of(entry.class), entry.class) {
            (Right::Free, _) => Some(exactly(Credits::ZERO)),
            (Right::Full, Class::TaskCompleted) => told(),
            (Right::Actual | Right::Full, _) => told(),
            (Right::Unspecified, _) => None,
        }
    }

    /// BIL-013.
    pub(super) fn streams(&self) -> CheckResult {
        let rule = &checks::STREAM_FAILURE;
        if !self.facts().has_broken {
            let message = "no stream failed after it had begun".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let rows = match self.rows() {
            Ok(rows) => rows,
            Err((state, why)) => return result(rule, state, why),
        };
        let excesses = self.excesses(rows);
        let judged = excesses.len();
        let charged = excesses.into_iter();
        let wrong: Vec<_> = charged.filter(|(_, one)| *one > Credits::ZERO).collect();
        if !wrong.is_empty() {
            return self.failed(rule, "charged against the policy of its class", &wrong);
        }
        if judged == 0 {
            let message = "the policy leaves open what such an answer costs".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let message = format!("{judged} answers that broke off were charged by their policy");
        result(rule, CheckState::Passed, message)
    }

    /// What each answer that broke off was charged beyond its policy, at least; without those of
    /// which that is open.
    pub(super) fn excesses(&self, rows: &Reconciled) -> Vec<(usize, Credits)> {
        let broken = self.charged().filter(|(_, entry)| entry.class.is_broken());
        let excess = |(index, entry): (usize, Entry)| {
            let excess = self.excess(rows, index, &entry)?;
            Some((index, excess))
        };
        broken.filter_map(excess).collect()
    }

    /// What an answer that broke off was charged beyond its policy; `None`: it leaves it open.
    fn excess(&self, rows: &Reconciled, index: usize, entry: &Entry) -> Option<Credits> {
        let charge = Credits(entry.charge);
        let row = rows.row(index);
        let output = row.and_then(|row| row.output).unwrap_or_default();
        match self.audit.terms.policy.of(entry.class) {
            // The gateway may have sent a token that we had not read when we left, and says so. A
            // row that names no request of ours may be of another's call, unless nothing came.
            Right::Free if entry.class == Class::LeftBeforeToken && output > 0 => {
                let named = row.map(|row| fingerprint(&row.request_id));
                let is_certain = entry.id != 0 && named == Some(entry.id);
                (is_certain && output > ON_THE_WAY).then_some(charge)
            }
            Right::Free => Some(charge),
            Right::Actual => {
                // A token has a byte at least, so no more can have come.
                let most = u64::from(entry.units) + ON_THE_WAY;
                let is_more = row.is_some_and(|row| row.output.is_some()) && output > most;
                let beyond = || Some(charge - self.price_of(entry, row?, most)?);
                Some(match is_more {
                    true => beyond()
                        .filter(|one| *one > Credits::ZERO)
                        .unwrap_or(charge),
                    false => Credits::ZERO,
                })
            }
            Right::Full | Right::Unspecified => None,
        }
    }
}

impl Audit {
    /// A target that keeps so many rows and no more lacks the oldest ones, and hardly another.
    pub(super) fn forgotten(&self, rows: &Reconciled, entries: &[Entry]) -> Option<String> {
        const KEPT: usize = 10_000;
        const AT_ONCE: usize = 1_000;
        let listed = rows.rows.rows.len();
        let both = || entries.iter().zip(&rows.row_of);
        let is_missing =
            |entry: &Entry, row: u32| row == NONE && self.terms.policy.billed(entry.class).0 > 0;
        let missing = both().filter(|(entry, row)| is_missing(entry, **row));
        let last = missing.map(|(entry, _)| entry.end()).max();
        let last = last.filter(|_| listed >= KEPT)?;
        let before = both().filter(|(entry, row)| **row != NONE && entry.end() < last);
        (before.count() <= AT_ONCE)
            .then(|| format!("only the last {listed} rows are listed: the target keeps no more"))
    }

    /// Answers without the organisation's header where all must have it.
    pub(in crate::billing) fn without_org_header(&self, key: usize) -> Option<u64> {
        let tally = self.envelopes.get(key)?;
        let (judged, with) = (tally.judged, tally.with_org);
        let books = self.baseline.as_ref();
        let is_org = with > 0 || books.and_then(|books| books.key(key).has_org) == Some(true);
        (is_org && with < judged).then_some(judged - with)
    }
}
