//! Money: one wallet, its keys with their caps, and what was written down about it.
//!
//! All amounts are micro-USD. The ledger decides and books; it knows no route, no protocol and no
//! clock of its own. Its law: available = credited − spent − held, always.

mod book;
mod bucket;

pub(crate) use book::{Book, Slot};
pub use book::{Tally, Transaction, UsageRow};
pub(crate) use bucket::{Bucket, WINDOWS};

use crate::clock::Moment;
use crate::config::AccountSetting;

/// A key's own caps and spend.
#[derive(Debug, Clone)]
pub(crate) struct KeyAccount {
    /// 0 is unlimited.
    pub(crate) quota: i64,
    pub(crate) spent: i64,
    pub(crate) buckets: [Bucket; 3],
}

impl KeyAccount {
    pub(crate) fn new(quota: i64, limits: [i64; 3]) -> Self {
        let [five_hours, day, week] = limits;
        let buckets = [
            Bucket::new(WINDOWS[0], five_hours),
            Bucket::new(WINDOWS[1], day),
            Bucket::new(WINDOWS[2], week),
        ];
        Self {
            quota,
            spent: 0,
            buckets,
        }
    }

    pub(crate) fn quota_left(&self) -> Option<i64> {
        (self.quota > 0).then(|| (self.quota - self.spent).max(0))
    }
}

#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) credited: i64,
    pub(crate) spent: i64,
    pub(crate) held: i64,
    keys: Vec<KeyAccount>,
    pub(crate) book: Book,
}

/// Why the ledger does not let a call in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    Balance,
    Quota,
    Bucket {
        name: &'static str,
        used: i64,
        limit: i64,
        reset: u64,
    },
}

/// Which parts of a booking take place. Healthy is all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) money: bool,
    pub(crate) row: bool,
    pub(crate) count: bool,
}

impl Parts {
    pub(crate) const ALL: Self = Self {
        money: true,
        row: true,
        count: true,
    };
}

impl Ledger {
    pub(crate) fn new(account: &AccountSetting, now: Moment) -> Self {
        let limits = [account.bucket_5h, account.bucket_1d, account.bucket_7d];
        let mut ledger = Self {
            credited: account.wallet,
            spent: 0,
            held: 0,
            keys: vec![KeyAccount::new(account.quota, limits)],
            book: Book::default(),
        };
        ledger
            .book
            .transact(now, "topup", account.wallet, account.wallet);
        ledger
    }

    /// What can still be spent: net of holds, and below 0 where calls in flight overshot.
    pub(crate) fn available(&self) -> i64 {
        self.credited - self.spent - self.held
    }

    /// Adds a key and gives its number.
    pub(crate) fn add_key(&mut self, key: KeyAccount) -> u64 {
        self.keys.push(key);
        self.keys.len() as u64
    }

    pub(crate) fn key(&mut self, key: u64) -> &mut KeyAccount {
        let index = usize::try_from(key).unwrap_or(usize::MAX).wrapping_sub(1);
        self.keys
            .get_mut(index)
            .expect("keys are numbered by the ledger and never removed")
    }

    /// Lets a call in and reserves `worst`, or says why not and changes nothing.
    pub(crate) fn admit(&mut self, key: u64, worst: i64, now: Moment) -> Result<(), Denial> {
        let account = self.key(key);
        for bucket in &mut account.buckets {
            if bucket.exhausted(now) {
                return Err(Denial::Bucket {
                    name: bucket.name,
                    used: bucket.used(now),
                    limit: bucket.limit,
                    reset: bucket.reset(now),
                });
            }
        }
        if account.quota_left() == Some(0) {
            return Err(Denial::Quota);
        }
        if self.available() < worst.max(1) {
            return Err(Denial::Balance);
        }
        self.held += worst;
        Ok(())
    }

    /// Credits the wallet, and tells it.
    pub(crate) fn top_up(&mut self, amount: i64, now: Moment) {
        self.credited = self.credited.saturating_add(amount);
        let balance = self.credited - self.spent;
        self.book.transact(now, "topup", amount, balance);
    }

    pub(crate) fn release(&mut self, hold: i64) {
        self.held -= hold;
    }

    /// Takes money off the wallet and the key, without a word anywhere else.
    pub(crate) fn take(&mut self, key: u64, amount: i64, now: Moment) {
        self.spent += amount;
        let account = self.key(key);
        account.spent += amount;
        for bucket in &mut account.buckets {
            bucket.add(amount, now);
        }
    }

    pub(crate) fn book(&mut self, row: UsageRow, parts: Parts) {
        if parts.money {
            self.take(row.key, row.charge, row.at);
        }
        if parts.count {
            let tally = Tally {
                total: row.charge,
                input_tokens: row.input_tokens,
                output_tokens: row.output_tokens,
                call_count: 1,
            };
            self.book.count(slot(&row), tally);
        }
        if parts.row {
            self.book.write_row(row);
        }
    }

    /// A call that cost nothing and is counted all the same: a fault.
    pub(crate) fn count_only(&mut self, row: &UsageRow) {
        self.book.count(
            slot(row),
            Tally {
                call_count: 1,
                ..Tally::default()
            },
        );
    }

    /// Takes back what was taken, and tells it as a refund.
    pub(crate) fn refund_line(&mut self, amount: i64, now: Moment) {
        let balance = self.credited - self.spent;
        self.book.transact(now, "refund", amount, balance);
    }
}

fn slot(row: &UsageRow) -> Slot {
    Slot {
        start: row.at.unix_seconds(),
        model: row.model,
        key: row.key,
    }
}

/// The whole truth about the money, for tests and audits. Micro-USD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSnapshot {
    /// Top-ups minus spend minus holds.
    pub available: i64,
    pub credited: i64,
    pub spent: i64,
    pub held: i64,
    /// Of the ready-made key; none where it is unlimited.
    pub quota_left: Option<i64>,
    pub buckets: Vec<BucketSnapshot>,
    /// The newest 200,000, oldest first.
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

/// One rolling spend cap of the ready-made key.
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
        let key = self.key(1);
        let quota_left = key.quota_left();
        let buckets = key
            .buckets
            .iter_mut()
            .map(|bucket| BucketSnapshot {
                name: bucket.name,
                limit: bucket.limit,
                used: bucket.used(now),
                reset: bucket.reset(now),
            })
            .collect();
        LedgerSnapshot {
            available: self.available(),
            credited: self.credited,
            spent: self.spent,
            held: self.held,
            quota_left,
            buckets,
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
}
