//! Several keys at once: what is told of each stands by itself, and is brought together by check.

use super::{Case, result};
use crate::billing::audit::Tally;
use crate::billing::books::{Books, Charged, are_apart, is_used_up};
use crate::billing::credits::Credits;
use crate::billing::entries::Entries;
use crate::billing::entry::Entry;
use crate::billing::reconcile::Reconciled;
use crate::billing::verdict::{CheckResult, CheckState, KeyRow};
use crate::rules::Rule;

/// Rows of nobody: others use a key, or the account.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    /// What is told of it; `None`: there are no such rows.
    pub(super) why: Option<String>,
    /// By key: whether some of it may be of this one.
    hits: Vec<bool>,
}

impl Foreign {
    pub(super) fn of(reconciled: &Reconciled, entries: &Entries, keys: usize) -> Self {
        let orphans = &reconciled.matching.orphans;
        let rows = &reconciled.rows.rows;
        let Some(first) = orphans.first().and_then(|row| rows.get(*row as usize)) else {
            return Self::default();
        };
        let id = match first.request_id.as_str() {
            "" => "without a request id".to_owned(),
            id => format!("request {id}"),
        };
        let key = first.key.as_deref();
        let key = key.map(|key| format!(", key {key}")).unwrap_or_default();
        let why = format!(
            "{} usage rows, {} together, are of no request of this run (the first: {id}{key}, \
             model {}): others use this key or account",
            orphans.len(),
            reconciled.sum(orphans),
            first.model,
        );
        let names = names(reconciled, entries, keys);
        let mut hits = vec![false; keys];
        for orphan in orphans {
            let theirs = rows
                .get(*orphan as usize)
                .and_then(|row| row.key.as_deref());
            for (hit, ours) in hits.iter_mut().zip(&names) {
                // A key whose rows have told no name may bear any.
                *hit |= theirs.is_none() || ours.is_none() || *ours == theirs;
            }
        }
        Self {
            why: Some(why),
            hits,
        }
    }

    /// Others may have used any of them.
    pub(super) fn may_be(why: &str) -> Self {
        Self {
            why: Some(why.to_owned()),
            hits: Vec::new(),
        }
    }

    /// What may have been charged to this key by others.
    pub(super) fn on(&self, key: usize) -> Option<&String> {
        let is_hit = self.hits.get(key).copied().unwrap_or(true);
        self.why.as_ref().filter(|_| is_hit)
    }
}

/// What the rows call each of our keys; `None`: nothing, or several names.
fn names<'a>(reconciled: &'a Reconciled, entries: &Entries, keys: usize) -> Vec<Option<&'a str>> {
    let mut names: Vec<Option<&str>> = vec![None; keys];
    let mut is_torn = vec![false; keys];
    for (row, owner) in reconciled.rows.rows.iter().zip(&reconciled.matching.owners) {
        let entry = owner.and_then(|owner| entries.get(owner as usize));
        let Some((entry, name)) = entry.zip(row.key.as_deref()) else {
            continue;
        };
        let key = usize::from(entry.key);
        let known = names[key].get_or_insert(name);
        is_torn[key] |= *known != name;
    }
    for (name, is_torn) in names.iter_mut().zip(is_torn) {
        *name = name.filter(|_| !is_torn);
    }
    names
}

