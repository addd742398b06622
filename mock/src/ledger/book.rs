//! Rows, tallies and transactions: what the ledger writes down.

use std::collections::{BTreeMap, VecDeque};

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

/// A movement of the wallet that is no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Counts up from 1.
    pub id: u64,
    pub at: Moment,
    /// `topup`, `refund`, …
    pub kind: &'static str,
    /// Micro-USD, signed.
    pub amount: i64,
    pub balance_after: i64,
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
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) rows: VecDeque<UsageRow>,
    /// By the second, so that a span of time is cut where it says.
    recent: BTreeMap<Slot, Tally>,
    /// By the hour.
    old: BTreeMap<Slot, Tally>,
    pub(crate) totals: Tally,
    pub(crate) transactions: VecDeque<Transaction>,
    written: u64,
}

/// Rows above this number push the oldest out; sums stay exact.
pub(crate) const ROWS_KEPT: usize = 200_000;
const TRANSACTIONS_KEPT: usize = 100_000;
/// Tallies by the second above this number are joined by the hour, the oldest first.
const SECONDS_KEPT: usize = 100_000;
const HOUR: u64 = 3600;
/// The gateway's usage history ends there.
const HISTORY: u64 = 90 * 24 * HOUR;

impl Book {
    pub(crate) fn write_row(&mut self, mut row: UsageRow) {
        self.written += 1;
        row.id = self.written;
        if self.rows.len() == ROWS_KEPT {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }

    pub(crate) fn count(&mut self, slot: Slot, tally: Tally) {
        self.totals.add(tally);
        self.recent.entry(slot).or_default().add(tally);
        if self.recent.len() > SECONDS_KEPT
            && let Some((mut first, sum)) = self.recent.pop_first()
        {
            first.start -= first.start % HOUR;
            self.old.entry(first).or_default().add(sum);
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

    pub(crate) fn transact(&mut self, at: Moment, kind: &'static str, amount: i64, after: i64) {
        if self.transactions.len() == TRANSACTIONS_KEPT {
            self.transactions.pop_front();
        }
        let id = self.transactions.back().map_or(1, |last| last.id + 1);
        self.transactions.push_back(Transaction {
            id,
            at,
            kind,
            amount,
            balance_after: after,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_outlive_the_rows_and_the_hours_they_came_from() {
        let mut book = Book::default();
        let tally = Tally {
            total: 1,
            input_tokens: 2,
            output_tokens: 3,
            call_count: 1,
        };
        for start in (0..3_000).map(|hour| hour * HOUR) {
            book.count(
                Slot {
                    start,
                    model: "m",
                    key: 1,
                },
                tally,
            );
        }
        assert_eq!(book.totals.call_count, 3_000);
        assert!(book.tallies().count() <= 90 * 24 + 1);
        for number in 0..ROWS_KEPT as u64 + 10 {
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
        }
        assert_eq!(book.rows.len(), ROWS_KEPT);
        assert_eq!(book.rows.front().map(|row| row.id), Some(11));
    }
}
