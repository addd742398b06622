//! The quota envelope: headers that every answer carries, whatever its status.
//!
//! Where no key is known (401, 404 of a route, assets) they are those of the ready-made key, so
//! that no answer is without them.

use super::State;
use crate::clock::Moment;
use crate::config::Config;
use crate::contract::QuotaHeader;
use crate::incoming::QuotaText;
use crate::money::decimal;
use crate::seed;

const QUOTA: &str = "x-quota-remaining-credits";
/// An unlimited key has no window; its reset is told as the end of the shortest one.
const SHORTEST_WINDOW: u64 = 5 * 3600;
/// How old the value of a stale quota header may get, in seconds.
const CACHED_FOR: u64 = 30;

impl State {
    /// The envelope of `key` at `now`, in the order in which it is sent.
    pub(crate) fn envelope(
        &mut self,
        config: &Config,
        key: u64,
        now: Moment,
        quota_text: QuotaText,
    ) -> Vec<(String, String)> {
        let account = &config.account;
        let print = |micros| decimal(micros, account.decimals, account.rounding);
        let wallet = self.ledger.credited - self.ledger.spent;
        let credited = self.ledger.credited;
        let mine = self.ledger.key(key);
        let quota = match config.contract.quota_header {
            QuotaHeader::KeyQuota => mine.quota_left().unwrap_or(wallet.max(0)),
            QuotaHeader::Wallet => wallet.max(0),
        };
        let tightest = mine
            .buckets
            .iter_mut()
            .filter(|bucket| bucket.limit > 0)
            .map(|bucket| (bucket.remaining(now), bucket.limit, bucket.reset(now)))
            .min_by_key(|(left, ..)| *left);
        let without = (
            wallet.max(0),
            credited,
            now.unix_seconds() + SHORTEST_WINDOW,
        );
        let (left, limit, reset) = tightest.unwrap_or(without);
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = vec![
            header("x-ratelimit-limit", print(limit)),
            header("x-ratelimit-remaining", print(left)),
            header("x-ratelimit-reset", reset.to_string()),
        ];
        match quota_text {
            QuotaText::True => headers.push(header(QUOTA, print(quota))),
            QuotaText::Cached => headers.push(header(QUOTA, print(self.cached(quota, now)))),
            QuotaText::OtherKey => headers.push(header(QUOTA, print(other_key(config)))),
            QuotaText::Twice => {
                headers.extend([header(QUOTA, print(quota)), header(QUOTA, print(quota))]);
            }
            QuotaText::Word => headers.push(header(QUOTA, "unlimited".to_owned())),
            QuotaText::Absent => {}
        }
        if account.org {
            headers.push(header(
                "x-org-quota-remaining-credits",
                print(wallet.max(0)),
            ));
        }
        headers
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
