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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Nanos;

    #[test]
    fn each_key_is_told_by_its_own_requests() {
        let entry = |class, key| {
            let mut entry = Entry::new(class, Nanos(0));
            entry.key = key;
            entry
        };
        let seen = |entry: Entry, credits| entry.seen(Nanos(1), Some(Credits(credits)));
        let entries = [
            seen(entry(Class::Success, 1), 0),
            entry(Class::Refused, 1),
            seen(entry(Class::Refused, 3), 0),
            seen(entry(Class::Refused, 3), 5),
            entry(Class::TaskFailed, 3).of_task(),
        ];
        let facts = Facts::of(entries.into_iter());
        let told = |key| {
            let one = facts.of_key(key);
            (
                one.requests,
                one.has_success,
                one.has_quota,
                one.has_balance,
            )
        };
        assert_eq!(told(1), (2, true, true, false));
        assert_eq!(told(3), (2, false, true, true));
        for key in [0, 2, 9] {
            assert_eq!(told(key), (0, false, false, false));
        }
        let all = [
            facts.has_quota,
            facts.has_usage,
            facts.has_tasks,
            facts.has_broken,
        ];
        assert_eq!(all, [true, false, true, false]);
        let mut told = entry(Class::TimedOut, 0);
        told.output = 0;
        let facts = Facts::of([told].into_iter());
        assert!(facts.has_usage && facts.has_broken && !facts.has_quota && !facts.has_tasks);
    }
}
