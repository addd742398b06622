//! `ttfv`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "ttfv",
    unit: Unit::Time,
    formula: "visible - due",
    about: "To the first text, tool call or image; reasoning does not count. Streams only.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.visible?.since(exchange.times.due)
}
