//! `call_time`.

use super::{Metric, Take, Unit};
use crate::exchange::CallEnd;

pub(super) static METRIC: Metric = Metric {
    name: "call_time",
    unit: Unit::Time,
    formula: "end of the call's last request - due",
    about: "Of calls that send several requests, such as a task with its queries: from when the \
            first was due until the last was answered, waits between them included.",
    take: Take::EachCall(take),
};

fn take(end: &CallEnd) -> Option<u64> {
    end.ended.since(end.due).filter(|_| end.requests > 1)
}
