//! BIL-002 and BIL-011: bursts of requests that must move nothing.

use super::books::{Books, told};
use super::conclude::result;
use super::credits::Credits;
use super::verdict::{BillingVerdict, CheckResult, CheckState};
use crate::rules::Rule;

/// A burst of requests that must move nothing, with the books before and after.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Probe {
    pub class: String,
    /// Whether it is about free endpoints (BIL-011) rather than failures (BIL-002).
    pub free: bool,
    /// Requests that were answered.
    pub requests: u64,
    /// Those of them that were to fail and did not, so that a charge for them is no surprise.
    pub succeeded: u64,
    pub before: Books,
    pub after: Books,
    /// Moved only when all had been at rest for a while: charged late, or by somebody else.
    pub late: bool,
    /// The books had not come to rest in time.
    pub unsettled: bool,
    /// Suspects sent again, alone, after all else.
    pub replay: Option<Again>,
}

/// What became of suspects that were sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Again {
    /// How many ended in the class that is suspected.
    pub same: u64,
    /// Billed calls that are right for how all of them ended, at least and at most.
    pub billed: (u64, u64),
}

impl Probe {
    /// Whether a movement can have no other cause than a charge for these requests.
    fn is_telling(&self) -> bool {
        self.succeeded == 0 && !self.late
    }
}

/// All probes of one kind. `unrest`: why something else may have moved the books.
pub(super) fn check<'a>(
    rule: &'static Rule,
    probes: impl Iterator<Item = &'a Probe>,
    unrest: Option<&str>,
) -> CheckResult {
    let mut doubt = None;
    let (mut classes, mut requests) = (0, 0);
    for probe in probes {
        let class = &probe.class;
        if let Some(moved) = probe.before.movement(&probe.after) {
            let charged = probe.before.charged(&probe.after);
            let charged = told(&charged).filter(|charged| charged.credits != Credits::ZERO);
            let amount = charged.map(|charged| format!(", charged {}", charged.credits));
            let amount = amount.unwrap_or_default();
            let message = format!("{} × {class}: {moved}{amount}", probe.requests);
            if unrest.is_none() && probe.is_telling() {
                return result(rule, CheckState::Failed, message);
            }
            let why = match probe.succeeded {
                _ if probe.late => ": a late charge, or others use this key".to_owned(),
                0 => unrest.map(|why| format!(", but {why}")).unwrap_or_default(),
                n => format!(", and {n} of them were answered with success"),
            };
            doubt.get_or_insert((CheckState::Inconclusive, message + &why));
        } else if probe.unsettled {
            let message = format!("{class}: the books did not come to rest");
            doubt.get_or_insert((CheckState::Inconclusive, message));
        } else if let Some(source) = probe.before.fell_silent(&probe.after) {
            let message = format!("{class}: {source} was not told any more");
            doubt.get_or_insert((CheckState::Inconclusive, message));
        } else if !probe.before.can_compare(&probe.after) {
            let message = "the target tells nothing that could have moved".to_owned();
            doubt.get_or_insert((CheckState::NotChecked, message));
        }
        classes += 1;
        requests += probe.requests;
    }
    if requests == 0 {
        let message = "no probe was made".to_owned();
        return result(rule, CheckState::NotChecked, message);
    }
    if let Some((state, message)) = doubt {
        return result(rule, state, message);
    }
    let message = format!("{requests} requests of {classes} classes moved nothing");
    result(rule, CheckState::Passed, message)
}

/// Adds a probe to the table of classes, and what it was charged to the sums.
pub(super) fn add(verdict: &mut BillingVerdict, probe: &Probe, is_quiet: bool) {
    let charged = probe.before.charged(&probe.after);
    if let Some(finest) = told(&charged).filter(|_| is_quiet && probe.is_telling()) {
        verdict.is_measured = true;
        if finest.credits > Credits::ZERO {
            verdict.overcharged += finest.credits;
        } else {
            verdict.undercharged += -finest.credits;
        }
    }
    let finest = charged.first().filter(|_| probe.requests > 0);
    let limit = finest.map(|finest| {
        let requests = i64::try_from(probe.requests).unwrap_or(i64::MAX);
        Credits((finest.quantum.0 + requests - 1) / requests)
    });
    let row = verdict.class(&probe.class);
    row.probed += probe.requests;
    let moved = row.moved.take();
    row.moved = moved.or_else(|| probe.before.movement(&probe.after));
    row.detection_limit = row.detection_limit.or(limit);
}
