//! `tokens_per_second`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "tokens_per_second",
    unit: Unit::PerSecond,
    formula: "output_tokens / (token[last] - token[0])",
    about: "Of one request, by the stream's own usage. Absent when all payload came at one \
            instant.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    let tokens = exchange.output_tokens()?;
    let span = exchange
        .times
        .last_token?
        .since(exchange.times.first_token?)?;
    let thousandths = u128::from(tokens) * 1_000 * 1_000_000_000;
    thousandths
        .checked_div(u128::from(span))
        .and_then(|rate| u64::try_from(rate).ok())
}
