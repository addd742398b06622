//! Rows, tallies and transactions: what the ledger writes down.

use std::collections::{BTreeMap, VecDeque};

use crate::account::Retention;
use crate::clock::Moment;

/// One billed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// Counts up from 1.
    pub id: u64,
    pub at: Moment,
    pub request_id: String,
    /// Counts up from 1; the ready-made key is 1.
    pub key: u64,
    pub model: &'static str,
    /// The route, for example `/v1/messages`.
    pub endpoint: &'static str,
    /// All input, cached parts included.
    pub input_tokens: u64,
    /// Part of the input that came out of a cache.
    pub cache_read_tokens: u64,
    /// Part of the input that was put into one at a price.
    pub cache_write_tokens: u64,
    pub output_tokens: u64,
    pub images: u64,
    pub seconds: u64,
    /// Micro-USD.
    pub charge: i64,
}

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Micro-USD.
    pub total: i64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub call_count: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.total += other.total;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.call_count += other.call_count;
    }
}

/// Why the wallet moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionKind {
    TopUp,
    Refund,
    AdminCredit,
    AdminDebit,
    SubscriptionRenew,
    /// A charge; only where C-11 says that the transactions hold those.
    Usage,
}

impl TransactionKind {
    pub const ALL: [Self; 6] = [
        Self::TopUp,
        Self::Refund,
        Self::AdminCredit,
        Self::AdminDebit,
        Self::SubscriptionRenew,
        Self::Usage,
    ];

    /// As it is told and asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TopUp => "topup",
            Self::Refund => "refund",
            Self::AdminCredit => "admin_credit",
            Self::AdminDebit => "admin_debit",
            Self::SubscriptionRenew => "subscription_renew",
            Self::Usage => "usage",
        }
    }
}

/// A movement before it has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) kind: TransactionKind,
    pub(crate) amount: i64,
    pub(crate) note: Option<String>,
}

impl Line {
    pub(crate) fn of(kind: TransactionKind, amount: i64) -> Self {
        Self {
            kind,
            amount,
            note: None,
        }
    }
}

/// A movement of the wallet that is no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Counts up from 1.
    pub id: u64,
    pub at: Moment,
    /// `topup`, `refund`, …: the name of a [`TransactionKind`].
    pub kind: &'static str,
    /// Micro-USD, signed.
    pub amount: i64,
    /// Holds aside.
    pub balance_after: i64,
    pub note: Option<String>,
}

/// Where a tally is kept: by time, model and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    /// Start in Unix seconds: of a second, or of an hour once it is old.
    pub(crate) start: u64,
    pub(crate) model: &'static str,
    pub(crate) key: u64,
}

/// The newest rows and every sum.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) rows: VecDeque<UsageRow>,
    /// By the second, so that a span of time is cut where it says.
    recent: BTreeMap<Slot, Tally>,
    /// By the hour.
    old: BTreeMap<Slot, Tally>,
    pub(crate) totals: Tally,
    /// Micro-USD by model, over all calls.
    pub(crate) by_model: BTreeMap<&'static str, i64>,
    pub(crate) transactions: VecDeque<Transaction>,
    retention: Retention,
    /// Rows ever written.
    written: u64,
}

const HOUR: u64 = 3600;
/// The gateway's usage history ends there.
const HISTORY: u64 = 90 * 24 * HOUR;

impl Book {
    pub(crate) fn new(retention: Retention) -> Self {
        let Retention {
            rows,
            tallies,
            transactions,
            tasks,
        } = retention;
        Self {
            rows: VecDeque::new(),
            recent: BTreeMap::new(),
            old: BTreeMap::new(),
            totals: Tally::default(),
            by_model: BTreeMap::new(),
            transactions: VecDeque::new(),
            retention: Retention {
                rows: rows.max(1),
                tallies: tallies.max(1),
                transactions: transactions.max(1),
                tasks,
            },
            written: 0,
        }
    }

