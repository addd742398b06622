//! Usage: sums by day, hour, model and key, and one row per call (C-01).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::reply::Reply;
use super::{Asked, Engine, State};
use crate::clock::Moment;
use crate::contract::{CreditUnit, UsageRows};
use crate::incoming::Incoming;
use crate::ledger::{Slot, Tally, UsageRow};
use crate::money;

/// A span of time: its start belongs to it, its end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) since: Moment,
    pub(super) until: Moment,
}

const DAY: u64 = 86_400;
const DEFAULT_DAYS: u64 = 30;
const MOST_DAYS: u64 = 90;

pub(super) fn bad_query(name: &str, message: &str) -> Problem {
    let mut problem = Problem::invalid(name, message);
    problem.code = "invalid_request_error";
    problem
}

/// A query parameter that is a time.
pub(super) fn time(incoming: &Incoming, name: &str) -> Result<Option<Moment>, Problem> {
    let wrong = || bad_query(name, "must be an ISO 8601 time");
    incoming
        .parameter(name)
        .map(|text| Moment::parse_iso(&text).ok_or_else(wrong))
        .transpose()
}

/// A query parameter that is a whole number between the bounds, both included.
pub(super) fn whole(
    incoming: &Incoming,
    name: &str,
    default: usize,
    bounds: (usize, usize),
) -> Result<usize, Problem> {
    let Some(text) = incoming.parameter(name) else {
        return Ok(default);
    };
    let inside = |number: &usize| (bounds.0..=bounds.1).contains(number);
    text.parse().ok().filter(inside).ok_or_else(|| {
        bad_query(
            name,
            &format!("must be a whole number from {} to {}", bounds.0, bounds.1),
        )
    })
}

impl Span {
    fn read(asked: &Asked<'_>) -> Result<Self, Problem> {
        let now = asked.now.unix_seconds();
        let ago = |days: u64| Moment::from_unix_seconds(now.saturating_sub(days * DAY));
        let since = time(asked.incoming, "since")?.unwrap_or(ago(DEFAULT_DAYS));
        // What was booked in this very second is part of what there is now.
        let until = Moment::from_unix_seconds(now + 1);
        let until = time(asked.incoming, "until")?.unwrap_or(until);
        Ok(Self {
            since: since.max(ago(MOST_DAYS)),
            until,
        })
    }

    fn holds(self, at: Moment) -> bool {
        self.since <= at && at < self.until
    }
}

/// What sums are kept apart by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Grouping {
    day: bool,
    hour: bool,
    model: bool,
    key: bool,
}

impl Grouping {
    fn read(incoming: &Incoming) -> Result<Self, Problem> {
        let text = incoming
            .parameter("group_by")
            .unwrap_or_else(|| "day".to_owned());
        let mut grouping = Self::default();
        for word in text.split(',').map(str::trim) {
            match word {
                "day" => grouping.day = true,
                "hour" => grouping.hour = true,
                "model" => grouping.model = true,
                "api_key" => grouping.key = true,
                _ => {
                    return Err(bad_query(
                        "group_by",
                        "must be of day, hour, model, api_key",
                    ));
                }
            }
        }
        Ok(grouping)
    }
}

impl Engine {
    pub(super) fn usage_buckets(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let rows = self.config.contract.usage_rows == UsageRows::AlsoOnMe;
        if rows && asked.incoming.parameter("limit").is_some() {
            return self.usage_rows(asked);
        }
        let span = Span::read(asked)?;
        let grouping = Grouping::read(asked.incoming)?;
        let state = self.state(asked.now);
        let model = asked.incoming.parameter("model");
        let key = key_filter(&state, asked.incoming, "api_key");
        let mut buckets: BTreeMap<Slot, Tally> = BTreeMap::new();
        let mut totals = Tally::default();
        for (slot, tally) in state.ledger.book.tallies() {
            let inside = span.holds(Moment::from_unix_seconds(slot.start));
            let wanted = model.as_deref().is_none_or(|model| model == slot.model)
                && key.is_none_or(|key| key == Some(slot.key));
            if inside && wanted {
                totals.add(tally);
                buckets
                    .entry(grouped(slot, grouping))
                    .or_default()
                    .add(tally);
            }
        }
        let buckets: Vec<Value> = buckets
            .iter()
            .rev()
            .map(|(slot, sum)| bucket(&state, *slot, *sum, grouping))
            .collect();
        Ok(Reply::json(
            &json!({"buckets": buckets, "totals": sums(totals)}),
        ))
    }

