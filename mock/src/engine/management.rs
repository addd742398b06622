//! Account, balance, transactions and keys.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fields;
use super::keys::Key;
use super::problem::Problem;
use super::reply::Reply;
use super::usage_route::{time, whole};
use super::wallet::KeyError;
use super::{Asked, Engine};
use crate::account::{KeySetting, Tier};
use crate::catalog::MODELS;
use crate::contract::TransactionContents;
use crate::ledger::{Transaction, TransactionKind};
use crate::money;

/// The largest cap that a key can be given over the wire, in USD.
const LARGEST_CAP: u64 = 1_000_000;

impl Engine {
    /// # Errors
    /// 403 for a key of a paused organisation, 429 for too many reads in a minute.
    pub(super) fn account(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let setting = &self.config.account;
        let mut state = self.state(asked.now);
        let key = state.ledger.key(asked.key);
        if key.org && setting.org_paused {
            let message = "the organisation of this key is paused";
            let kind = "permission_error";
            return Err(Problem::new(403, "permission_denied", kind, message));
        }
        let reads = key.reads.check(asked.now);
        reads.map_err(|denial| Problem::counted_out(&denial))?;
        key.reads.add(1, asked.now);
        let of_org = key.org;
        let wallet = state.ledger.wallet;
        let used = state.ledger.book.by_model.clone();
        let group = self.group_of(&state, asked.key);
        drop(state);
        let allowed: Vec<Value> = MODELS
            .iter()
            .filter(|model| group.reaches(model))
            .map(|model| {
                let used = used.get(model.slug).copied().unwrap_or(0);
                let used = money::usd(used);
                // No page tells of a cap on one model that could be set.
                json!({"id": model.slug, "quota_used_usd": used, "quota_cap_usd": null})
            })
            .collect();
        let enterprise = of_org || setting.tier == Some(Tier::Enterprise);
        let low = setting.low_balance;
        Ok(Reply::json(&json!({
            "user": {
                "id": 1,
                "username": "replica",
                "email": "replica@example.com",
                "created_at": "2026-01-04T07:11:00Z",
                "tier": if enterprise { "enterprise" } else { "individual" },
            },
            "balance": {
                "available_usd": money::usd(wallet.available()),
                "lifetime_topup_usd": money::usd(wallet.credited),
                "lifetime_spent_usd": money::usd(wallet.spent),
                "low_balance_threshold_usd": money::usd(low),
                "low_balance_flagged": wallet.available() <= low,
            },
            "allowed_models": allowed,
            "org": of_org.then(|| json!({"id": 1, "name": "replica", "role": "owner"})),
        })))
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
        let kinds = self.transaction_kinds();
        if kind.as_deref().is_some_and(|kind| !kinds.contains(&kind)) {
            let message = format!("must be one of {}", kinds.join(", "));
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

    /// The kinds that can be asked for: that of charges only where there are lines of it (C-11).
    fn transaction_kinds(&self) -> Vec<&'static str> {
        let with_usage = self.config.contract.transactions == TransactionContents::WithUsage;
        let kinds = TransactionKind::ALL.into_iter();
        let told = kinds.filter(|kind| with_usage || *kind != TransactionKind::Usage);
        told.map(TransactionKind::name).collect()
    }

    /// Answers with the secret; later it is masked, and told by the reveal route only.
    pub(super) fn create_key(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let name = fields::needed(&fields, "name")?.to_owned();
        let missing = || Problem::invalid("group_id", "`group_id` must name a routing group");
        let group = fields::number(&fields, "group_id", (1, u64::MAX))?.ok_or_else(missing)?;
        if let Some(known) = self.groups.iter().find(|known| known.id == group)
            && !known.usable
        {
            let message = "this routing group was not granted to the account";
            let kind = "permission_error";
            return Err(Problem::new(403, "permission_denied", kind, message));
        }
        let days = fields::number(&fields, "expires_in_days", (1, 36_500))?;
        let mut state = self.state(asked.now);
        let setting = KeySetting {
            name,
            group,
            secret: fields::text(&fields, "custom_key")?.map(str::to_owned),
            quota: cap(&fields, "quota")?,
            bucket_5h: cap(&fields, "rate_limit_5h")?,
            bucket_1d: cap(&fields, "rate_limit_1d")?,
            bucket_7d: cap(&fields, "rate_limit_7d")?,
            expires_in: days.map(|days| Duration::from_secs(days * 86_400)),
            ip_whitelist: list(&fields, "ip_whitelist")?,
            ip_blacklist: list(&fields, "ip_blacklist")?,
            org: state.ledger.key(asked.key).org,
        };
        let number = self
            .make_key(&mut state, &setting, asked.now)
            .map_err(|why| refusal(&why))?;
        let key = state
            .keys
            .get(number)
            .ok_or_else(|| Problem::not_found("key"))?;
        let mut body = key_object(key, number);
        body["key"] = key.secret.clone().into();
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
        "group_id": key.group,
        "masked_key": key.masked(),
        "expires_at": key.expires.map(crate::clock::Moment::iso),
    })
}

fn refusal(why: &KeyError) -> Problem {
    let field = match why {
        KeyError::Group(_) => "group_id",
        KeyError::Range(field, _) | KeyError::Cap(field) => field,
        KeyError::Secret => "custom_key",
        KeyError::TooMany => "name",
    };
    Problem::invalid(field, why.to_string())
}

/// A cap in USD, whole or with up to six decimals, as micro-USD; 0 where there is none.
fn cap(fields: &Map<String, Value>, name: &str) -> Result<i64, Problem> {
    let Some(value) = fields.get(name).filter(|value| !value.is_null()) else {
        return Ok(0);
    };
    let wrong = || {
        let message = format!("`{name}` must be 0 to {LARGEST_CAP} USD, to the micro-USD");
        Problem::invalid(name, message)
    };
    let number = value.as_f64().filter(|usd| *usd >= 0.0).ok_or_else(wrong)?;
    // Nine digits: of the millions that a cap may be, the float still knows these.
    let text = format!("{number:.9}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    let whole: u64 = whole
        .parse()
        .ok()
        .filter(|usd| *usd <= LARGEST_CAP)
        .ok_or_else(wrong)?;
    // A tiny cap must not become 0, which is none at all.
    if rest.len() > 6 || (number > 0.0 && whole == 0 && rest.is_empty()) {
        return Err(wrong());
    }
    let digits = format!("{rest:0<6}");
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
        "note": line.note,
    })
}
