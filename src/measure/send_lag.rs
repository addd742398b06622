//! `send_lag`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "send_lag",
    unit: Unit::Time,
    formula: "dispatched - due",
    about: "Our own lateness in sending. It is inside every latency that counts from due; a run \
            in which it is large cannot vouch for them.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.dispatched.since(exchange.times.due)
}
