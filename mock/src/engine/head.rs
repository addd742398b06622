//! The quota envelope: headers that every answer carries, whatever its status.
//!
//! Where no key is known (401, 404 of a route, assets) they are those of the ready-made key, so
//! that no answer is without them.

use super::State;
use crate::account::UnlimitedText;
use crate::clock::Moment;
use crate::config::Config;
use crate::contract::QuotaHeader;
use crate::fault::Fault;
use crate::incoming::{HeadEdits, LimitsText, QuotaText};
use crate::money::decimal;
use crate::seed;

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";
const QUOTA: &str = "x-quota-remaining-credits";
const ORG: &str = "x-org-quota-remaining-credits";
/// An unlimited key has no window; its reset is told as the end of the shortest one.
const SHORTEST_WINDOW: u64 = 5 * 3600;
/// How old the value of a stale quota header may get, in seconds.
const CACHED_FOR: u64 = 30;
const CENT: i64 = 10_000;
const USD: i64 = 1_000_000;

/// What is left of the tightest bucket, its limit, and its reset in Unix seconds.
struct Tightest {
    left: i64,
    limit: i64,
    reset: u64,
}

impl State {
    /// The envelope of `key` at `now`, in the order in which it is sent. `number` counts answers.
    pub(crate) fn envelope(
        &mut self,
        config: &Config,
        (key, number): (u64, u64),
        now: Moment,
        edits: HeadEdits,
    ) -> Vec<(String, String)> {
        let account = &config.account;
        let print = |micros, decimals| decimal(micros, decimals, account.rounding);
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = Vec::with_capacity(5);
        if edits.limits != LimitsText::Absent
            && let Some(mut shown) = self.tightest(config, key, now)
        {
            match edits.limits {
                LimitsText::PastReset => shown.reset = now.unix_seconds().saturating_sub(60),
                LimitsText::AboveLimit => shown.left = shown.limit.saturating_add(USD),
                LimitsText::True | LimitsText::Absent => {}
            }
            headers.push(header(LIMIT, print(shown.limit, account.decimals)));
            headers.push(header(REMAINING, print(shown.left, account.decimals)));
            headers.push(header(RESET, shown.reset.to_string()));
        }
        if let Some(quota) = self.quota(config, key) {
            let decimals = account.decimals.min(6);
            let unit = 10_i64.pow(6 - decimals);
            let told = match edits.quota {
                QuotaText::True => Some(print(quota, decimals)),
                QuotaText::Cached => Some(print(self.cached(quota, now), decimals)),
                QuotaText::Word => Some("unlimited".to_owned()),
                QuotaText::Absent => None,
                QuotaText::OtherKey => Some(print(other_key(config), decimals)),
                QuotaText::Twice => {
                    let told = print(quota, decimals);
                    headers.push(header(QUOTA, told.clone()));
                    Some(told)
                }
                QuotaText::Less => Some(print(quota - unit, decimals)),
                QuotaText::Rising => {
                    let more = i64::try_from(number).unwrap_or(i64::MAX);
                    let more = more.saturating_mul(CENT.max(unit));
                    Some(print(quota.saturating_add(more), decimals))
                }
                QuotaText::Finer => {
                    let finer = if decimals == 6 { 5 } else { decimals + 1 };
                    let is_odd = number % 2 == 1;
                    Some(print(quota, if is_odd { finer } else { decimals }))
                }
            };
            headers.extend(told.map(|told| header(QUOTA, told)));
        }
        let of_org = self.ledger.key(key).org && !edits.without_org;
        if let Some(org) = self.ledger.org.as_mut().filter(|_| of_org) {
            let left = org.seen(now).left().max(0);
            headers.push(header(ORG, print(left, account.decimals)));
        }
        headers
    }

    /// Of the buckets with a limit, the one with the least left. None where nothing is to be told.
    fn tightest(&mut self, config: &Config, key: u64, now: Moment) -> Option<Tightest> {
        let limited = self.ledger.key(key).buckets.iter_mut();
        let limited = limited.filter(|bucket| bucket.limit > 0);
        let told = limited.map(|bucket| Tightest {
            left: bucket.remaining(now).min(bucket.limit),
            limit: bucket.limit,
            reset: bucket.reset(now),
        });
        if let Some(tightest) = told.min_by_key(|shown| shown.left) {
            return Some(tightest);
        }
        let wallet = self.ledger.wallet;
        let (left, limit) = match config.account.unlimited {
            UnlimitedText::Wallet => (wallet.left().max(0), wallet.credited.max(0)),
            UnlimitedText::Zero => (0, 0),
            UnlimitedText::Absent => return None,
        };
        Some(Tightest {
            left,
            limit,
            reset: now.unix_seconds() + SHORTEST_WINDOW,
        })
    }

    /// What the quota header counts. None where it is not sent.
    fn quota(&mut self, config: &Config, key: u64) -> Option<i64> {
        let wallet = self.ledger.wallet.left().max(0);
        let mine = match config.contract.quota_header {
            QuotaHeader::KeyQuota => self.ledger.key(key).quota_left(),
            QuotaHeader::Wallet => Some(wallet),
        };
        mine.or(match config.account.unlimited {
            UnlimitedText::Wallet => Some(wallet),
            UnlimitedText::Zero => Some(0),
            UnlimitedText::Absent => None,
        })
    }

    fn cached(&mut self, quota: i64, now: Moment) -> i64 {
        match self.cached_quota {
            Some((at, value)) if now.since(at).as_secs() < CACHED_FOR => value,
            _ => {
                self.cached_quota = Some((now, quota));
                quota
            }
        }
    }
}

/// What faults make of the envelope of an answer.
pub(crate) fn edits(faults: &[Fault]) -> HeadEdits {
    let has = |fault: &Fault| faults.contains(fault);
    let quota = [
        (Fault::HeaderMissing, QuotaText::Absent),
        (Fault::HeaderNotDecimal, QuotaText::Word),
        (Fault::HeaderStale, QuotaText::Cached),
        (Fault::HeaderOffByOne, QuotaText::Less),
        (Fault::QuotaRises, QuotaText::Rising),
        (Fault::DecimalsVary, QuotaText::Finer),
        (Fault::HeaderOtherKey, QuotaText::OtherKey),
        (Fault::HeaderDoubled, QuotaText::Twice),
    ];
    let limits = [
        (Fault::RateLimitHeadersMissing, LimitsText::Absent),
        (Fault::ResetInPast, LimitsText::PastReset),
        (Fault::RemainingAboveLimit, LimitsText::AboveLimit),
    ];
    let quota = quota.iter().find(|(fault, _)| has(fault));
    let limits = limits.iter().find(|(fault, _)| has(fault));
    HeadEdits {
        quota: quota.map_or(QuotaText::True, |(_, text)| *text),
        limits: limits.map_or(LimitsText::True, |(_, text)| *text),
        without_org: has(&Fault::OrgHeaderMissing),
    }
}

/// What some other key has left, in whole cents below a hundred USD.
fn other_key(config: &Config) -> i64 {
    let cents = seed::hash(config.seed, &[b"another key"]) % 10_000;
    i64::try_from(cents).unwrap_or(0) * 10_000
}

/// Puts `fresh` in the place of the headers of the same names; others stay as they are.
pub(crate) fn replace(headers: &mut [(String, String)], fresh: Vec<(String, String)>) {
    for (name, value) in fresh {
        if let Some(header) = headers.iter_mut().find(|(known, _)| *known == name) {
            header.1 = value;
        }
    }
}
