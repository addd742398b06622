//! `ttfb`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "ttfb",
    unit: Unit::Time,
    formula: "head - sent",
    about: "From the request's last byte to the answer's head; a diagnostic of the connection \
            and the gateway, not of the model.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    exchange.times.head?.since(exchange.times.sent?)
}
