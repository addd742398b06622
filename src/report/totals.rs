//! A run's totals, taken in event by event. Memory grows with the scenario, not with the load.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::findings::FindingTotals;
use super::line::in_a_line;
use super::unknown::UnknownTotals;
use crate::doubt::BUSY_LIMIT;
use crate::drive::Event;
use crate::endpoint::Endpoint;
use crate::exchange::{CallKey, Exchange, Nanos};
use crate::measure::{Interval, METRICS, MetricId, Series, SeriesKey, Take};
use crate::outcome::{Failure, Outcome};
use crate::scenario::{Scenario, TemplateId};
use crate::threshold::{Comparison, Subject, Threshold};

/// Counters of one request template, or of one endpoint.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) outcomes: BTreeMap<Outcome, u64>,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) output_tokens: u64,
    /// Sessions, those that came to their last answer, and answers to go on with.
    pub(super) sessions: u64,
    pub(super) whole_sessions: u64,
    pub(super) turns: u64,
    /// Of the earliest call that was not answered as it should be: what was wrong, in words.
    pub(super) first_error: Option<(CallKey, String)>,
}

/// One phase as it went.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct PhaseTotals {
    pub(super) started: Option<Nanos>,
    pub(super) ended: Option<Nanos>,
    pub(super) calls: u64,
    pub(super) dropped: u64,
    pub(super) cut_off: u64,
    /// When the last call was due, and when the last one left.
    pub(super) last_due: Nanos,
    pub(super) last_sent: Nanos,
}

/// How much of the time workers' threads were on a processor.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Busy {
    /// Seconds, of each thread.
    pub(super) seconds: u64,
    /// Those in which it had next to no time left.
    pub(super) full: u64,
    /// The most, in thousandths.
    pub(super) most: u16,
}

impl Busy {
    fn take(&mut self, thousandths: Option<u16>) {
        let Some(thousandths) = thousandths else {
            return;
        };
        self.seconds += 1;
        self.full += u64::from(f64::from(thousandths) / 1e3 >= BUSY_LIMIT);
        self.most = self.most.max(thousandths);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.seconds += other.seconds;
        self.full += other.full;
        self.most = self.most.max(other.most);
    }
}

impl PhaseTotals {
    /// From its start to the end of its last call.
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds shown as seconds")]
    pub(super) fn seconds(&self) -> Option<f64> {
        let nanos = self.ended?.since(self.started?)?;
        Some(nanos as f64 / 1e9)
    }
}

#[derive(Debug)]
pub struct Totals {
    pub(super) scenario: Arc<Scenario>,
    pub(super) requests: BTreeMap<TemplateId, Counts>,
    pub(super) endpoints: BTreeMap<Endpoint, Counts>,
    pub(super) phases: Vec<PhaseTotals>,
    /// What became of the requests of each phase; the audit's own have one of their own.
    pub(super) outcomes: BTreeMap<(u16, TemplateId, Outcome), u64>,
    pub(super) series: BTreeMap<SeriesKey, Series>,
    /// How late the workers' own ticks came.
    pub(super) pulse: Series,
    pub(super) busy: Busy,
    pub(super) findings: FindingTotals,
    pub(super) unknown: UnknownTotals,
    pub(super) unread: u64,
    /// Requests that this machine could not send, and what it had run out of, first.
    pub(super) exhausted: Option<(u64, String)>,
    pub(super) good_calls: u64,
    pub(super) panicked: bool,
    /// Calls under way of which a request has already gone wrong.
    bad: HashSet<CallKey>,
    /// Calls under way that have been cut off.
    cut_off: HashSet<CallKey>,
    limits: Vec<UpperLimit>,
}

/// A threshold that bounds single exchanges from above, for goodput.
#[derive(Debug)]
struct UpperLimit {
    template: Option<TemplateId>,
    phase: Option<u16>,
    metric: MetricId,
    limit: f64,
}

