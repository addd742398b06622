//! Account, balance, transactions and keys.

use rand::Rng;
use serde_json::{Map, Value, json};

use super::fields;
use super::keys::{GROUPS, Key};
use super::problem::Problem;
use super::reply::Reply;
use super::usage_route::{time, whole};
use super::{Asked, Engine};
use crate::catalog::MODELS;
use crate::ledger::{KeyAccount, Tally, Transaction};
use crate::money;
use crate::seed;

pub(super) const LOW_BALANCE: i64 = 5_000_000;
const KINDS: [&str; 5] = [
    "topup",
    "refund",
    "admin_credit",
    "admin_debit",
    "subscription_renew",
];
const MOST_KEYS: usize = 1_000;
/// The largest cap that a key can be given, in micro-USD: a million USD.
const LARGEST_CAP: u64 = 1_000_000;

impl Engine {
    pub(super) fn account(&self, asked: &Asked<'_>) -> Reply {
        let mut state = self.state(asked.now);
        let available = state.ledger.available();
        let (credited, spent) = (state.ledger.credited, state.ledger.spent);
        let group = state.keys.get(asked.key).map_or(GROUPS[2], |key| key.group);
        let cap = Some(state.ledger.key(asked.key).quota).filter(|quota| *quota > 0);
        let mut used: Map<String, Value> = Map::new();
        let mut sums = std::collections::BTreeMap::<&str, Tally>::new();
        for (slot, tally) in state.ledger.book.tallies() {
            sums.entry(slot.model).or_default().add(tally);
        }
        drop(state);
        for (model, tally) in sums {
            used.insert(model.to_owned(), money::usd(tally.total));
        }
        let allowed: Vec<Value> = MODELS
            .iter()
            .filter(|model| group.reaches(model))
            .map(|model| {
                let used = used
                    .get(model.slug)
                    .cloned()
                    .unwrap_or_else(|| money::usd(0));
                let cap = cap.map(money::usd);
                json!({"id": model.slug, "quota_used_usd": used, "quota_cap_usd": cap})
            })
            .collect();
        let org = self.config.account.org;
        Reply::json(&json!({
            "user": {
                "id": 1,
                "username": "replica",
                "email": "replica@example.com",
                "created_at": "2026-01-04T07:11:00Z",
                "tier": if org { "enterprise" } else { "individual" },
            },
            "balance": {
                "available_usd": money::usd(available),
                "lifetime_topup_usd": money::usd(credited),
                "lifetime_spent_usd": money::usd(spent),
                "low_balance_threshold_usd": money::usd(LOW_BALANCE),
                "low_balance_flagged": available <= LOW_BALANCE,
            },
            "allowed_models": allowed,
            "org": org.then(|| json!({"id": 1, "name": "replica", "role": "owner"})),
        }))
    }

    /// Exists under one reading of C-02 only; its shape is a guess.
    pub(super) fn balance(&self, asked: &Asked<'_>) -> Reply {
        let available = self.state(asked.now).ledger.available();
        Reply::json(&json!({"available_usd": money::usd(available)}))
    }

    pub(super) fn transactions(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let page = whole(asked.incoming, "page", 1, (1, 1_000_000))?;
        let size = whole(asked.incoming, "page_size", 50, (1, 200))?;
        let (since, until) = (
            time(asked.incoming, "since")?,
            time(asked.incoming, "until")?,
        );
        let kind = asked.incoming.parameter("kind");
        if kind.as_deref().is_some_and(|kind| !KINDS.contains(&kind)) {
            let message = format!("must be one of {}", KINDS.join(", "));
            return Err(super::usage_route::bad_query("kind", &message));
        }
        let state = self.state(asked.now);
        let wanted = |line: &&Transaction| {
            since.is_none_or(|since| since <= line.at)
                && until.is_none_or(|until| line.at < until)
                && kind.as_deref().is_none_or(|kind| kind == line.kind)
        };
        let lines = || state.ledger.book.transactions.iter().rev().filter(wanted);
        let items: Vec<Value> = lines()
            .skip((page - 1) * size)
            .take(size)
            .map(transaction)
            .collect();
        let total = lines().count();
        Ok(Reply::json(&json!({
            "items": items, "total": total, "page": page, "page_size": size,
        })))
    }

