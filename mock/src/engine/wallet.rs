//! What is done to the account from outside of the wire: keys made and revoked, money moved.

use std::net::IpAddr;

use rand::Rng;
use thiserror::Error;

use super::keys::{Group, Key};
use super::{Engine, State};
use crate::account::{KeySetting, Range};
use crate::clock::Moment;
use crate::ledger::{KeyAccount, TransactionKind};
use crate::prices;
use crate::seed;

/// Why a key cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("no routing group has the number {0}")]
    Group(u64),
    /// The field, and the text that is none.
    #[error("`{1}` in `{0}` is no address and no range such as 10.0.0.0/8")]
    Range(&'static str, String),
    #[error("`{0}` must be 0 to 1000000 USD")]
    Cap(&'static str),
    /// The secret itself is not told.
    #[error("this secret is taken, or is not 1 to 256 visible ASCII characters")]
    Secret,
    #[error("there are {MOST_KEYS} keys, and no more can be made")]
    TooMany,
}

/// Why a replica cannot be as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    #[error("the key `{name}` cannot be made: {why}")]
    Key {
        name: String,
        #[source]
        why: KeyError,
    },
    #[error("no model `{0}` has a price")]
    Price(String),
}

/// Why money cannot be moved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoveError {
    #[error("an amount must be 1 to {MOST_MOVED} micro-USD")]
    Amount,
    #[error("a top-up must be 5 to 1250 USD")]
    TopUp,
    #[error("a charge is made by a call, not by hand")]
    Usage,
}

/// A key as the engine tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// Counts up from 1; the ready-made key is 1.
    pub number: u64,
    pub name: String,
    pub secret: String,
    /// As usage and the key routes show it.
    pub masked: String,
    pub group: u64,
    pub revoked: bool,
}

const MOST_KEYS: usize = 1_000;
/// Entries of one address list.
const MOST_RANGES: usize = 1_000;
const LONGEST_SECRET: usize = 256;
/// The largest cap of a key: a million USD.
const LARGEST_CAP: i64 = 1_000_000_000_000;
/// So that a wallet never comes near the end of its integers.
const MOST_MOVED: i64 = 1_000_000_000_000_000;
const USD: i64 = 1_000_000;
/// What a top-up of at least so many USD gives on top, in thousandths (top-up page).
const BONUS: [(i64, i64); 4] = [(1_000, 112), (500, 80), (100, 50), (20, 30)];

impl Engine {
    /// Makes a key and tells it, secret included.
    ///
    /// # Errors
    /// The group is unknown, a range or the secret cannot be used, or there are too many keys.
    pub fn add_key(&self, setting: &KeySetting) -> Result<KeyInfo, KeyError> {
        let now = self.clock.now();
        let number = self.make_key(&mut self.state(now), setting, now)?;
        self.keys()
            .into_iter()
            .find(|key| key.number == number)
            .ok_or(KeyError::TooMany)
    }

