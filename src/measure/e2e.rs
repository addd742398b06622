//! `e2e`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "e2e",
    unit: Unit::Time,
    formula: "terminal - due",
    about: "To the protocol's last event, or to the last byte of a whole body.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.terminal?.since(exchange.times.due)
}
