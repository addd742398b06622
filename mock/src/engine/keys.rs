//! Keys: their secrets, their groups, and finding the one a request carries.

use std::collections::HashMap;
use std::net::IpAddr;

use super::problem::{Problem, Surface};
use super::route::Route;
use crate::account::{GroupSetting, Range};
use crate::catalog::Model;
use crate::clock::Moment;
use crate::config::Config;
use crate::contract::{ClaudeReach, Contract, GeminiAuth, ResponsesAuth, StartingRights};
use crate::incoming::Incoming;
use crate::text::Dialect;
use crate::upstream;

/// A routing group: which models a key reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Families and slugs; empty is every model.
    reaches: Vec<String>,
    pub(crate) exclusive: bool,
    /// The account may make keys of it.
    pub(crate) usable: bool,
}

/// The three groups that the pages name, and those of the configuration.
pub(crate) fn groups(config: &Config) -> Vec<Group> {
    let contract = config.contract;
    let public = contract.starting_rights == StartingRights::PublicGroups;
    let claude: &[&str] = match contract.claude_reach {
        ClaudeReach::ClaudeOnly => &["claude"],
        ClaudeReach::Translated => &["claude", "deepseek", "gemini"],
    };
    let ready_made: [(&str, &[&str]); 3] = [
        ("claude-default", claude),
        ("gemini-default", &["gemini"]),
        ("default", &[]),
    ];
    let ready_made = ready_made.map(|(name, reaches)| GroupSetting {
        name: name.to_owned(),
        reaches: reaches.iter().map(|word| (*word).to_owned()).collect(),
        ..GroupSetting::default()
    });
    let all = ready_made.into_iter().chain(config.groups.iter().cloned());
    let group = |(setting, id): (GroupSetting, u64)| Group {
        id,
        name: setting.name,
        reaches: setting.reaches,
        exclusive: setting.exclusive,
        usable: setting.granted || (public && !setting.exclusive),
    };
    all.zip(1..).map(group).collect()
}

impl Group {
    pub(crate) fn reaches(&self, model: &Model) -> bool {
        let named = |word: &String| upstream::names(word, model);
        self.usable && (self.reaches.is_empty() || self.reaches.iter().any(named))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) secret: String,
    /// Of its group.
    pub(crate) group: u64,
    pub(crate) expires: Option<Moment>,
    pub(crate) whitelist: Vec<Range>,
    pub(crate) blacklist: Vec<Range>,
    pub(crate) revoked: bool,
}

impl Key {
    /// The secret with its middle left out, or with all but its ends where it is short.
    pub(crate) fn masked(&self) -> String {
        let letters = self.secret.chars().count();
        let (start, end) = if letters >= 24 {
            (12, 4)
        } else {
            (letters / 4, letters / 8)
        };
        let head: String = self.secret.chars().take(start).collect();
        let tail: String = self.secret.chars().skip(letters - end).collect();
        format!("{head}...{tail}")
    }

    /// Whether its lists let this address in. The list of those kept out wins.
    fn admits(&self, peer: IpAddr) -> bool {
        let inside = |list: &[Range]| list.iter().any(|range| range.holds(peer));
        (self.whitelist.is_empty() || inside(&self.whitelist)) && !inside(&self.blacklist)
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

    /// Each with its number.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Key)> {
        (1..).zip(&self.list)
    }

    /// False where no key has the number. What is revoked stays so.
    pub(crate) fn revoke(&mut self, number: u64) -> bool {
        let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
        let key = self.list.get_mut(index);
        key.map(|key| key.revoked = true).is_some()
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
    /// 401 where there is none or it is not known, revoked or expired; 403 where its address
    /// lists say no.
    pub(crate) fn authenticate(
        &self,
        incoming: &Incoming,
        route: &Route,
        surface: Surface,
        contract: Contract,
        (peer, now): (IpAddr, Moment),
    ) -> Result<u64, Problem> {
        let refused = || Problem::key(surface);
        let secret = credential(incoming, route, contract).ok_or_else(refused)?;
        let number = *self.by_secret.get(&secret).ok_or_else(refused)?;
        let key = self.get(number).ok_or_else(refused)?;
        if key.revoked || key.expires.is_some_and(|expires| expires <= now) {
            return Err(refused());
        }
        if !key.admits(peer) {
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

/// Whose address lists are asked about: the other end of the connection, unless the configuration
/// trusts what the client says.
pub(crate) fn client(incoming: &Incoming, peer: IpAddr, trusting: bool) -> IpAddr {
    let told = incoming
        .header("x-forwarded-for")
        .filter(|_| trusting)
        .and_then(|list| list.split(',').next()?.trim().parse().ok());
    told.unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> Key {
        Key {
            name: String::new(),
            secret: secret.to_owned(),
            group: 3,
            expires: None,
            whitelist: Vec::new(),
            blacklist: Vec::new(),
            revoked: false,
        }
    }

    #[test]
    fn a_masked_key_hides_most_of_it_however_short_it_is() {
        let long = "sk-byts-AbCdEf0123456789AbCdEf";
        assert_eq!(key(long).masked(), "sk-byts-AbCd...CdEf");
        for secret in ["", "c", "short", "twelve-chars", "äöüß-umlauts-and-more-x"] {
            let masked = key(secret).masked();
            let shown = masked.replace("...", "").chars().count();
            assert!(shown * 2 <= secret.chars().count(), "{secret}: {masked}");
        }
    }

    #[test]
    fn an_address_must_be_on_the_one_list_and_not_on_the_other() {
        let ranges = |texts: &[&str]| texts.iter().filter_map(|text| Range::parse(text)).collect();
        let admits = |white: &[&str], black: &[&str], peer: &str| {
            let mut key = key("k");
            (key.whitelist, key.blacklist) = (ranges(white), ranges(black));
            key.admits(peer.parse().expect("an address"))
        };
        assert!(admits(&[], &[], "203.0.113.9"));
        assert!(admits(&["10.0.0.0/8"], &[], "10.1.1.1"));
        assert!(!admits(&["10.0.0.0/8"], &[], "11.1.1.1"));
        assert!(!admits(&[], &["10.0.0.0/8"], "10.1.1.1"));
        assert!(!admits(&["10.0.0.0/8"], &["10.1.0.0/16"], "10.1.1.1"));
        assert!(admits(&["10.0.0.0/8"], &["10.1.0.0/16"], "10.2.1.1"));
    }
}
