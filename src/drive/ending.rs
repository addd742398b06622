//! What an exchange came to, from how it went.

use crate::exchange::Exchange;
use crate::outcome::{Failure, Outcome};
use crate::protocol::{BodyEnd, Delivery};

pub(super) fn end_of(failure: Option<&Failure>) -> BodyEnd {
    match failure {
        None => BodyEnd::Clean,
        Some(Failure::Interrupted | Failure::Left | Failure::TimedOut(_)) => BodyEnd::Left,
        Some(
            Failure::Broken(_) | Failure::Connect(_) | Failure::Refused(_) | Failure::Exhausted(_),
        ) => BodyEnd::Broken,
    }
}

pub(super) fn outcome_of(failure: &Failure) -> Outcome {
    match failure {
        Failure::Connect(_) => Outcome::ConnectFailed,
        Failure::Broken(_) => Outcome::Broken,
        Failure::TimedOut(_) => Outcome::TimedOut,
        Failure::Interrupted => Outcome::Interrupted,
        Failure::Left => Outcome::Left,
        Failure::Refused(_) => Outcome::NotSent,
        Failure::Exhausted(_) => Outcome::Dropped,
    }
}

pub(super) fn answered(exchange: &Exchange, delivery: Delivery) -> Outcome {
    let status = exchange.status().unwrap_or_default();
    if !exchange.expected.contains(&status) {
        return Outcome::UnexpectedStatus;
    }
    if status >= 400 {
        return Outcome::Refused;
    }
    let facts = exchange
        .judgement
        .as_ref()
        .map(|judgement| &judgement.facts);
    match facts {
        Some(facts) if facts.error.is_some() => Outcome::StreamError,
        Some(facts) if delivery != Delivery::Unary && !facts.complete => Outcome::Truncated,
        Some(_) | None => Outcome::Ok,
    }
}
