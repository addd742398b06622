//! What the target's books say at one quiet moment.

use crate::json::Value;

use super::credits::{Amount, Credits};
use super::entry::fingerprint;
use crate::protocol::Head;

const QUOTA_HEADER: &str = "the quota header";
const ORG_HEADER: &str = "the organisation's header";

/// One reading of every source that the target offers. What it does not offer is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Books {
    /// What is told of each key, the main one first.
    pub keys: Vec<KeyBooks>,
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
}

/// What one reading tells of one key. Headers are those of its last answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct KeyBooks {
    /// As messages call it; empty where it is the only one.
    pub name: String,
    pub quota: Option<Amount>,
    /// The organisation's wallet.
    pub org: Option<Amount>,
    /// Of the spend bucket: its limit, and what is gone of it.
    pub bucket: Option<(Amount, Amount)>,
    /// Whether the account says that the key belongs to an organisation.
    pub has_org: Option<bool>,
    /// Hash of the account's own id.
    pub account: Option<u64>,
    /// It is there to be refused, so that nothing is told of it.
    #[serde(default)]
    pub is_barred: bool,
}

impl KeyBooks {
    fn called(&self, what: &str) -> String {
        match self.name.as_str() {
            "" => what.to_owned(),
            name => format!("{what} of `{name}`"),
        }
    }

    fn head(&mut self, head: &Head) {
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
}

impl Books {
    /// Nothing told yet of keys of these names.
    pub fn of_keys<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let key = |name: &str| KeyBooks {
            name: name.to_owned(),
            ..KeyBooks::default()
        };
        let mut keys: Vec<_> = names.map(key).collect();
        if let [only] = keys.as_mut_slice() {
            only.name.clear();
        }
        Self {
            keys,
            ..Self::default()
        }
    }

    /// What is told of a key; nothing where it was not asked.
    pub fn key(&self, number: usize) -> &KeyBooks {
        static NOTHING: KeyBooks = KeyBooks {
            name: String::new(),
            quota: None,
            org: None,
            bucket: None,
            has_org: None,
            account: None,
            is_barred: false,
        };
        self.keys.get(number).unwrap_or(&NOTHING)
    }

    fn key_mut(&mut self, number: u8) -> &mut KeyBooks {
        let number = usize::from(number);
        if self.keys.len() <= number {
            self.keys.resize_with(number + 1, KeyBooks::default);
        }
        &mut self.keys[number]
    }

    pub fn bar(&mut self, key: u8) {
        self.key_mut(key).is_barred = true;
    }

    pub fn head(&mut self, key: u8, head: &Head) {
        self.key_mut(key).head(head);
    }

    /// `GET /api/v1/me/account` with the main key.
    pub fn account(&mut self, body: &Value) {
        let amount = |key: &str| Amount::of_json(body.get("balance")?.get(key)?);
        self.available = amount("available_usd");
        self.spent = amount("lifetime_spent_usd");
        self.topped_up = amount("lifetime_topup_usd");
    }

    /// Whose key it is, by `GET /api/v1/me/account` with it.
    pub fn owner(&mut self, key: u8, body: &Value) {
        let key = self.key_mut(key);
        key.has_org = body.get("org").map(|org| !org.is_null());
        let id = body.get("user").and_then(|user| user.get("id"));
        key.account = id.and_then(Value::plain).map(|id| fingerprint(&id));
    }

    /// What is left of all that was topped up, holds aside.
    fn left(&self) -> Option<Credits> {
        let both = self.topped_up.zip(self.spent);
        let left = both.map(|(topped_up, spent)| topped_up.credits - spent.credits);
        left.or(self.available.map(|available| available.credits))
    }

    /// Whether a key's header has told what is left in the wallet, as it may of a key without a
    /// cap (C-05).
    pub fn tells_wallet(&self, later: &Self, key: usize) -> bool {
        [self, later].into_iter().all(|books| {
            let told = books.key(key).quota.zip(books.left());
            told.is_some_and(|(quota, left)| (quota.credits - left).abs() < quota.quantum)
        })
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
    fn told(&self) -> Vec<(String, bool)> {
        let plain = [
            ("call_count", self.calls.is_some()),
            ("the usage buckets' total", self.used.is_some()),
            ("lifetime_spent_usd", self.spent.is_some()),
            ("available_usd", self.available.is_some()),
            ("the number of transactions", self.transactions.is_some()),
            ("the number of usage rows", self.rows.is_some()),
        ];
        let plain = plain.map(|(name, is_told)| (name.to_owned(), is_told));
        let headers = self.keys.iter().flat_map(|key| {
            [
                (key.called(QUOTA_HEADER), key.quota.is_some()),
                (key.called(ORG_HEADER), key.org.is_some()),
            ]
        });
        plain.into_iter().chain(headers).collect()
    }

    /// Whether some source speaks in both readings, so that a movement could have been seen.
    pub fn can_compare(&self, later: &Self) -> bool {
        let mut both = self.told().into_iter().zip(later.told());
        both.any(|(before, after)| before.1 && after.1)
    }

    /// The first source that spoke and does so no more.
    pub fn fell_silent(&self, later: &Self) -> Option<String> {
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
            .or_else(|| self.moved_header(later, QUOTA_HEADER, |key| key.quota))
            .or_else(|| {
                counted(
                    "the number of transactions",
                    self.transactions,
                    later.transactions,
                )
            })
            .or_else(|| counted("the number of usage rows", self.rows, later.rows))
            .or_else(|| self.moved_header(later, ORG_HEADER, |key| key.org))
    }

    fn moved_header(
        &self,
        later: &Self,
        what: &str,
        of: impl Fn(&KeyBooks) -> Option<Amount>,
    ) -> Option<String> {
        let mut keys = self.keys.iter().zip(&later.keys);
        keys.find_map(|(before, after)| {
            let (from, to) = (of(before)?.credits, of(after)?.credits);
            (from != to).then(|| format!("{} went from {from} to {to}", before.called(what)))
        })
    }

    /// What the headers of all keys together have fallen by, where they tell of the keys and not of
    /// a wallet that all share.
    fn headers_fell(&self, later: &Self) -> Option<Charged> {
        let several = self.keys.len() > 1;
        let mut sum = Charged {
            source: "quota header",
            credits: Credits::ZERO,
            quantum: Credits(1),
        };
        for (number, key) in self.keys.iter().enumerate() {
            if several && self.tells_wallet(later, number) {
                return None;
            }
            if key.is_barred {
                continue;
            }
            let (before, after) = (key.quota?, later.key(number).quota?);
            if is_used_up(before, after) {
                return None;
            }
            sum.credits += before.credits - after.credits;
            sum.quantum += before.quantum.min(after.quantum) - Credits(1);
        }
        (!self.keys.is_empty()).then_some(sum)
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
            self.headers_fell(later),
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

/// A budget that is used up is told as 0, however far it was overspent: its fall tells no charge.
pub(super) fn is_used_up(before: Amount, after: Amount) -> bool {
    before.credits > Credits::ZERO && after.credits == Credits::ZERO
}

/// Whether two sources cannot mean the same: each is wrong by less than its step.
pub(super) fn are_apart(one: &Charged, other: &Charged) -> bool {
    (one.credits - other.credits).abs() >= one.quantum + other.quantum - Credits(1)
}

/// A charge as one source tells it. The true one lies less than `quantum` away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charged {
    pub source: &'static str,
    pub credits: Credits,
    pub quantum: Credits,
}
