//! Totals of a part of a run, as they stand in a file and are added to those of the other parts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::findings::FindingTotals;
use super::totals::{Busy, Counts, PhaseTotals, Totals};
use super::unknown::UnknownTotals;
use crate::endpoint::Endpoint;
use crate::exchange::Nanos;
use crate::measure::{Series, SeriesKey};
use crate::outcome::Outcome;
use crate::scenario::TemplateId;

/// What totals come to, without the scenario that they are of: the part of a run that another
/// process counted, as it stands in a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sums {
    #[serde(with = "crate::serial::pairs")]
    requests: BTreeMap<TemplateId, Counts>,
    #[serde(with = "crate::serial::pairs")]
    endpoints: BTreeMap<Endpoint, Counts>,
    phases: Vec<PhaseTotals>,
    #[serde(with = "crate::serial::pairs")]
    outcomes: BTreeMap<(u16, TemplateId, Outcome), u64>,
    #[serde(with = "crate::serial::pairs")]
    series: BTreeMap<SeriesKey, Series>,
    pulse: Series,
    busy: Busy,
    findings: FindingTotals,
    unknown: UnknownTotals,
    unread: u64,
    exhausted: Option<(u64, String)>,
    good_calls: u64,
    panicked: bool,
}

impl Totals {
    pub fn sums(&self) -> Sums {
        Sums {
            requests: self.requests.clone(),
            endpoints: self.endpoints.clone(),
            phases: self.phases.clone(),
            outcomes: self.outcomes.clone(),
            series: self.series.clone(),
            pulse: self.pulse.clone(),
            busy: self.busy,
            findings: self.findings.clone(),
            unknown: self.unknown.clone(),
            unread: self.unread,
            exhausted: self.exhausted.clone(),
            good_calls: self.good_calls,
            panicked: self.panicked,
        }
    }

    /// Adds what another part of the same run came to.
    pub fn add(&mut self, sums: Sums) {
        for (template, counts) in sums.requests {
            self.requests.entry(template).or_default().merge(counts);
        }
        for (endpoint, counts) in sums.endpoints {
            self.endpoints.entry(endpoint).or_default().merge(counts);
        }
        for (phase, other) in self.phases.iter_mut().zip(sums.phases) {
            phase.merge(&other);
        }
        for (key, count) in sums.outcomes {
            *self.outcomes.entry(key).or_default() += count;
        }
        for (key, series) in &sums.series {
            self.series.entry(*key).or_default().merge(series);
        }
        self.pulse.merge(&sums.pulse);
        self.busy.merge(sums.busy);
        self.findings.merge(sums.findings);
        self.unknown.merge(sums.unknown);
        self.unread += sums.unread;
        self.exhausted = match (self.exhausted.take(), sums.exhausted) {
            (Some((one, why)), Some((other, _))) => Some((one + other, why)),
            (one, other) => one.or(other),
        };
        self.good_calls += sums.good_calls;
        self.panicked |= sums.panicked;
    }
}

impl Sums {
    /// When the first of its phases began.
    pub fn begun(&self) -> Option<Nanos> {
        self.phases.iter().filter_map(|phase| phase.started).min()
    }

    /// Moves its times to a clock that was started so much earlier, and its places in a recording
    /// behind so many lines.
    pub fn shift(&mut self, by: Duration, lines: u64) {
        for phase in &mut self.phases {
            phase.started = phase.started.map(|at| at.after(by));
            phase.ended = phase.ended.map(|at| at.after(by));
            phase.last_due = phase.last_due.after(by);
            phase.last_sent = phase.last_sent.after(by);
        }
        self.findings.shift_lines(lines);
    }
}

impl PhaseTotals {
    fn merge(&mut self, other: &Self) {
        // Taken apart, so that nothing that is counted later can be left out here.
        let Self {
            started,
            ended,
            calls,
            dropped,
            cut_off,
            last_due,
            last_sent,
        } = *other;
        self.started = [self.started, started].into_iter().flatten().min();
        self.ended = self.ended.max(ended);
        self.calls += calls;
        self.dropped += dropped;
        self.cut_off += cut_off;
        self.last_due = self.last_due.max(last_due);
        self.last_sent = self.last_sent.max(last_sent);
    }
}
