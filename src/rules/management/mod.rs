//! Rules of the free routes: models, account, usage, transactions, webhooks.
//!
//! Each speaks about one endpoint's body. What several answers say together (a balance that moved,
//! a total that differs between pages) is for the audit.

use crate::json::Value;

use super::{Rule, Sample, Whole};
use crate::endpoint::Endpoint;
use crate::protocol::BodyEnd;
use crate::protocol::management::State;

mod account;
mod catalog;
mod filtered;
mod list;
mod rows;
mod transactions;
mod usage;
mod webhooks;

pub static RULES: &[&Rule] = &[
    &filtered::UNKNOWN,
    &filtered::NO_KEY_REFUSED,
    &list::WRAPPED,
    &list::SHAPE,
    &list::ENTRY,
    &list::UNIQUE,
    &list::PAGED,
    &list::SHUTDOWN,
    &filtered::ENCODED,
    &filtered::CAPABILITY,
    &catalog::FIELDS,
    &catalog::FAMILY,
    &catalog::RATES,
    &account::SHAPE,
    &account::LOW_BALANCE,
    &rows::ALLOWED,
    &usage::UNREADABLE,
    &usage::TOTALS,
    &filtered::WINDOW,
    &filtered::BOUNDS,
    &rows::USAGE,
    &transactions::SHAPE,
    &transactions::AMOUNTS,
    &transactions::ORDER,
    &rows::TRANSACTION,
    &webhooks::SECRET,
    &rows::WEBHOOK,
];

const fn body(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "application/json")],
        body,
    }
}

/// The body of a success of that endpoint.
fn of<'a>(whole: &Whole<'a, State>, endpoint: Endpoint) -> Option<&'a Value> {
    let right =
        whole.asked.endpoint == endpoint && whole.end == BodyEnd::Clean && whole.head.is_success();
    whole.body.ok().filter(|_| right)
}

/// The member of that dotted path.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// An amount in USD as micro-USD; `None`: no number, or out of any wallet's range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded and checked against a range far inside of i64"
)]
fn micros(value: &Value) -> Option<i64> {
    let amount = (value.as_f64()? * 1e6).round();
    (amount.abs() < 9e15).then_some(amount as i64)
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}
