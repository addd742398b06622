//! Keys: their secrets, their groups, and finding the one a request carries.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::problem::{Problem, Surface};
use super::route::Route;
use crate::catalog::Model;
use crate::clock::Moment;
use crate::contract::{Contract, GeminiAuth, ResponsesAuth};
use crate::incoming::Incoming;
use crate::text::Dialect;

/// A routing group: which models a key reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) name: &'static str,
    /// None: every family.
    pub(crate) family: Option<&'static str>,
}

pub(crate) const GROUPS: [Group; 3] = [
    Group {
        id: 1,
        name: "claude-default",
        family: Some("claude"),
    },
    Group {
        id: 2,
        name: "gemini-default",
        family: Some("gemini"),
    },
    Group {
        id: 3,
        name: "default",
        family: None,
    },
];

impl Group {
    pub(crate) fn reaches(self, model: &Model) -> bool {
        self.family.is_none_or(|family| family == model.family)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) group: Group,
    pub(crate) expires: Option<Moment>,
    pub(crate) whitelist: Vec<String>,
    pub(crate) blacklist: Vec<String>,
}

impl Key {
    /// The secret with its middle left out.
    pub(crate) fn masked(&self) -> String {
        let start: String = self.secret.chars().take(12).collect();
        let end: Vec<char> = self.secret.chars().rev().take(4).collect();
        let end: String = end.into_iter().rev().collect();
        format!("{start}...{end}")
    }

    /// Whether the key may be used from this machine, the only address a replica is reached from.
    fn admits_loopback(&self) -> bool {
        let inside = |list: &[String]| list.iter().any(|range| holds_loopback(range));
        (self.whitelist.is_empty() || inside(&self.whitelist)) && !inside(&self.blacklist)
    }
}

fn holds_loopback(range: &str) -> bool {
    let (address, bits) = range.split_once('/').unwrap_or((range, "32"));
    match (address.parse::<IpAddr>(), bits.parse::<u32>()) {
        (Ok(IpAddr::V4(address)), Ok(bits)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == Ipv4Addr::LOCALHOST.to_bits() & mask
        }
        (Ok(IpAddr::V6(address)), _) => address.is_loopback(),
        _ => false,
    }
}

/// All keys, numbered from 1 as the ledger numbers them.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    list: Vec<Key>,
    by_secret: HashMap<String, u64>,
}

impl Keys {
    pub(crate) fn add(&mut self, key: Key) -> u64 {
        let number = self.list.len() as u64 + 1;
        self.by_secret.insert(key.secret.clone(), number);
        self.list.push(key);
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn knows(&self, secret: &str) -> bool {
        self.by_secret.contains_key(secret)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Key> {
        self.list.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    pub(crate) fn numbered(&self, secret: &str) -> Option<u64> {
        self.by_secret.get(secret).copied()
    }

    /// By number or by masked form.
    pub(crate) fn named(&self, text: &str) -> Option<u64> {
        let by_number = text
            .parse()
            .ok()
            .filter(|number| self.get(*number).is_some());
        by_number.or_else(|| {
            (1..)
                .zip(&self.list)
                .find(|(_, key)| key.masked() == text)?
                .0
                .into()
        })
    }

    /// The key that a request carries.
    ///
    /// # Errors
    /// 401 where there is none or it is not known or expired, 403 where its address list says no.
    pub(crate) fn authenticate(
        &self,
        incoming: &Incoming,
        route: &Route,
        surface: Surface,
        contract: Contract,
        now: Moment,
    ) -> Result<u64, Problem> {
        let refused = || Problem::key(surface);
        let secret = credential(incoming, route, contract).ok_or_else(refused)?;
        let number = *self.by_secret.get(&secret).ok_or_else(refused)?;
        let key = self.get(number).ok_or_else(refused)?;
        if key.expires.is_some_and(|expires| expires <= now) {
            return Err(refused());
        }
        if !key.admits_loopback() {
            return Err(Problem::address());
        }
        Ok(number)
    }
}

/// The secret that counts: `x-api-key` beats everything, a header beats the query.
fn credential(incoming: &Incoming, route: &Route, contract: Contract) -> Option<String> {
    let dialect = if let Route::Text { dialect, .. } = route {
        Some(*dialect)
    } else {
        None
    };
    let bearer_only = dialect == Some(Dialect::OpenaiResponses)
        && contract.responses_auth == ResponsesAuth::BearerOnly;
    if let Some(secret) = incoming.header("x-api-key").filter(|_| !bearer_only) {
        return Some(secret.to_owned());
    }
    let gemini = dialect == Some(Dialect::Gemini);
    if gemini
        && contract.gemini_auth != GeminiAuth::QueryOnly
        && let Some(secret) = incoming.header("x-goog-api-key")
    {
        return Some(secret.to_owned());
    }
    if let Some(value) = incoming.header("authorization") {
        let (scheme, secret) = value.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| secret.trim().to_owned());
    }
    let query = gemini && contract.gemini_auth != GeminiAuth::HeaderOnly;
    incoming.parameter("key").filter(|_| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_range_holds_loopback_only_where_it_does() {
        for (range, holds) in [
            ("127.0.0.1", true),
            ("127.0.0.0/8", true),
            ("0.0.0.0/0", true),
            ("10.0.0.0/8", false),
            ("::1", true),
            ("127.0.0.1/99", false),
            ("nonsense", false),
        ] {
            assert_eq!(holds_loopback(range), holds, "{range}");
        }
    }
}
