//! What one look at all requests tells, so that no check has to go over them for that.

use crate::billing::class::Class;
use crate::billing::credits::Credits;
use crate::billing::entry::Entry;

/// Of the traffic as a whole, and by key.
#[derive(Debug, Default)]
pub(super) struct Facts {
    keys: Vec<OfKey>,
    /// Whether any answer told a balance, and tokens.
    pub(super) has_quota: bool,
    pub(super) has_usage: bool,
    pub(super) has_tasks: bool,
    /// Whether any answer began and did not end well.
    pub(super) has_broken: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OfKey {
    /// Tasks left out.
    pub(super) requests: u64,
    pub(super) has_success: bool,
    pub(super) has_quota: bool,
    /// Whether it told a balance that is not 0.
    pub(super) has_balance: bool,
}

impl Facts {
    pub(super) fn of(entries: impl Iterator<Item = Entry>) -> Self {
        let mut facts = Self::default();
        for entry in entries {
            let key = usize::from(entry.key);
            if facts.keys.len() <= key {
                facts.keys.resize(key + 1, OfKey::default());
            }
            let of_key = &mut facts.keys[key];
            let quota = entry.quota();
            of_key.requests += u64::from(!entry.is_task());
            of_key.has_success |= entry.class == Class::Success;
            of_key.has_quota |= quota.is_some();
            of_key.has_balance |= quota.is_some_and(|quota| quota != Credits::ZERO);
            facts.has_quota |= quota.is_some();
            facts.has_usage |= entry.output != Entry::UNTOLD;
            facts.has_tasks |= entry.is_task();
            facts.has_broken |= entry.class.is_broken();
        }
        facts
    }

    pub(super) fn of_key(&self, key: usize) -> OfKey {
        self.keys.get(key).copied().unwrap_or_default()
    }
}