impl Case<'_> {
    pub(super) fn keys(&self) -> std::ops::Range<usize> {
        0..self.audit.terms.key_count()
    }

    /// One check made of each key. One that is broken for a key is broken; where no key can be
    /// judged, it is not.
    pub(super) fn by_key(
        &self,
        rule: &'static Rule,
        check: impl Fn(usize) -> CheckResult,
    ) -> CheckResult {
        if self.keys().len() == 1 {
            return check(0);
        }
        let mut state = CheckState::NotChecked;
        let mut messages = Vec::new();
        let mut suspects = Vec::new();
        for key in self.keys() {
            let one = check(key);
            let rank = |state| match state {
                CheckState::NotChecked => 0,
                CheckState::Passed => 1,
                CheckState::Inconclusive => 2,
                CheckState::Failed => 3,
            };
            if rank(one.state) > rank(state) {
                state = one.state;
            }
            let name = &self.audit.terms.keys[key];
            let told = one.state.name().replace('_', " ");
            messages.push((rank(one.state), format!("`{name}` {told}: {}", one.message)));
            suspects.extend(one.suspects);
        }
        // What is wrong first.
        messages.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let messages: Vec<_> = messages.into_iter().map(|(_, message)| message).collect();
        CheckResult {
            suspects,
            ..result(rule, state, messages.join("; "))
        }
    }

    /// What the answers to a key's requests told in their heads.
    pub(super) fn tally(&self, key: usize) -> &Tally {
        static NOTHING: Tally = Tally::nothing();
        self.audit.envelopes.get(key).unwrap_or(&NOTHING)
    }

    /// Whether a key's header tells of a wallet that other keys of the run are charged to as well.
    pub(super) fn is_shared(&self, key: usize) -> bool {
        let ends = self.ends().filter(|_| self.keys().len() > 1);
        ends.is_some_and(|(before, after)| before.tells_wallet(after, key))
    }

    /// Whose charges move a key's header; `None`: those of all keys.
    pub(super) fn charged_to(&self, key: usize) -> Option<u8> {
        let number = u8::try_from(key).ok();
        number.filter(|_| !self.is_shared(key))
    }

    /// What stands between a check of this key's header and a verdict: traffic of others, seen on
    /// other keys and told by rows, does not.
    pub(super) fn obstacle_of(&self, key: usize) -> Option<(CheckState, String)> {
        let obstacle = self.obstacle()?;
        let moved = self.audit.moved_before.as_ref();
        let is_spared = self.rows().is_ok()
            && self.keys().len() > 1
            && self.unsettled().is_none()
            && moved.is_some_and(|moved| moved.get(key) == Some(&false))
            && !self.is_shared(key);
        (!is_spared).then_some(obstacle)
    }

    /// What others may have charged to this key's header.
    pub(super) fn foreign_on(&self, key: usize) -> Option<&String> {
        if self.is_shared(key) {
            return self.foreign.why.as_ref();
        }
        self.foreign.on(key)
    }

    /// The sum of the rows of a key's requests, doubles included.
    pub(super) fn rows_of(&self, is_of: impl Fn(&Entry) -> bool) -> Option<Charged> {
        self.rows().ok()?;
        let mut sum = Credits::ZERO;
        let entries = self.charged().filter(|(_, entry)| is_of(entry));
        entries.for_each(|(_, entry)| sum += Credits(entry.charge));
        Some(Charged {
            source: "usage rows",
            credits: sum,
            quantum: Credits(1),
        })
    }

    /// What a key's own header has fallen by.
    pub(super) fn header_fell(&self, key: usize) -> Option<Charged> {
        let (before, after) = self.ends()?;
        let (before, after) = (before.key(key).quota?, after.key(key).quota?);
        let is_own =
            !self.is_shared(key) && self.unlimited(key).is_none() && !is_used_up(before, after);
        is_own.then(|| Charged {
            source: "quota header",
            credits: before.credits - after.credits,
            quantum: before.quantum.max(after.quantum),
        })
    }

    /// Whether some rows could as well be of like requests of another key, and tell something else.
    pub(super) fn is_unsure(&self, key: usize) -> bool {
        let rows = self.rows().ok();
        rows.zip(u8::try_from(key).ok())
            .is_some_and(|(rows, key)| rows.matching.unsure_keys.contains(&key))
    }

    /// The sum of the rows of a key's requests; `None`: which rows those are is not certain.
    fn rows_of_key(&self, key: usize) -> Option<Charged> {
        let is_sure = !self.is_unsure(key);
        self.rows_of(|entry| usize::from(entry.key) == key)
            .filter(|_| is_sure)
    }

    /// The finest that tells what a key alone was charged.
    pub(super) fn charged_on(&self, key: usize) -> Option<Charged> {
        self.rows_of_key(key).or_else(|| self.header_fell(key))
    }

    /// BIL-005 for one of several keys: its rows against its own header.
    pub(super) fn key_apart(&self, rule: &'static Rule, key: usize) -> Option<CheckResult> {
        let rows = self.rows_of(|entry| usize::from(entry.key) == key)?;
        let header = self.header_fell(key)?;
        if let Some((state, why)) = self.obstacle_of(key) {
            return Some(result(rule, state, why));
        }
        if !are_apart(&rows, &header) {
            return None;
        }
        let amount = header.credits - rows.credits;
        let message = format!(
            "rows of its requests {}, its quota header fell by {}: {} apart",
            rows.credits,
            header.credits,
            amount.abs()
        );
        let unsure = || {
            let why = "rows without ids may be of like requests of another key";
            self.is_unsure(key).then(|| why.to_owned())
        };
        if let Some(why) = self.foreign_on(key).cloned().or_else(unsure) {
            let message = format!("{message}; but {why}");
            return Some(result(rule, CheckState::Inconclusive, message));
        }
        let suspects = self.suspects(amount, |entry| usize::from(entry.key) == key);
        Some(CheckResult {
            suspects,
            ..result(rule, CheckState::Failed, message)
        })
    }

    /// Why sums over all keys would mean nothing.
    pub(super) fn different_accounts(&self) -> Option<String> {
        let (before, _) = self.ends()?;
        let told = |key: usize| before.key(key).account;
        let first = told(0)?;
        let mut others = self.keys().skip(1);
        let other = others.find(|key| told(*key).is_some_and(|one| one != first))?;
        let names = &self.audit.terms.keys;
        Some(format!(
            "`{}` and `{}` are keys of two accounts, and sums of both are not compared: audit each \
             in a run of its own",
            names[0], names[other]
        ))
    }

    /// The table of keys; nothing where there is one.
    pub(super) fn key_rows(&self) -> Vec<KeyRow> {
        if self.keys().len() == 1 {
            return Vec::new();
        }
        let row = |key: usize| {
            let header = self.header_fell(key);
            let of_rows = self.rows_of_key(key);
            KeyRow {
                name: self.audit.terms.keys[key].clone(),
                requests: self.facts().of_key(key).requests,
                charged: of_rows.map(|rows| rows.credits),
                header: header.map(|header| header.credits),
                detection_limit: header.map(|header| header.quantum),
                tells_wallet: self.is_shared(key),
                foreign: self.foreign_on(key).is_some(),
            }
        };
        self.keys().map(row).collect()
    }

    /// Both ends of the run.
    pub(super) fn ends(&self) -> Option<(&Books, &Books)> {
        let before = self.audit.baseline.as_ref();
        before.zip(self.audit.settled.as_ref())
    }
}
