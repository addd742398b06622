//! `gap`.

use super::{Metric, Take, Unit};

pub(super) static METRIC: Metric = Metric {
    name: "gap",
    unit: Unit::Time,
    formula: "token[i+1] - token[i]",
    about: "Between each payload event and the one before it, all of them. Events that came in one \
            read of the connection have the same time, so a gap can be zero.",
    take: Take::EachGap,
};
