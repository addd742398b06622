//! `e2e_from_dispatch`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "e2e_from_dispatch",
    unit: Unit::Time,
    formula: "terminal - dispatched",
    about: "As e2e, without our own lateness.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.terminal?.since(exchange.times.dispatched)
}
