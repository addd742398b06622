//! Account webhooks: kept and listed. The replica has nothing to call, so nothing is delivered.

use serde_json::{Map, Value, json};

use super::fields;
use super::problem::Problem;
use super::reply::Reply;
use super::usage_route::whole;
use super::{Asked, Engine};
use crate::clock::Moment;
use crate::seed;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Webhook {
    id: u64,
    url: String,
    events: Vec<String>,
    active: bool,
    created: Moment,
    updated: Moment,
}

#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    list: Vec<Webhook>,
    last: u64,
}

const MOST: usize = 100;

impl Webhook {
    fn object(&self) -> Value {
        json!({
            "id": self.id,
            "owner_user_id": 1,
            "url": self.url,
            "event_types": self.events,
            "status": if self.active { "active" } else { "disabled" },
            "fail_count": 0,
            "created_at": self.created.iso(),
            "updated_at": self.updated.iso(),
        })
    }

    fn change(&mut self, fields: &Map<String, Value>, now: Moment) -> Result<(), Problem> {
        if let Some(url) = fields::text(fields, "url")? {
            self.url = checked(url)?;
        }
        if fields.contains_key("event_types") {
            self.events = events(fields)?;
        }
        if fields.contains_key("status") {
            self.active = fields::choice(fields, "status", &["active", "disabled"])? == "active";
        }
        self.updated = now;
        Ok(())
    }
}

fn checked(url: &str) -> Result<String, Problem> {
    if url.starts_with("https://") || url.starts_with("http://127.0.0.1") {
        return Ok(url.to_owned());
    }
    Err(Problem::invalid("url", "`url` must be https"))
}

fn events(fields: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::invalid("event_types", "`event_types` must be a list of strings");
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    let list = fields
        .get("event_types")
        .and_then(Value::as_array)
        .ok_or_else(wrong)?;
    list.iter().map(text).collect()
}

impl Engine {
    /// Lists them, or makes one: only then is the secret told.
    pub(super) fn webhooks(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let mut state = self.state(asked.now);
        if asked.incoming.method == "GET" {
            let items: Vec<Value> = state.webhooks.list.iter().map(Webhook::object).collect();
            return Ok(Reply::json(&json!({"items": items, "total": items.len()})));
        }
        let fields = fields::object(&asked.incoming.body)?;
        let url = checked(fields::needed(&fields, "url")?)?;
        let events = events(&fields)?;
        if state.webhooks.list.len() >= MOST {
            return Err(Problem::invalid("url", "there are too many webhooks"));
        }
        state.webhooks.last += 1;
        let id = state.webhooks.last;
        let mut dice = seed::dice(seed::hash(asked.hash, &[b"webhook", &id.to_le_bytes()]));
        let secret = match fields::text(&fields, "secret")? {
            Some(secret) => secret.to_owned(),
            None => seed::letters(&mut dice, seed::HEX, 32),
        };
        let now = asked.now;
        let webhook = Webhook {
            id,
            url,
            events,
            active: true,
            created: now,
            updated: now,
        };
        let mut body = webhook.object();
        body["secret"] = secret.into();
        state.webhooks.list.push(webhook);
        Ok(Reply::json(&body))
    }

    /// Changes or removes one.
    pub(super) fn webhook(&self, asked: &Asked<'_>, id: &str) -> Result<Reply, Problem> {
        let mut state = self.state(asked.now);
        let list = &mut state.webhooks.list;
        let at = position(list, id)?;
        if asked.incoming.method == "DELETE" {
            let webhook = list.remove(at);
            return Ok(Reply::json(&json!({"id": webhook.id, "deleted": true})));
        }
        let fields = fields::object(&asked.incoming.body)?;
        let mut changed = list[at].clone();
        changed.change(&fields, asked.now)?;
        let body = changed.object();
        list[at] = changed;
        Ok(Reply::json(&body))
    }

    pub(super) fn deliveries(&self, asked: &Asked<'_>, id: &str) -> Result<Reply, Problem> {
        let page = whole(asked.incoming, "page", 1, (1, 1_000_000))?;
        let size = whole(asked.incoming, "page_size", 50, (1, 200))?;
        position(&self.state(asked.now).webhooks.list, id)?;
        Ok(Reply::json(
            &json!({"items": [], "total": 0, "page": page, "page_size": size}),
        ))
    }
}

fn position(list: &[Webhook], id: &str) -> Result<usize, Problem> {
    let found = list.iter().position(|webhook| webhook.id.to_string() == id);
    found.ok_or_else(|| Problem::not_found("webhook"))
}