impl Totals {
    pub fn new(scenario: Arc<Scenario>) -> Self {
        let phases = vec![PhaseTotals::default(); scenario.phases.len()];
        let limits = scenario
            .thresholds
            .iter()
            .filter_map(|limit| upper_limit(limit, &scenario));
        Self {
            limits: limits.collect(),
            scenario,
            requests: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            phases,
            outcomes: BTreeMap::new(),
            series: BTreeMap::new(),
            pulse: Series::new(),
            busy: Busy::default(),
            findings: FindingTotals::default(),
            unknown: UnknownTotals::default(),
            unread: 0,
            exhausted: None,
            good_calls: 0,
            panicked: false,
            bad: HashSet::new(),
            cut_off: HashSet::new(),
        }
    }

    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Takes one event in. Findings are moved out of an exchange: nobody else needs them.
    pub fn take(&mut self, event: &mut Event) {
        match event {
            Event::PhaseStarted { phase, at } => {
                self.phase(*phase, |phase| phase.started = Some(*at));
            }
            Event::PhaseEnded { phase, at } => self.phase(*phase, |phase| phase.ended = Some(*at)),
            Event::Exchanged(exchange) => self.exchange(exchange),
            Event::CallEnded(end) => {
                let is_good = !self.bad.remove(&end.call);
                let cut_off = self.cut_off.remove(&end.call);
                self.good_calls += u64::from(is_good && self.is_recorded(end.call));
                if let Some(turns) = end.turns {
                    let counts = self.requests.entry(end.template).or_default();
                    counts.sessions += 1;
                    counts.whole_sessions += u64::from(turns.answered == turns.planned);
                    counts.turns += u64::from(turns.answered);
                }
                self.phase(end.call.phase, |phase| {
                    phase.calls += 1;
                    phase.cut_off += u64::from(cut_off);
                    phase.last_due = phase.last_due.max(end.due);
                });
            }
            Event::Dropped { call, template } => {
                self.phase(call.phase, |phase| phase.dropped += 1);
                let counts = self.requests.entry(*template).or_default();
                *counts.outcomes.entry(Outcome::Dropped).or_default() += 1;
                let key = (call.phase, *template, Outcome::Dropped);
                *self.outcomes.entry(key).or_default() += 1;
            }
            Event::Samples(interval) => self.samples(interval),
            Event::Pulse(pulse) => {
                self.pulse.merge(&pulse.late);
                self.busy.take(pulse.busy);
            }
            Event::Panicked => self.panicked = true,
        }
    }

    /// The audit's own calls belong to no phase of the scenario.
    fn phase(&mut self, phase: u16, note: impl FnOnce(&mut PhaseTotals)) {
        if let Some(phase) = self.phases.get_mut(usize::from(phase)) {
            note(phase);
        }
    }

    fn is_recorded(&self, call: CallKey) -> bool {
        self.scenario
            .phases
            .get(usize::from(call.phase))
            .is_some_and(|phase| phase.record)
    }

    fn exchange(&mut self, exchange: &mut Exchange) {
        if let Some(judgement) = &exchange.judgement {
            self.unread += u64::from(judgement.oversized);
        }
        if let Some(Failure::Exhausted(why)) = &exchange.failure {
            let (count, _) = self.exhausted.get_or_insert_with(|| (0, why.clone()));
            *count += 1;
        }
        let breaks_a_rule = exchange.judgement.as_ref().is_some_and(|judgement| {
            judgement
                .findings
                .iter()
                .any(crate::judge::Finding::is_must)
        });
        if !exchange.outcome.is_as_expected() || breaks_a_rule || self.exceeds_a_limit(exchange) {
            self.bad.insert(exchange.call);
        }
        let key = (exchange.call.phase, exchange.template, exchange.outcome);
        *self.outcomes.entry(key).or_default() += 1;
        if exchange.outcome == Outcome::Interrupted {
            self.cut_off.insert(exchange.call);
        }
        if exchange.ordinal == 0 {
            let (phase, at) = (exchange.call.phase, exchange.times.dispatched);
            self.phase(phase, |phase| phase.last_sent = phase.last_sent.max(at));
        }
        self.requests
            .entry(exchange.template)
            .or_default()
            .take(exchange);
        self.endpoints
            .entry(exchange.endpoint)
            .or_default()
            .take(exchange);
        self.findings.take(exchange);
        self.unknown.take(exchange);
    }

