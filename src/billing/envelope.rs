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
        Said::by(head).amounts()
    }
}

/// The same as its answer has it, each read where it must be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'a> {
    quota: Told<'a>,
    org: Told<'a>,
    limit: Told<'a>,
    remaining: Told<'a>,
    reset: Option<&'a str>,
}

/// A header, and the amount that it is. `None`: there is no such header, or it is no amount.
#[derive(Debug, Clone, Copy, Default)]
struct Told<'a> {
    text: Option<&'a str>,
    amount: Option<Amount>,
}

impl<'a> Said<'a> {
    pub(super) fn by(head: &'a Head) -> Self {
        let mut said = Self::default();
        for (name, value) in head.each_header() {
            if !name.starts_with("x-") {
                continue;
            }
            let told = match name {
                QUOTA => &mut said.quota,
                ORG => &mut said.org,
                LIMIT => &mut said.limit,
                REMAINING => &mut said.remaining,
                RESET => {
                    said.reset.get_or_insert(value);
                    continue;
                }
                _ => continue,
            };
            // The first of a name counts.
            if told.text.is_none() {
                let amount = Amount::parse(value);
                *told = Told {
                    text: Some(value),
                    amount,
                };
            }
        }
        said
    }

    pub(super) fn amounts(&self) -> Envelope {
        Envelope {
            quota: self.quota.amount,
            org: self.org.amount,
            limit: self.limit.amount,
            remaining: self.remaining.amount,
        }
    }

    pub(super) fn has_quota(&self) -> bool {
        self.quota.text.is_some()
    }

    pub(super) fn has_org(&self) -> bool {
        self.org.text.is_some()
    }

    pub(super) fn has_limits(&self) -> bool {
        [self.limit.text, self.remaining.text, self.reset]
            .iter()
            .any(Option::is_some)
    }

    /// What is wrong with it; `None`: nothing. `now`: Unix seconds.
    pub(super) fn fault(&self, now: u64) -> Option<String> {
        let all = [
            (LIMIT, self.limit),
            (REMAINING, self.remaining),
            (QUOTA, self.quota),
        ];
        for (name, told) in all {
            let Some(text) = told.text else {
                return Some(format!("no `{name}` header"));
            };
            let Some(amount) = told.amount else {
                return Some(format!("`{name}: {text}` is no decimal amount"));
            };
            if amount.credits.0 < 0 {
                return Some(format!("`{name}: {text}` is below zero"));
            }
        }
        let credits = |told: Told<'_>| told.amount.map(|amount| amount.credits);
        if credits(self.remaining) > credits(self.limit) {
            let (remaining, limit) = (self.remaining.text?, self.limit.text?);
            return Some(format!(
                "`{REMAINING}: {remaining}` is more than `{LIMIT}: {limit}`"
            ));
        }
        let Some(text) = self.reset else {
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
    pub(super) fn decimals(&self) -> Option<usize> {
        let (text, _) = self.quota.text.zip(self.quota.amount)?;
        let decimals = text.split_once('.').map_or("", |(_, decimals)| decimals);
        Some(decimals.len())
    }
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
        Head::new(200, headers.map(|(name, value)| (*name, value)))
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
            let told = Said::by(&head(values)).fault(1000);
            match expected {
                None => assert_eq!(told, None, "{values:?}"),
                Some(part) => assert!(told.as_ref().is_some_and(|t| t.contains(part)), "{told:?}"),
            }
        }
    }
}
