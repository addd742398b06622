//! `hang`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "hang",
    unit: Unit::Time,
    formula: "closed - terminal",
    about: "From the protocol's last event to the end of the body: how long a client that waits \
            for the end is kept.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.closed?.since(exchange.times.terminal?)
}
