//! Money: one wallet, its keys with their caps, and what was written down about it.
//!
//! All amounts are micro-USD. The ledger decides and books; it knows no route, no protocol and no
//! clock of its own. Its law: available = credited − spent − held, always.

mod book;
mod bucket;
mod snapshot;
mod wallet;

pub(crate) use book::{Book, Line, Slot};
pub use book::{Tally, Transaction, TransactionKind, UsageRow};
pub(crate) use bucket::{Bucket, WINDOWS};
pub use snapshot::{BucketSnapshot, KeySnapshot, LedgerSnapshot, OrgSnapshot};
pub(crate) use wallet::{OrgWallet, Wallet};

use crate::account::{AccountSetting, Retention};
use crate::clock::Moment;

/// A key's own caps and spend.
#[derive(Debug, Clone)]
pub(crate) struct KeyAccount {
    /// 0 is unlimited.
    pub(crate) quota: i64,
    pub(crate) spent: i64,
    pub(crate) held: i64,
    pub(crate) buckets: [Bucket; 3],
    /// Its calls are charged to the organisation's wallet as well.
    pub(crate) org: bool,
    /// Reads of the account in the last minute.
    pub(crate) reads: Bucket,
}

impl KeyAccount {
    pub(crate) fn new(quota: i64, limits: [i64; 3], org: bool) -> Self {
        let [five_hours, day, week] = limits;
        let buckets = [
            Bucket::new(WINDOWS[0], five_hours),
            Bucket::new(WINDOWS[1], day),
            Bucket::new(WINDOWS[2], week),
        ];
        Self {
            quota,
            spent: 0,
            held: 0,
            buckets,
            org,
            reads: Bucket::new(("account reads", 60), 0),
        }
    }

    pub(crate) fn quota_left(&self) -> Option<i64> {
        (self.quota > 0).then(|| (self.quota - self.spent).max(0))
    }
}

#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) wallet: Wallet,
    pub(crate) org: Option<OrgWallet>,
    keys: Vec<KeyAccount>,
    /// Messages of the account in the last 12 hours, counted as they are billed.
    pub(crate) messages: Bucket,
    pub(crate) book: Book,
    /// C-11: a charge is a transaction too.
    pub(crate) tells_usage: bool,
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

/// Which purses a charge moves. Healthy is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purses {
    pub(crate) wallet: bool,
    pub(crate) org: bool,
    pub(crate) buckets: bool,
    /// The quota and buckets of another key, or of nobody where there is none.
    pub(crate) other_key: bool,
}

impl Purses {
    pub(crate) const ALL: Self = Self {
        wallet: true,
        org: true,
        buckets: true,
        other_key: false,
    };
}

const MESSAGES: (&str, u64) = ("messages_12h", 12 * 3600);

impl Ledger {
    pub(crate) fn new(account: &AccountSetting, retention: Retention, now: Moment) -> Self {
        let org = account.org || account.org_wallet.is_some();
        let org_wallet = account.org_wallet.unwrap_or(account.wallet);
        let mut ledger = Self {
            wallet: Wallet::default(),
            org: org.then(|| OrgWallet::new(org_wallet, account.org_cache)),
            keys: Vec::new(),
            messages: Bucket::new(MESSAGES, 0),
            book: Book::new(retention),
            tells_usage: false,
        };
        ledger.transact(TransactionKind::TopUp, account.wallet, now, None);
        ledger
    }

    /// What can still be spent: net of holds, and below 0 where calls in flight overshot.
    pub(crate) fn available(&self) -> i64 {
        self.wallet.available()
    }

    /// Adds a key and gives its number.
    pub(crate) fn add_key(&mut self, key: KeyAccount) -> u64 {
        self.keys.push(key);
        self.key_count()
    }

