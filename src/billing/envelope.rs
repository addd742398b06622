//! The quota envelope: what every answer's headers say of the key's money.
//!
//! Source: the gateway's quickstart, credits and billing, and rate limits pages.

use super::credits::Amount;
use crate::protocol::Head;

const LIMIT: &str = "x-ratelimit-limit";
const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";
const QUOTA: &str = "x-quota-remaining-credits";
const ORG: &str = "x-org-quota-remaining-credits";
/// A reset further ahead than the longest window (7 days) is no reset of a window.
const FURTHEST_RESET: u64 = 7 * 24 * 3600 + 60;

/// The values of one answer, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope {
    pub quota: Option<Amount>,
    /// The organisation's wallet, for its keys only.
    pub org: Option<Amount>,
    /// Of the spend bucket nearest to constraining the key.
    pub limit: Option<Amount>,
    pub remaining: Option<Amount>,
}

impl Envelope {
    pub fn of(head: &Head) -> Self {
        let amount = |name| head.header(name).and_then(Amount::parse);
        Self {
            quota: amount(QUOTA),
            org: amount(ORG),
            limit: amount(LIMIT),
            remaining: amount(REMAINING),
        }
    }
}

pub(super) fn has_quota(head: &Head) -> bool {
    head.header(QUOTA).is_some()
}

pub(super) fn has_org(head: &Head) -> bool {
    head.header(ORG).is_some()
}

pub(super) fn has_limits(head: &Head) -> bool {
    [LIMIT, REMAINING, RESET]
        .iter()
        .any(|name| head.header(name).is_some())
}

/// What is wrong with an answer's envelope; `None`: nothing. `now`: Unix seconds.
pub(super) fn fault(head: &Head, now: u64) -> Option<String> {
    let mut amounts = [None; 3];
    for (amount, name) in amounts.iter_mut().zip([LIMIT, REMAINING, QUOTA]) {
        let Some(text) = head.header(name) else {
            return Some(format!("no `{name}` header"));
        };
        let Some(read) = Amount::parse(text) else {
            return Some(format!("`{name}: {text}` is no decimal amount"));
        };
        if read.credits.0 < 0 {
            return Some(format!("`{name}: {text}` is below zero"));
        }
        *amount = Some(read.credits);
    }
    let [limit, remaining, _] = amounts;
    if remaining > limit {
        let (remaining, limit) = (head.header(REMAINING)?, head.header(LIMIT)?);
        return Some(format!(
            "`{REMAINING}: {remaining}` is more than `{LIMIT}: {limit}`"
        ));
    }
    let Some(text) = head.header(RESET) else {
        return Some(format!("no `{RESET}` header"));
    };
    let Ok(reset) = text.parse::<u64>() else {
        return Some(format!("`{RESET}: {text}` is no Unix time in seconds"));
    };
    // A second of grace: clocks of two machines, and the way here.
    let future = now.saturating_sub(1)..=now + FURTHEST_RESET;
    (!future.contains(&reset))
        .then(|| format!("`{RESET}: {text}` is not within the next 7 days (now {now})"))
}

/// Decimal places of the quota header's text.
pub(super) fn decimals(head: &Head) -> Option<usize> {
    let text = head.header(QUOTA)?;
    Amount::parse(text)?;
    Some(
        text.split_once('.')
            .map_or(0, |(_, decimals)| decimals.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(values: [&str; 4]) -> Head {
        let names = [LIMIT, REMAINING, RESET, QUOTA];
        let headers = names
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty());
        let headers = headers.map(|(name, value)| ((*name).to_owned(), value.to_owned()));
        Head {
            status: 200,
            headers: headers.collect(),
        }
    }

    #[test]
    fn every_way_of_being_wrong_is_said() {
        let cases = [
            (["50.00", "42.18", "1010", "192.40"], None),
            (["50.00", "50.00", "1000", "0.00"], None),
            (
                ["", "42.18", "1010", "192.40"],
                Some("no `x-ratelimit-limit`"),
            ),
            (
                ["50.00", "x", "1010", "192.40"],
                Some("is no decimal amount"),
            ),
            (["50.00", "50.01", "1010", "192.40"], Some("is more than")),
            (
                ["50.00", "42.18", "2026-01-01", "192.40"],
                Some("is no Unix time"),
            ),
            (["50.00", "42.18", "900", "192.40"], Some("is not within")),
            (
                ["50.00", "42.18", "1000000", "192.40"],
                Some("is not within"),
            ),
            (["50.00", "42.18", "1010", "-1.00"], Some("is below zero")),
            (
                ["50.00", "42.18", "1010", ""],
                Some("no `x-quota-remaining-credits`"),
            ),
        ];
        for (values, expected) in cases {
            let told = fault(&head(values), 1000);
            match expected {
                None => assert_eq!(told, None, "{values:?}"),
                Some(part) => assert!(told.as_ref().is_some_and(|t| t.contains(part)), "{told:?}"),
            }
        }
    }
}
