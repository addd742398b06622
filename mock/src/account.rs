//! The account that a replica is started with: its money, its keys, its groups, and how much of
//! the past is kept. All money in micro-USD.

use std::net::IpAddr;
use std::time::Duration;

use crate::money::Rounding;

/// The account and the ready-made key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSetting {
    /// Topped up at the start.
    pub wallet: i64,
    /// Lifetime cap of the ready-made key; 0 is unlimited.
    pub quota: i64,
    /// Spend caps of the rolling windows of 5 hours, 1 day and 7 days; 0 is unlimited.
    pub bucket_5h: i64,
    pub bucket_1d: i64,
    pub bucket_7d: i64,
    /// Decides the cap on calls in flight and, under C-29, on messages; none caps neither.
    pub tier: Option<Tier>,
    /// Calls in flight that the account may have, across its keys, instead of the tier's. Text,
    /// pictures and submissions count until their last byte or until the client leaves; tasks
    /// under way and free routes do not (not documented).
    pub concurrency: Option<u32>,
    /// Messages in any 12 hours instead of the tier's, where C-29 says that they are capped.
    pub messages_12h: Option<u32>,
    /// `GET /api/v1/me/account` that one key may send in any minute; none is unlimited.
    pub account_reads: Option<u32>,
    /// Digits after the point in the envelope's headers, at most 6.
    pub decimals: u32,
    /// How the headers lose the digits they do not show.
    pub rounding: Rounding,
    /// What the headers of a key without caps say, which no page does.
    pub unlimited: UnlimitedText,
    /// The ready-made key belongs to an organisation: its header is sent and the account names it.
    pub org: bool,
    /// What the organisation's wallet holds at the start; without it as much as the account's.
    /// A call of a key of the organisation is charged to both, and must be covered by both.
    pub org_wallet: Option<i64>,
    /// How old the balance of the organisation may be that its header shows and its calls are
    /// admitted by. Zero reads it anew each time; a blog post tells of 30 seconds.
    pub org_cache: Duration,
    /// The organisation is paused: its keys get 403 from the account route (the only one that is
    /// documented to).
    pub org_paused: bool,
    /// `low_balance_flagged` where no more than this is available.
    pub low_balance: i64,
}

impl Default for AccountSetting {
    fn default() -> Self {
        Self {
            wallet: 100_000_000_000,
            quota: 50_000_000_000,
            bucket_5h: 20_000_000_000,
            bucket_1d: 0,
            bucket_7d: 0,
            tier: None,
            concurrency: None,
            messages_12h: None,
            account_reads: Some(600),
            decimals: 2,
            rounding: Rounding::Down,
            unlimited: UnlimitedText::Wallet,
            org: false,
            org_wallet: None,
            org_cache: Duration::ZERO,
            org_paused: false,
            low_balance: 5_000_000,
        }
    }
}

impl AccountSetting {
    pub(crate) fn concurrency(&self) -> Option<u32> {
        self.concurrency.or(self.tier.map(Tier::concurrency))
    }

    /// 0 is unlimited.
    pub(crate) fn messages(&self) -> i64 {
        let tier = self.tier.and_then(Tier::messages);
        self.messages_12h.or(tier).map_or(0, i64::from)
    }
}

/// What the account has subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    Free,
    Pro,
    Max,
    /// Its cap is agreed on, typically 500 to 2,000 calls; here the lower end.
    Enterprise,
}

impl Tier {
    pub const ALL: [Self; 4] = [Self::Free, Self::Pro, Self::Max, Self::Enterprise];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Max => "max",
            Self::Enterprise => "enterprise",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == text)
    }

    fn concurrency(self) -> u32 {
        match self {
            Self::Free => 5,
            Self::Pro => 25,
            Self::Max => 100,
            Self::Enterprise => 500,
        }
    }

    /// The upper end of what the page names; it names none for the others.
    fn messages(self) -> Option<u32> {
        match self {
            Self::Pro => Some(500),
            Self::Max => Some(5_000),
            Self::Free | Self::Enterprise => None,
        }
    }
}