    pub(crate) fn key_count(&self) -> u64 {
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
            bucket.check(now)?;
        }
        if account.quota_left() == Some(0) {
            return Err(Denial::Quota);
        }
        let of_org = account.org;
        let org = self.org.as_mut().filter(|_| of_org);
        let covered = |wallet: Wallet| wallet.available() >= worst.max(1);
        if !covered(self.wallet) || org.is_some_and(|org| !covered(org.seen(now))) {
            return Err(Denial::Balance);
        }
        self.hold(key, worst);
        Ok(())
    }

    fn hold(&mut self, key: u64, amount: i64) {
        let account = self.key(key);
        account.held += amount;
        let of_org = account.org;
        self.wallet.held += amount;
        if let Some(org) = self.org.as_mut().filter(|_| of_org) {
            org.wallet.held += amount;
        }
    }

    pub(crate) fn release(&mut self, key: u64, hold: i64) {
        self.hold(key, -hold);
    }

    /// Takes money off the wallet and the key, without a word anywhere else.
    pub(crate) fn take(&mut self, key: u64, amount: i64, now: Moment) {
        self.pay(key, amount, Purses::ALL, now);
    }

    /// Takes money off some purses.
    pub(crate) fn pay(&mut self, key: u64, amount: i64, purses: Purses, now: Moment) {
        let of_org = self.key(key).org;
        if purses.wallet {
            self.wallet.spent += amount;
            let debtor = if purses.other_key {
                self.other(key)
            } else {
                Some(key)
            };
            if let Some(debtor) = debtor {
                let account = self.key(debtor);
                account.spent += amount;
                if purses.buckets {
                    account.fill(amount, now);
                }
            }
        }
        if purses.wallet
            && purses.org
            && let Some(org) = self.org.as_mut().filter(|_| of_org)
        {
            org.wallet.spent += amount;
        }
        if self.tells_usage && amount != 0 && purses.wallet {
            let line = Line::of(TransactionKind::Usage, -amount);
            self.book.transact(now, line, self.wallet.left());
        }
    }

    /// The next key after this one, if there is another.
    fn other(&self, key: u64) -> Option<u64> {
        (self.key_count() > 1).then(|| key % self.key_count() + 1)
    }

    /// Writes a row of its key.
    pub(crate) fn write(&mut self, row: UsageRow) {
        self.book.write_row(row);
    }

    /// Adds a call to the sums.
    pub(crate) fn count(&mut self, row: &UsageRow) {
        let tally = Tally {
            total: row.charge,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            call_count: 1,
        };
        self.book.count(slot(row), tally);
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

    /// A movement of the wallet that is no call. `amount` is signed.
    pub(crate) fn transact(
        &mut self,
        kind: TransactionKind,
        amount: i64,
        now: Moment,
        note: Option<String>,
    ) {
        self.wallet.credited += amount;
        let line = Line { kind, amount, note };
        self.book.transact(now, line, self.wallet.left());
    }

    /// Takes back what was taken, and tells it as a refund.
    pub(crate) fn refund_line(&mut self, amount: i64, now: Moment) {
        let line = Line::of(TransactionKind::Refund, amount);
        self.book.transact(now, line, self.wallet.left());
    }

    /// Charges before the end of a call what it may cost at most: a fault. The windows are left
    /// alone, so that they show each charge once.
    pub(crate) fn pay_ahead(&mut self, key: u64, amount: i64, now: Moment) {
        let purses = Purses {
            buckets: false,
            ..Purses::ALL
        };
        self.pay(key, amount, purses, now);
    }

    /// Undoes [`Ledger::pay_ahead`] where a call has cost `charge`, and tells the difference.
    pub(crate) fn pay_back(&mut self, key: u64, amount: i64, charge: i64, now: Moment) {
        self.pay_ahead(key, -amount, now);
        if amount > charge {
            self.refund_line(amount - charge, now);
        }
    }
}

impl KeyAccount {
    pub(crate) fn fill(&mut self, amount: i64, now: Moment) {
        for bucket in &mut self.buckets {
            bucket.add(amount, now);
        }
    }
}

fn slot(row: &UsageRow) -> Slot {
    Slot {
        start: row.at.unix_seconds(),
        model: row.model,
        key: row.key,
    }
}
