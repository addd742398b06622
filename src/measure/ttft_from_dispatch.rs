//! `ttft_from_dispatch`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "ttft_from_dispatch",
    unit: Unit::Time,
    formula: "token[0] - dispatched",
    about: "As ttft, without our own lateness: what a client that waits its turn would have seen.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.first_token?.since(exchange.times.dispatched)
}
