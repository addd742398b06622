//! The audits of several processes, written down, read and brought together.

use std::time::Duration;

use super::{MS, Told, terms};
use crate::billing::{Audit, BillingVerdict, Entries, Entry, Moments, Share};
use crate::exchange::Nanos;

/// Each has begun at some other time, and all are moved to the clock of the first.
pub(super) fn together(
    audits: &mut [Audit],
    told: Told,
    entries: fn() -> Entries,
) -> BillingVerdict {
    if let [audit] = audits {
        return audit.verdict();
    }
    let shares = audits.iter().enumerate().map(|(index, audit)| {
        let apart = 7 * MS * index as u64;
        let moments = Moments {
            baseline: Some(Nanos(0)),
            begun: Some(Nanos(0)),
            ended: Some(Nanos(10_000 * MS)),
            settled: Some((Nanos(20_000 * MS), true)),
            probing: None,
        };
        let part = serde_json::to_string(&audit.part(moments)).expect("a part can be written");
        let entries = audit.entries().iter().map(|mut entry| {
            entry.sent = Nanos(entry.sent.0 + 1_000 * MS - apart);
            entry
        });
        let entries: Vec<Entry> = entries.collect();
        let entries = serde_json::to_string(&entries).expect("entries can be written");
        let entries: Vec<Entry> =
            serde_json::from_str(&entries).expect("what was written can be read");
        let part = serde_json::from_str(&part).expect("what was written can be read");
        let mut share = Share::new(part, entries.into());
        share.shift(Duration::from_nanos(apart), Duration::ZERO);
        share
    });
    let shares: Vec<_> = shares.collect();
    let mut together = Audit::new(terms(told));
    together.entries = entries();
    let together = together.of_shares(&shares);
    together.expect("all is in memory").verdict()
}