/// What the headers say where there is no cap to speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnlimitedText {
    /// The wallet: what was ever credited as the limit, what is left as the rest.
    #[default]
    Wallet,
    /// `0.00`, as a cap of 0 is how "unlimited" is set.
    Zero,
    /// The header is not sent.
    Absent,
}

/// A key beside the ready-made one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySetting {
    /// For people.
    pub name: String,
    /// 1 `claude-default`, 2 `gemini-default`, 3 `default`, then those of
    /// [`crate::Config::groups`] from 4.
    pub group: u64,
    /// 1 to 256 visible ASCII characters; without it one is made, with the usual prefix.
    pub secret: Option<String>,
    /// Lifetime cap; 0 is unlimited.
    pub quota: i64,
    /// Spend caps of the rolling windows; 0 is unlimited.
    pub bucket_5h: i64,
    pub bucket_1d: i64,
    pub bucket_7d: i64,
    /// From its making; without it the key never expires.
    pub expires_in: Option<Duration>,
    /// Addresses, or ranges such as `10.0.0.0/8` and `fd00::/8`. Empty lets all in.
    pub ip_whitelist: Vec<String>,
    /// Wins over the other list (not documented).
    pub ip_blacklist: Vec<String>,
    /// Belongs to the organisation of the account.
    pub org: bool,
}

impl Default for KeySetting {
    fn default() -> Self {
        Self {
            name: "further".to_owned(),
            group: 3,
            secret: None,
            quota: 0,
            bucket_5h: 0,
            bucket_1d: 0,
            bucket_7d: 0,
            expires_in: None,
            ip_whitelist: Vec::new(),
            ip_blacklist: Vec::new(),
            org: false,
        }
    }
}

/// A routing group beside the three ready-made ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupSetting {
    pub name: String,
    /// Families (`claude`) and slugs (`gpt-5-4`) that it reaches; empty reaches every model.
    pub reaches: Vec<String>,
    /// Is not listed and takes no keys over the wire unless granted.
    pub exclusive: bool,
    /// The account may use it though it is exclusive.
    pub granted: bool,
}

/// How much of the past is kept. What exceeds it is forgotten, the oldest first; sums over all
/// calls stay exact. 0 counts as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Usage rows.
    pub rows: usize,
    /// Sums by second, model and key; older ones are joined by the hour, as many again, and at the
    /// longest for the 90 days that the gateway tells.
    pub tallies: usize,
    pub transactions: usize,
    /// Tasks that are over; a submission finds no room (503) where none is.
    pub tasks: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            rows: 10_000,
            tallies: 5_000,
            transactions: 10_000,
            tasks: 2_000,
        }
    }
}

/// Addresses with the same first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    first: IpAddr,
    bits: u32,
}

impl Range {
    /// An address, or an address with the number of its leading bits that count.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits: u32 = match bits {
            // No sign, no blank: what `u32` would read and nobody writes.
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        if bits > most {
            return None;
        }
        // One network has one name, however it was written.
        let first = address.to_canonical();
        if first.is_ipv4() && address.is_ipv6() {
            let bits = bits.checked_sub(96)?;
            return Some(Self { first, bits });
        }
        Some(Self { first, bits })
    }

    pub(crate) fn holds(self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            let rest = width - self.bits;
            one.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
        };
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                same(one.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => same(one.to_bits(), other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_the_addresses_with_its_first_bits() {
        for (range, address, holds) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.0/8", "127.255.0.1", true),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("10.0.0.0/31", "10.0.0.1", true),
            ("10.0.0.0/31", "10.0.0.2", false),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "127.0.0.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("fe80::1/128", "fe80::1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.200.0.1", true),
        ] {
            let range = Range::parse(range).expect("a range");
            let address = address.parse().expect("an address");
            assert_eq!(range.holds(address), holds, "{range:?} {address}");
        }
    }

    #[test]
    fn what_is_no_range_is_not_read() {
        for text in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/ 8",
            "10.0.0.0/8/8",
            "10.0.0",
            "010.0.0.0",
            "::1/129",
            "::ffff:10.0.0.0/8",
            "localhost",
            "10.0.0.0/99999999999",
        ] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
