//! The whole truth about the money, for tests and audits.

use super::{Ledger, Tally, Transaction, UsageRow};
use crate::clock::Moment;

/// The state of the ledger at one moment. Micro-USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSnapshot {
    /// Top-ups minus spend minus holds.
    pub available: i64,
    pub credited: i64,
    pub spent: i64,
    pub held: i64,
    /// Of the ready-made key; none where it is unlimited.
    pub quota_left: Option<i64>,
    /// Of the ready-made key.
    pub buckets: Vec<BucketSnapshot>,
    /// Every key, by its number from 1.
    pub keys: Vec<KeySnapshot>,
    /// Where the account has an organisation.
    pub org: Option<OrgSnapshot>,
    /// The newest that are kept, oldest first.
    pub rows: Vec<UsageRow>,
    /// Over all calls, rows pushed out included.
    pub totals: Tally,
    /// By start in Unix seconds (of a second, or of an hour where long ago), model and key, for
    /// 90 days.
    pub tallies: Vec<(u64, &'static str, u64, Tally)>,
    pub call_count: u64,
    pub transactions: Vec<Transaction>,
    /// Calls let in and not yet ended.
    pub in_flight: u64,
}

/// One key's money. Micro-USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySnapshot {
    /// Counts up from 1; the ready-made key is 1.
    pub key: u64,
    pub spent: i64,
    /// Reserved for its calls in flight.
    pub held: i64,
    /// None where it is unlimited.
    pub quota_left: Option<i64>,
    pub buckets: Vec<BucketSnapshot>,
}

/// The organisation's wallet. Micro-USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrgSnapshot {
    /// What came in minus spend minus holds.
    pub available: i64,
    pub credited: i64,
    pub spent: i64,
    pub held: i64,
}

/// One rolling spend cap of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSnapshot {
    /// `rate_limit_5h` and so on.
    pub name: &'static str,
    /// 0 is unlimited.
    pub limit: i64,
    pub used: i64,
    /// Unix seconds.
    pub reset: u64,
}

impl Ledger {
    pub(crate) fn snapshot(&mut self, now: Moment, in_flight: u64) -> LedgerSnapshot {
        let keys: Vec<_> = (1..=self.key_count())
            .map(|number| self.key_snapshot(number, now))
            .collect();
        let ready_made = &keys[0];
        let org = self.org.as_ref().map(|org| OrgSnapshot {
            available: org.wallet.available(),
            credited: org.wallet.credited,
            spent: org.wallet.spent,
            held: org.wallet.held,
        });
        LedgerSnapshot {
            available: self.wallet.available(),
            credited: self.wallet.credited,
            spent: self.wallet.spent,
            held: self.wallet.held,
            quota_left: ready_made.quota_left,
            buckets: ready_made.buckets.clone(),
            keys,
            org,
            rows: self.book.rows.iter().cloned().collect(),
            totals: self.book.totals,
            tallies: self
                .book
                .tallies()
                .map(|(slot, tally)| (slot.start, slot.model, slot.key, tally))
                .collect(),
            call_count: self.book.totals.call_count,
            transactions: self.book.transactions.iter().cloned().collect(),
            in_flight,
        }
    }

    fn key_snapshot(&mut self, number: u64, now: Moment) -> KeySnapshot {
        let key = self.key(number);
        let buckets = key.buckets.iter_mut().map(|bucket| BucketSnapshot {
            name: bucket.name,
            limit: bucket.limit,
            used: bucket.used(now),
            reset: bucket.reset(now),
        });
        KeySnapshot {
            key: number,
            spent: key.spent,
            held: key.held,
            buckets: buckets.collect(),
            quota_left: key.quota_left(),
        }
    }
}