    pub(super) fn usage_rows(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let span = Span::read(asked)?;
        let page = whole(asked.incoming, "page", 1, (1, 1_000_000))?;
        let size = whole(asked.incoming, "page_size", 50, (1, 200))?;
        let size = whole(asked.incoming, "limit", size, (1, 200))?;
        let state = self.state(asked.now);
        let key = key_filter(&state, asked.incoming, "api_key_id");
        let model = asked.incoming.parameter("model");
        let wanted = |row: &&UsageRow| {
            span.holds(row.at)
                && key.is_none_or(|key| key == Some(row.key))
                && model.as_deref().is_none_or(|model| model == row.model)
        };
        let rows = || state.ledger.book.rows.iter().rev().filter(wanted);
        let items: Vec<Value> = rows()
            .skip((page - 1) * size)
            .take(size)
            .map(|row| self.row(row))
            .collect();
        let total = rows().count();
        Ok(Reply::json(&json!({
            "items": items, "total": total, "page": page, "page_size": size,
        })))
    }

    /// The pages name tokens, credits, model and time; the other fields are the replica's.
    fn row(&self, row: &UsageRow) -> Value {
        let credits = match self.config.contract.credit_unit {
            CreditUnit::Usd => money::usd(row.charge),
            CreditUnit::Micros => row.charge.into(),
        };
        json!({
            "id": row.id,
            "created_at": row.at.iso(),
            "request_id": row.request_id,
            "api_key_id": row.key,
            "model": row.model,
            "endpoint": row.endpoint,
            "prompt_tokens": row.input_tokens,
            "completion_tokens": row.output_tokens,
            "cache_read_tokens": row.cache_read_tokens,
            "cache_write_tokens": row.cache_write_tokens,
            "images": row.images,
            "seconds": row.seconds,
            "credits": credits,
        })
    }
}

/// None: no filter. Some(None): a filter that no key fits.
fn key_filter(state: &State, incoming: &Incoming, name: &str) -> Option<Option<u64>> {
    incoming.parameter(name).map(|text| state.keys.named(&text))
}

fn grouped(slot: Slot, grouping: Grouping) -> Slot {
    let start = match grouping {
        Grouping { hour: true, .. } => slot.start / 3600 * 3600,
        Grouping { day: true, .. } => slot.start / DAY * DAY,
        Grouping { .. } => 0,
    };
    Slot {
        start,
        model: if grouping.model { slot.model } else { "" },
        key: if grouping.key { slot.key } else { 0 },
    }
}

fn bucket(state: &State, slot: Slot, sum: Tally, grouping: Grouping) -> Value {
    let start = Moment::from_unix_seconds(slot.start).iso();
    let masked = state.keys.get(slot.key).map(super::keys::Key::masked);
    let name = if grouping.hour {
        start
    } else if grouping.day {
        start.chars().take(10).collect()
    } else if grouping.model {
        slot.model.to_owned()
    } else {
        masked.clone().unwrap_or_default()
    };
    let mut body = Map::new();
    body.insert("bucket".to_owned(), name.into());
    if let Value::Object(sums) = sums(sum) {
        body.extend(sums);
    }
    if grouping.model {
        body.insert("model".to_owned(), slot.model.into());
    }
    if grouping.key {
        body.insert("api_key".to_owned(), masked.into());
    }
    Value::Object(body)
}

fn sums(tally: Tally) -> Value {
    json!({
        "total_usd": money::usd(tally.total),
        "input_tokens": tally.input_tokens,
        "output_tokens": tally.output_tokens,
        "call_count": tally.call_count,
    })
}
