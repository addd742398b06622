//! `tpot`.

use super::{Metric, Take, Unit};
use crate::exchange::Exchange;

pub(super) static METRIC: Metric = Metric {
    name: "tpot",
    unit: Unit::Time,
    formula: "(token[last] - token[0]) / (output_tokens - 1)",
    about: "Time per output token after the first; output_tokens is what the stream's own usage \
            says, at least 2. Events are not tokens, so this is not the mean of gap.",
    take: Take::Once(take),
};

fn take(exchange: &Exchange) -> Option<u64> {
    let tokens = exchange.output_tokens().filter(|tokens| *tokens >= 2)?;
    let span = exchange
        .times
        .last_token?
        .since(exchange.times.first_token?)?;
    Some(span / (tokens - 1))
}
