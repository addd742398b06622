//! Account webhooks: who is told of the account's events, and what came of telling them.

use serde_json::{Map, Value, json};

use super::callee::Callee;
use super::fields;
use super::notices::notice_id;
use super::outbox::{Entry, To};
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
    secret: String,
    active: bool,
    /// Deliveries that failed since the last one that did not.
    fail_count: u64,
    created: Moment,
    updated: Moment,
}

#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    list: Vec<Webhook>,
    last: u64,
}

const MOST: usize = 100;
/// Event types of one webhook.
const MOST_EVENTS: usize = 100;
/// Characters.
const LONGEST: usize = 2048;
/// After so many failed deliveries in a row a webhook is disabled. The pages tell no number.
const FAILURES: u64 = 5;

impl Webhooks {
    fn named(&mut self, id: u64) -> Option<&mut Webhook> {
        self.list.iter_mut().find(|webhook| webhook.id == id)
    }

    pub(crate) fn secret(&self, id: u64) -> Option<String> {
        let found = self.list.iter().find(|webhook| webhook.id == id);
        found.map(|webhook| webhook.secret.clone())
    }

    /// The webhooks that want to hear of an event, with their addresses. `*` is every event.
    pub(crate) fn listening(&self, event: &str) -> Vec<(u64, String)> {
        let wants = |webhook: &&Webhook| {
            let events = &webhook.events;
            webhook.active && events.iter().any(|known| known == event || known == "*")
        };
        let list = self.list.iter().filter(wants);
        list.map(|webhook| (webhook.id, webhook.url.clone()))
            .collect()
    }

    /// A delivery is over.
    pub(crate) fn ended(&mut self, id: u64, delivered: bool, now: Moment) {
        let Some(webhook) = self.named(id) else {
            return;
        };
        if delivered {
            webhook.fail_count = 0;
            return;
        }
        webhook.fail_count += 1;
        if webhook.fail_count >= FAILURES && webhook.active {
            webhook.active = false;
            webhook.updated = now;
        }
    }
}

impl Webhook {
    fn object(&self) -> Value {
        json!({
            "id": self.id,
            "owner_user_id": 1,
            "url": self.url,
            "event_types": self.events,
            "status": if self.active { "active" } else { "disabled" },
            "fail_count": self.fail_count,
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
            let active = fields::choice(fields, "status", &["active", "disabled"])? == "active";
            if active && !self.active {
                self.fail_count = 0;
            }
            self.active = active;
        }
        if let Some(secret) = given_secret(fields)? {
            self.secret = secret;
        }
        self.updated = now;
        Ok(())
    }
}

/// The pages ask for https; loopback is what the replica can call.
fn checked(url: &str) -> Result<String, Problem> {
    let is_known = url.starts_with("https://") || Callee::parse(url).is_ok();
    if is_known && url.len() <= LONGEST {
        return Ok(url.to_owned());
    }
    let message = format!(
        "`url` must be https, or http on a loopback address, of at most {LONGEST} characters"
    );
    Err(Problem::invalid("url", message))
}

fn given_secret(fields: &Map<String, Value>) -> Result<Option<String>, Problem> {
    let secret = fields::text(fields, "secret")?;
    if secret.is_some_and(|secret| secret.is_empty() || secret.len() > LONGEST) {
        let message = format!("`secret` must have 1 to {LONGEST} characters");
        return Err(Problem::invalid("secret", message));
    }
    Ok(secret.map(str::to_owned))
}

fn events(fields: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let wrong = || {
        let message = format!("`event_types` must be a list of 1 to {MOST_EVENTS} strings");
        Problem::invalid("event_types", message)
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
    let list = fields
        .get("event_types")
        .and_then(Value::as_array)
        .filter(|list| (1..=MOST_EVENTS).contains(&list.len()))
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
        let secret =
            given_secret(&fields)?.unwrap_or_else(|| seed::letters(&mut dice, seed::HEX, 32));
        let now = asked.now;
        let webhook = Webhook {
            id,
            url,
            events,
            secret,
            active: true,
            fail_count: 0,
            created: now,
            updated: now,
        };
        let mut body = webhook.object();
        body["secret"] = webhook.secret.clone().into();
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
            state.outbox.forget(To::Webhook(webhook.id));
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
        let state = self.state(asked.now);
        let at = position(&state.webhooks.list, id)?;
        let to = To::Webhook(state.webhooks.list[at].id);
        let mine = || state.outbox.entries().filter(|(_, entry)| entry.to == to);
        let items: Vec<Value> = mine()
            .rev()
            .skip((page - 1) * size)
            .take(size)
            .map(|(number, entry)| delivery(number, entry))
            .collect();
        let total = mine().count();
        Ok(Reply::json(&json!({
            "items": items, "total": total, "page": page, "page_size": size,
        })))
    }
}

/// The pages name the route and no member of its items.
fn delivery(number: u64, entry: &Entry) -> Value {
    let time = |moment: Option<Moment>| moment.map(Moment::iso);
    json!({
        "id": notice_id(number),
        "event_type": entry.event,
        "url": entry.url,
        "status": entry.state.name(),
        "attempts": entry.attempts,
        "response_status": entry.status,
        "error": entry.error,
        "created_at": entry.created.iso(),
        "last_attempt_at": time(entry.last_attempt),
        "next_attempt_at": time(entry.next_attempt),
    })
}

fn position(list: &[Webhook], id: &str) -> Result<usize, Problem> {
    let found = list.iter().position(|webhook| webhook.id.to_string() == id);
    found.ok_or_else(|| Problem::not_found("webhook"))
}
