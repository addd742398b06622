//! Rules of asynchronous tasks: what the gateway promises of submit, query, cancel and the stream.
//!
//! Answers are read in any of the documented dialects (C-12), and `queued` is `pending` (C-13).

use super::{Rule, Sample, Transition, Verdict, Whole};
use crate::json::Value;
use crate::protocol::tasks::{State, Status, task_of};
use crate::protocol::{BodyEnd, TaskFacts};

mod cancel;
mod cost;
mod identity;
mod readings;
mod result;
mod shape;
mod status;
mod stream;
mod submit;
mod times;

pub static RULES: &[&Rule] = &[
    &stream::NOT_UTF8,
    &stream::STREAM,
    &stream::ERROR,
    &submit::SUBMITTED,
    &shape::UNREADABLE,
    &identity::SAME_TASK,
    &identity::OTHER_TASK,
    &shape::NAMELESS,
    &shape::OWN_ID,
    &cancel::SHAPE,
    &cancel::TERMINAL,
    &status::ORDER,
    &result::COMPLETED,
    &result::OUTPUT,
    &shape::AMOUNT,
    &cost::EARLY,
    &cost::ERROR,
    &times::RULE,
    &result::OVER_ESTIMATE,
    &readings::SHAPE,
    &readings::FIRST_STATUS,
    &readings::CANCEL_COST,
    &readings::UNIT,
];

const fn body(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "application/json")],
        body,
    }
}

const fn stream(request: &'static str, body: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body,
    }
}

/// The task in a whole successful body.
fn task(whole: &Whole<'_, State>) -> Option<TaskFacts> {
    if whole.end != BodyEnd::Clean || !whole.head.is_success() {
        return None;
    }
    task_of(whole.body.ok()?)
}

/// The state that a stream pushes, as it is written and as it is read.
fn pushed<'a>(step: &'a Transition<'_, State>) -> Option<(&'a Value, TaskFacts)> {
    let json = step.event.json().filter(|_| step.event.lines().closed)?;
    Some((json, task_of(json)?))
}

/// What a check says of a task that a look shows.
fn of_look(whole: &Whole<'_, State>, check: fn(&Value, &TaskFacts) -> Verdict) -> Verdict {
    match (whole.body, task(whole)) {
        (Ok(body), Some(task)) => check(body, &task),
        (Ok(_) | Err(_), _) => Verdict::Silent,
    }
}

/// The same of one that is pushed.
fn of_push(step: &Transition<'_, State>, check: fn(&Value, &TaskFacts) -> Verdict) -> Verdict {
    pushed(step).map_or(Verdict::Silent, |(json, task)| check(json, &task))
}

/// The status that earlier answers of the same call ended with.
fn earlier(asked: &crate::protocol::Asked) -> Option<Status> {
    Status::parse(&asked.earlier.as_ref()?.status)
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