    fn exceeds_a_limit(&self, exchange: &Exchange) -> bool {
        self.limits.iter().any(|upper| {
            let applies = upper
                .template
                .is_none_or(|template| template == exchange.template)
                && upper.phase.is_none_or(|phase| phase == exchange.call.phase);
            let Take::Once(take) = METRICS[usize::from(upper.metric.0)].take else {
                return false;
            };
            #[expect(
                clippy::cast_precision_loss,
                reason = "a limit is not exact to a nanosecond"
            )]
            let exceeds = |value: u64| value as f64 > upper.limit;
            applies && take(exchange).is_some_and(exceeds)
        })
    }

    fn samples(&mut self, interval: &Interval) {
        for (key, series) in interval {
            self.series.entry(*key).or_default().merge(series);
        }
    }

    /// Exchanges and calls never made, over all templates.
    pub(super) fn outcome(&self, is_counted: impl Fn(Outcome) -> bool) -> u64 {
        let counts = self.requests.values().flat_map(|counts| &counts.outcomes);
        counts
            .filter(|(outcome, _)| is_counted(**outcome))
            .map(|(_, count)| count)
            .sum()
    }
}

impl Counts {
    fn take(&mut self, exchange: &Exchange) {
        *self.outcomes.entry(exchange.outcome).or_default() += 1;
        if let Some(status) = exchange.status() {
            *self.statuses.entry(status).or_default() += 1;
        }
        if let Some(judgement) = &exchange.judgement {
            self.bytes += judgement.bytes;
            self.events += u64::from(judgement.frames);
        }
        let tokens = exchange.output_tokens().unwrap_or_default();
        // The target's own claim, which may be any number.
        self.output_tokens = self.output_tokens.saturating_add(tokens);
        if exchange.outcome.is_unexpected() {
            let call = exchange.call;
            if self
                .first_error
                .as_ref()
                .is_none_or(|(held, _)| call < *held)
            {
                self.first_error = Some((call, in_a_line(&told(exchange))));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        // Taken apart, so that nothing that is counted later can be left out here.
        let Self {
            outcomes,
            statuses,
            bytes,
            events,
            output_tokens,
            sessions,
            whole_sessions,
            turns,
            first_error,
        } = other;
        for (outcome, count) in outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (status, count) in statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.bytes += bytes;
        self.events += events;
        self.output_tokens = self.output_tokens.saturating_add(output_tokens);
        self.sessions += sessions;
        self.whole_sessions += whole_sessions;
        self.turns += turns;
        let errors = [self.first_error.take(), first_error];
        self.first_error = errors.into_iter().flatten().min();
    }

    pub(super) fn total(&self) -> u64 {
        self.outcomes.values().sum()
    }
}

/// What went wrong with an exchange, in a line.
fn told(exchange: &Exchange) -> String {
    if let Some(failure) = &exchange.failure {
        return failure.to_string();
    }
    let status = exchange.status().unwrap_or_default();
    let error = exchange
        .judgement
        .as_ref()
        .and_then(|judgement| judgement.facts.error.as_ref());
    let said = error
        .map(|(kind, message)| format!(" {kind}: {message}"))
        .unwrap_or_default();
    if exchange.outcome == Outcome::UnexpectedStatus {
        let expected: Vec<_> = exchange.expected.iter().map(ToString::to_string).collect();
        format!("status {status}, expected {}{said}", expected.join(" or "))
    } else if exchange.outcome == Outcome::StreamError {
        format!("status {status}, then an error in the stream:{said}")
    } else {
        format!("status {status}, the stream ended early")
    }
}

fn upper_limit(threshold: &Threshold, scenario: &Scenario) -> Option<UpperLimit> {
    let Subject::Latency { metric, .. } = &threshold.subject else {
        return None;
    };
    if !matches!(
        threshold.comparison,
        Comparison::Less | Comparison::LessOrEqual
    ) {
        return None;
    }
    let (template, phase) = asked_of(threshold, scenario);
    let is_lost = threshold.request.is_some() && template.is_none();
    (!is_lost).then_some(UpperLimit {
        template,
        phase,
        metric: MetricId::named(metric)?,
        limit: threshold.limit,
    })
}

/// The request and the phase that a threshold is about.
pub(super) fn asked_of(
    threshold: &Threshold,
    scenario: &Scenario,
) -> (Option<TemplateId>, Option<u16>) {
    let template = threshold.request.as_ref().and_then(|name| {
        let mut requests = scenario.requests.iter();
        let index = requests.position(|request| request.name == *name)?;
        u16::try_from(index).ok().map(TemplateId)
    });
    let phase = threshold.phase.as_ref().and_then(|name| {
        let mut phases = scenario.phases.iter();
        u16::try_from(phases.position(|phase| phase.name == *name)?).ok()
    });
    (template, phase)
}