    /// Every key, the ready-made one first.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyInfo> {
        let state = self.state(self.clock.now());
        let info = |(number, key): (u64, &Key)| KeyInfo {
            number,
            name: key.name.clone(),
            secret: key.secret.clone(),
            masked: key.masked(),
            group: key.group,
            revoked: key.revoked,
        };
        state.keys.all().map(info).collect()
    }

    /// Lets a key be refused from now on, as a mistyped one is. False where none has the number.
    pub fn revoke_key(&self, number: u64) -> bool {
        self.state(self.clock.now()).keys.revoke(number)
    }

    /// Tops the account up by `amount` micro-USD, with the bonus of that amount as a second
    /// transaction, and gives what it came to.
    ///
    /// # Errors
    /// Less than 5 or more than 1,250 USD.
    pub fn top_up(&self, amount: i64) -> Result<i64, MoveError> {
        if !(5 * USD..=1_250 * USD).contains(&amount) {
            return Err(MoveError::TopUp);
        }
        let thousandths = BONUS.iter().find(|(usd, _)| amount >= usd * USD);
        let bonus = thousandths.map_or(0, |(_, thousandths)| amount * thousandths / 1_000);
        let now = self.clock.now();
        let ledger = &mut self.state(now).ledger;
        ledger.transact(TransactionKind::TopUp, amount, now, None);
        if bonus > 0 {
            let note = Some("bonus".to_owned());
            ledger.transact(TransactionKind::TopUp, bonus, now, note);
        }
        Ok(amount + bonus)
    }

    /// Moves `amount` micro-USD into the wallet, or out of it with
    /// [`TransactionKind::AdminDebit`], and leaves a transaction. Not bound to the limits of a
    /// top-up, and without a bonus.
    ///
    /// # Errors
    /// The amount is not positive or is absurd, or the kind is that of a charge.
    pub fn transact(
        &self,
        kind: TransactionKind,
        amount: i64,
        note: Option<&str>,
    ) -> Result<(), MoveError> {
        if !(1..=MOST_MOVED).contains(&amount) {
            return Err(MoveError::Amount);
        }
        let signed = match kind {
            TransactionKind::Usage => return Err(MoveError::Usage),
            TransactionKind::AdminDebit => -amount,
            TransactionKind::TopUp
            | TransactionKind::Refund
            | TransactionKind::AdminCredit
            | TransactionKind::SubscriptionRenew => amount,
        };
        let now = self.clock.now();
        let note = note.map(str::to_owned);
        self.state(now).ledger.transact(kind, signed, now, note);
        Ok(())
    }

    /// Makes the keys of the configuration.
    pub(super) fn furnish(&self, state: &mut State, now: Moment) -> Result<(), ConfigError> {
        for (slug, _) in &self.config.prices.rates {
            if !prices::listed().any(|(known, _)| known == slug) {
                return Err(ConfigError::Price(slug.clone()));
            }
        }
        let account = &self.config.account;
        state.keys.add(Key {
            name: "ready-made".to_owned(),
            secret: self.key.clone(),
            group: 3,
            expires: None,
            whitelist: Vec::new(),
            blacklist: Vec::new(),
            revoked: false,
        });
        let limits = [account.bucket_5h, account.bucket_1d, account.bucket_7d];
        let mut key = KeyAccount::new(account.quota, limits, account.org);
        key.reads.limit = account.account_reads.map_or(0, i64::from);
        state.ledger.add_key(key);
        for setting in &self.config.keys {
            self.make_key(state, setting, now)
                .map_err(|why| ConfigError::Key {
                    name: setting.name.clone(),
                    why,
                })?;
        }
        Ok(())
    }

    /// Makes a key in a state that is locked already, and gives its number.
    pub(super) fn make_key(
        &self,
        state: &mut State,
        setting: &KeySetting,
        now: Moment,
    ) -> Result<u64, KeyError> {
        let group = self.groups.iter().find(|group| group.id == setting.group);
        let group = group.ok_or(KeyError::Group(setting.group))?;
        let mut account = account(setting)?;
        account.reads.limit = self.config.account.account_reads.map_or(0, i64::from);
        let whitelist = ranges("ip_whitelist", &setting.ip_whitelist)?;
        let blacklist = ranges("ip_blacklist", &setting.ip_blacklist)?;
        if state.keys.len() >= MOST_KEYS {
            return Err(KeyError::TooMany);
        }
        let secret = match &setting.secret {
            Some(secret) => secret.clone(),
            None => made_secret(self.config.seed, state.keys.len()),
        };
        let fits = (1..=LONGEST_SECRET).contains(&secret.len())
            && secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits || state.keys.knows(&secret) {
            return Err(KeyError::Secret);
        }
        state.keys.add(Key {
            name: setting.name.clone(),
            secret,
            group: group.id,
            expires: setting.expires_in.map(|days| now.plus(days)),
            whitelist,
            blacklist,
            revoked: false,
        });
        Ok(state.ledger.add_key(account))
    }

    /// The routing group of a key.
    pub(super) fn group_of(&self, state: &State, key: u64) -> &Group {
        let id = state.keys.get(key).map_or(3, |key| key.group);
        self.groups
            .iter()
            .find(|group| group.id == id)
            .expect("a key is made only of a group that is there")
    }
}

fn account(setting: &KeySetting) -> Result<KeyAccount, KeyError> {
    let KeySetting {
        quota,
        bucket_5h,
        bucket_1d,
        bucket_7d,
        org,
        ..
    } = *setting;
    let caps = [
        ("quota", quota),
        ("rate_limit_5h", bucket_5h),
        ("rate_limit_1d", bucket_1d),
        ("rate_limit_7d", bucket_7d),
    ];
    let wrong = caps
        .iter()
        .find(|(_, cap)| !(0..=LARGEST_CAP).contains(cap));
    match wrong {
        Some((name, _)) => Err(KeyError::Cap(name)),
        None => Ok(KeyAccount::new(
            quota,
            [bucket_5h, bucket_1d, bucket_7d],
            org,
        )),
    }
}

fn ranges(field: &'static str, texts: &[String]) -> Result<Vec<Range>, KeyError> {
    if texts.len() > MOST_RANGES {
        let message = format!("{} entries, more than {MOST_RANGES}", texts.len());
        return Err(KeyError::Range(field, message));
    }
    let read = |text: &String| {
        Range::parse(text).ok_or_else(|| {
            let start: String = text.chars().take(64).collect();
            KeyError::Range(field, start)
        })
    };
    texts.iter().map(read).collect()
}

/// Follows from the seed and the number of keys before it.
fn made_secret(seed: u64, number: usize) -> String {
    let tag = seed::hash(seed, &[b"key", &number.to_le_bytes()]);
    let mut dice = seed::dice(tag ^ seed::dice(tag).random::<u64>());
    let letters = seed::letters(&mut dice, seed::ALPHANUMERIC, 40);
    format!("sk-byts-{letters}")
}

/// What a front that knows no address stands for.
pub(super) const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
