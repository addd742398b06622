//! What the target's books say at one quiet moment.

use crate::json::Value;

use super::credits::{Amount, Credits};
use crate::protocol::Head;

/// One reading of every source that the target offers. What it does not offer is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    /// The quota header of the last answer of this reading.
    pub quota: Option<Amount>,
    /// `balance.available_usd` of the account, net of holds.
    pub available: Option<Amount>,
    /// `balance.lifetime_spent_usd` of the account.
    pub spent: Option<Amount>,
    /// `totals.total_usd` of the usage buckets.
    pub used: Option<Amount>,
    /// `totals.call_count` of the usage buckets.
    pub calls: Option<u64>,
    /// `total` of the transactions.
    pub transactions: Option<u64>,
    /// `total` of those that are refunds.
    pub refunds: Option<u64>,
    /// `total` of the usage rows.
    pub rows: Option<u64>,
    /// `balance.lifetime_topup_usd` of the account.
    pub topped_up: Option<Amount>,
    /// The organisation's header of the last answer of this reading.
    pub org: Option<Amount>,
    /// Whether the account says that it belongs to an organisation.
    pub has_org: Option<bool>,
    /// Of the spend bucket that the headers tell: its limit, and what is gone of it.
    pub bucket: Option<(Amount, Amount)>,
}

impl Books {
    pub fn head(&mut self, head: &Head) {
        let envelope = super::Envelope::of(head);
        self.quota = envelope.quota.or(self.quota);
        self.org = envelope.org.or(self.org);
        let bucket = envelope.limit.zip(envelope.remaining);
        let bucket = bucket.map(|(limit, remaining)| {
            let gone = Amount {
                credits: limit.credits - remaining.credits,
                quantum: remaining.quantum,
            };
            (limit, gone)
        });
        self.bucket = bucket.or(self.bucket);
    }

    /// `GET /api/v1/me/account`.
    pub fn account(&mut self, body: &Value) {
        let amount = |key: &str| Amount::of_json(body.get("balance")?.get(key)?);
        self.available = amount("available_usd");
        self.spent = amount("lifetime_spent_usd");
        self.topped_up = amount("lifetime_topup_usd");
        self.has_org = body.get("org").map(|org| !org.is_null());
    }

    /// `GET /api/v1/me/usage`.
    pub fn usage(&mut self, body: &Value) {
        let Some(totals) = body.get("totals") else {
            return;
        };
        self.used = totals.get("total_usd").and_then(Amount::of_json);
        self.calls = totals.get("call_count").and_then(Value::as_u64);
    }

    /// `GET /api/v1/me/billing/transactions`.
    pub fn transactions(&mut self, body: &Value) {
        self.transactions = body.get("total").and_then(Value::as_u64);
    }

    /// The same, of refunds alone.
    pub fn refunds(&mut self, body: &Value) {
        self.refunds = body.get("total").and_then(Value::as_u64);
    }

    /// Whether two readings say the same, and of the same sources.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.movement(other).is_none() && self.told() == other.told()
    }

    /// Which sources say something, by the names that [`Self::movement`] has for them.
    fn told(&self) -> [(&'static str, bool); 8] {
        [
            ("call_count", self.calls.is_some()),
            ("the usage buckets' total", self.used.is_some()),
            ("lifetime_spent_usd", self.spent.is_some()),
            ("available_usd", self.available.is_some()),
            ("the quota header", self.quota.is_some()),
            ("the number of transactions", self.transactions.is_some()),
            ("the number of usage rows", self.rows.is_some()),
            ("the organisation's header", self.org.is_some()),
        ]
    }

    /// Whether some source speaks in both readings, so that a movement could have been seen.
    pub fn can_compare(&self, later: &Self) -> bool {
        let mut both = self.told().into_iter().zip(later.told());
        both.any(|(before, after)| before.1 && after.1)
    }

    /// The first source that spoke and does so no more.
    pub fn fell_silent(&self, later: &Self) -> Option<&'static str> {
        let mut both = self.told().into_iter().zip(later.told());
        both.find(|(before, after)| before.1 && !after.1)
            .map(|(before, _)| before.0)
    }

    /// The first source that moved between this reading and a later one, in words.
    pub fn movement(&self, later: &Self) -> Option<String> {
        let moved = |name: &str, before: Option<Amount>, after: Option<Amount>| {
            let (before, after) = (before?.credits, after?.credits);
            (before != after).then(|| format!("{name} went from {before} to {after}"))
        };
        let counted = |name: &str, before: Option<u64>, after: Option<u64>| {
            let (before, after) = (before?, after?);
            (before != after).then(|| format!("{name} went from {before} to {after}"))
        };
        counted("call_count", self.calls, later.calls)
            .or_else(|| moved("the usage buckets' total", self.used, later.used))
            .or_else(|| moved("lifetime_spent_usd", self.spent, later.spent))
            .or_else(|| moved("available_usd", self.available, later.available))
            .or_else(|| moved("the quota header", self.quota, later.quota))
            .or_else(|| {
                counted(
                    "the number of transactions",
                    self.transactions,
                    later.transactions,
                )
            })
            .or_else(|| counted("the number of usage rows", self.rows, later.rows))
            .or_else(|| moved("the organisation's header", self.org, later.org))
    }

    /// What was charged between this reading and a later one, by each source that tells, with its
    /// quantum. The most exact comes first.
    pub fn charged(&self, later: &Self) -> Vec<Charged> {
        let rising = |source, before: Option<Amount>, after: Option<Amount>| {
            let (before, after) = (before?, after?);
            // Zeros at the end of a JSON number are not written, so the finer of the two is nearer
            // to what the source can show, and never finer than that.
            let quantum = before.quantum.min(after.quantum);
            Some(Charged {
                source,
                credits: after.credits - before.credits,
                quantum,
            })
        };
        let sources = [
            rising("usage buckets", self.used, later.used),
            rising("account spend", self.spent, later.spent),
            rising("quota header", later.quota, self.quota),
        ];
        let mut charged: Vec<_> = sources.into_iter().flatten().collect();
        charged.sort_by_key(|charged| charged.quantum);
        charged
    }
}

/// What the sources together tell: the finest of those that moved, since a charge that one of them
/// does not tell is a charge all the same.
pub(super) fn told(charged: &[Charged]) -> Option<&Charged> {
    let mut moved = charged.iter();
    let moved = moved.find(|charged| charged.credits != Credits::ZERO);
    moved.or(charged.first())
}

/// A charge as one source tells it. The true one lies less than `quantum` away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charged {
    pub source: &'static str,
    pub credits: Credits,
    pub quantum: Credits,
}