    pub(crate) fn write_row(&mut self, mut row: UsageRow) {
        self.written += 1;
        row.id = self.written;
        if self.rows.len() == self.retention.rows {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    pub(crate) fn count(&mut self, slot: Slot, tally: Tally) {
        self.totals.add(tally);
        *self.by_model.entry(slot.model).or_default() += tally.total;
        self.recent.entry(slot).or_default().add(tally);
        if self.recent.len() > self.retention.tallies
            && let Some((mut first, sum)) = self.recent.pop_first()
        {
            first.start -= first.start % HOUR;
            self.old.entry(first).or_default().add(sum);
        }
        if self.old.len() > self.retention.tallies {
            self.old.pop_first();
        }
        let oldest = slot.start.saturating_sub(HISTORY);
        for tallies in [&mut self.old, &mut self.recent] {
            while let Some(entry) = tallies.first_entry()
                && entry.key().start < oldest
            {
                entry.remove();
            }
        }
    }

    pub(crate) fn tallies(&self) -> impl Iterator<Item = (Slot, Tally)> + '_ {
        self.old
            .iter()
            .chain(&self.recent)
            .map(|(slot, tally)| (*slot, *tally))
    }

    pub(crate) fn transact(&mut self, at: Moment, line: Line, balance_after: i64) {
        let id = self.transactions.back().map_or(1, |last| last.id + 1);
        if self.transactions.len() == self.retention.transactions {
            self.transactions.pop_front();
        }
        self.transactions.push_back(Transaction {
            id,
            at,
            kind: line.kind.name(),
            amount: line.amount,
            balance_after,
            note: line.note,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Tally = Tally {
        total: 1,
        input_tokens: 2,
        output_tokens: 3,
        call_count: 1,
    };

    fn at(start: u64, key: u64) -> Slot {
        Slot {
            start,
            model: "m",
            key,
        }
    }

    fn few() -> Book {
        Book::new(Retention {
            rows: 50,
            tallies: 20,
            transactions: 3,
            tasks: 1,
        })
    }

    #[test]
    fn sums_outlive_the_hours_they_came_from() {
        let mut book = Book::new(Retention::default());
        for start in (0..3_000).map(|hour| hour * HOUR) {
            book.count(at(start, 1), ONE);
        }
        assert_eq!(book.totals.call_count, 3_000);
        assert_eq!(book.by_model["m"], 3_000);
        assert!(book.tallies().count() <= 90 * 24 + 1);
    }

    #[test]
    fn seconds_are_joined_by_the_hour_and_hours_are_bounded_too() {
        let mut book = few();
        for second in 0..1_000 {
            book.count(at(7_200 + second, 1), ONE);
        }
        let sum: u64 = book.tallies().map(|(_, tally)| tally.call_count).sum();
        assert_eq!(sum, 1_000, "nothing is lost while the hours have room");
        assert_eq!(book.tallies().count(), 21);
        for key in 0..1_000 {
            book.count(at(20_000 + key, key), ONE);
        }
        assert!(book.tallies().count() <= 40);
        assert_eq!(book.totals.call_count, 2_000);
    }

    #[test]
    fn rows_and_transactions_push_out_the_oldest_and_keep_their_numbers() {
        let mut book = few();
        for number in 0..60 {
            book.write_row(UsageRow {
                id: 0,
                at: Moment(number),
                request_id: String::new(),
                key: 1,
                model: "m",
                endpoint: "/",
                input_tokens: 0,
                cache_read_tokens: 0,
                cache_write_tokens: 0,
                output_tokens: 0,
                images: 0,
                seconds: 0,
                charge: 0,
            });
            book.transact(Moment(number), Line::of(TransactionKind::TopUp, 1), 1);
        }
        assert_eq!(book.rows.len(), 50);
        assert_eq!(book.rows.front().map(|row| row.id), Some(11));
        let ids: Vec<_> = book.transactions.iter().map(|line| line.id).collect();
        assert_eq!(ids, [58, 59, 60]);
    }
}
