//! `stall`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "stall",
    unit: Unit::Time,
    formula: "max(token[i+1] - token[i])",
    about: "The longest gap of each request.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.longest_gap
}