    /// Answers with the secret, this once.
    pub(super) fn create_key(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let name = fields::needed(&fields, "name")?.to_owned();
        let missing = || Problem::invalid("group_id", "`group_id` must name a routing group");
        let id = fields::number(&fields, "group_id", (1, u64::MAX))?.ok_or_else(missing)?;
        let group = GROUPS
            .into_iter()
            .find(|group| group.id == id)
            .ok_or_else(missing)?;
        let days = fields::number(&fields, "expires_in_days", (1, 36_500))?;
        let account = KeyAccount::new(
            cap(&fields, "quota")?,
            [
                cap(&fields, "rate_limit_5h")?,
                cap(&fields, "rate_limit_1d")?,
                cap(&fields, "rate_limit_7d")?,
            ],
        );
        let custom = fields::text(&fields, "custom_key")?.map(str::to_owned);
        let whitelist = list(&fields, "ip_whitelist")?;
        let blacklist = list(&fields, "ip_blacklist")?;
        let mut state = self.state(asked.now);
        if state.keys.len() >= MOST_KEYS {
            return Err(Problem::invalid("name", "there are too many keys"));
        }
        let tag = seed::hash(self.config.seed, &[b"key", &state.keys.len().to_le_bytes()]);
        let mut dice = seed::dice(tag ^ seed::dice(tag).random::<u64>());
        let secret = custom.unwrap_or_else(|| {
            format!(
                "sk-byts-{}",
                seed::letters(&mut dice, seed::ALPHANUMERIC, 40)
            )
        });
        if secret.trim().is_empty() || state.keys.knows(&secret) {
            return Err(Problem::invalid("custom_key", "this secret cannot be used"));
        }
        let expires = days.map(|days| {
            asked
                .now
                .plus(std::time::Duration::from_secs(days * 86_400))
        });
        let key = Key {
            name,
            secret,
            group,
            expires,
            whitelist,
            blacklist,
        };
        let mut body = key_object(&key, state.ledger.add_key(account));
        body["key"] = key.secret.clone().into();
        state.keys.add(key);
        drop(state);
        Ok(Reply::json(&body))
    }

    pub(super) fn reveal(&self, asked: &Asked<'_>, id: &str) -> Result<Reply, Problem> {
        let state = self.state(asked.now);
        let number = state
            .keys
            .named(id)
            .ok_or_else(|| Problem::not_found("key"))?;
        let key = state
            .keys
            .get(number)
            .ok_or_else(|| Problem::not_found("key"))?;
        let mut body = key_object(key, number);
        body["key"] = key.secret.clone().into();
        Ok(Reply::json(&body))
    }
}

fn key_object(key: &Key, number: u64) -> Value {
    json!({
        "id": number,
        "name": key.name,
        "group_id": key.group.id,
        "masked_key": key.masked(),
        "expires_at": key.expires.map(crate::clock::Moment::iso),
    })
}

/// A cap in USD, whole or with decimals, as micro-USD; 0 where there is none.
fn cap(fields: &Map<String, Value>, name: &str) -> Result<i64, Problem> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else {
        return Ok(0);
    };
    let wrong = || Problem::invalid(name, format!("`{name}` must be 0 to {LARGEST_CAP} USD"));
    let text = value.as_number().ok_or_else(wrong)?.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let whole: u64 = whole
        .parse()
        .ok()
        .filter(|usd| *usd <= LARGEST_CAP)
        .ok_or_else(wrong)?;
    let digits: String = rest.chars().chain("000000".chars()).take(6).collect();
    let micros: u64 = digits.parse().map_err(|_| wrong())?;
    i64::try_from(whole * 1_000_000 + micros).map_err(|_| wrong())
}

fn list(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::invalid(name, format!("`{name}` must be a list of strings"));
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    value
        .as_array()
        .ok_or_else(wrong)?
        .iter()
        .map(text)
        .collect()
}

fn transaction(line: &Transaction) -> Value {
    let source = match line.kind {
        "topup" => {
            let receipt = format!("rcpt_{:06}", line.id);
            json!({"provider": "replica", "receipt_id": receipt, "method": "card"})
        }
        _ => json!({"actor": "system"}),
    };
    json!({
        "id": line.id,
        "created_at": line.at.iso(),
        "kind": line.kind,
        "amount_usd": money::usd(line.amount),
        "balance_after_usd": money::usd(line.balance_after),
        "source": source,
        "note": null,
    })
}
