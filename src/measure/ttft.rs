//! `ttft`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "ttft",
    unit: Unit::Time,
    formula: "token[0] - due",
    about: "To the first event with generated payload: text, reasoning, tool arguments or image \
            data. Roles, pings, empty deltas and usage do not count. Streams only.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.first_token?.since(exchange.times.due)
}
