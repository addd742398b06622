//! The fold: exchanges and readings in, a verdict out.

use std::collections::BTreeMap;

use super::books::{Books, Charged, told};
use super::checks;
use super::class::Class;
use super::credits::Credits;
use super::envelope::{self, Envelope};
use super::order::{Seen, rise};
use super::probe::{self, Probe};
use super::verdict::{BillingVerdict, CheckResult, CheckState, rows};
use crate::endpoint::Endpoint;
use crate::exchange::{CallEnd, Exchange};
use crate::rules::Rule;
use crate::scenario::Mistake;

/// Gathers the evidence of a run.
#[derive(Debug, Default)]
pub struct Audit {
    counts: BTreeMap<Class, u64>,
    seen: Vec<Seen>,
    /// Request ids of `seen`, for the two that a finding names.
    envelopes: Tally,
    decimals: BTreeMap<usize, u64>,
    baseline: Option<Books>,
    settled: Option<Books>,
    /// Why the quiet readings cannot be trusted.
    disturbed: Option<String>,
    /// What one reading of the books is charged, though it must be free.
    reading_costs: Option<Credits>,
    probes: Vec<Probe>,
}

#[derive(Debug, Default)]
struct Tally {
    judged: u64,
    broken: u64,
    first: Option<String>,
}

impl Audit {
    /// One exchange of the run's traffic. `now`: Unix seconds when its head came.
    pub fn observe(&mut self, exchange: &Exchange, mistake: Option<Mistake>, now: u64) {
        if exchange.endpoint != Endpoint::Asset
            && let Some(class) = Class::of(exchange, mistake)
        {
            *self.counts.entry(class).or_default() += 1;
        }
        self.read(exchange, now);
    }

    /// An exchange's headers alone: for the audit's own readings and probes.
    pub fn read(&mut self, exchange: &Exchange, now: u64) {
        let (Some(head), Some(at)) = (&exchange.head, exchange.times.head) else {
            return;
        };
        // An asset comes from another service; a 401 is an answer to nobody, so the documents do
        // not say whose money its headers would speak of.
        if exchange.endpoint == Endpoint::Asset || head.status == 401 {
            return;
        }
        self.envelopes.judged += 1;
        if let Some(fault) = envelope::fault(head, now) {
            self.envelopes.broken += 1;
            self.envelopes
                .first
                .get_or_insert_with(|| format!("{}: {fault}", named(exchange)));
        }
        if let Some(decimals) = envelope::decimals(head) {
            *self.decimals.entry(decimals).or_default() += 1;
        }
        if let Some(quota) = Envelope::of(head).quota {
            let sent = exchange.times.dispatched;
            self.seen.push(Seen {
                sent,
                head: at,
                quota: quota.credits,
            });
        }
    }

    pub fn call_ended(&mut self, end: &CallEnd) {
        if let Some(task) = &end.task {
            *self.counts.entry(Class::of_task(task)).or_default() += 1;
        }
    }

    /// The books before any traffic: two readings, or four where the first two differ. Each reading
    /// is of free endpoints, so nothing may move. Where the same amount moves each time, however
    /// long the pause before it, the reading itself is charged; else others use the key.
    pub fn baseline(&mut self, readings: Vec<Books>) {
        let pairs = readings.windows(2).map(|pair| (&pair[0], &pair[1]));
        let moved = pairs
            .clone()
            .find_map(|(before, after)| before.movement(after));
        let charges: Vec<_> = pairs
            .filter_map(|(before, after)| told(&before.charged(after)).map(|c| c.credits))
            .collect();
        if let Some(moved) = moved {
            let is_steady = charges.len() >= 3 && charges.windows(2).all(|pair| pair[0] == pair[1]);
            if is_steady && charges[0] > Credits::ZERO {
                self.reading_costs = Some(charges[0]);
                self.disturb(format!("reading the books itself is charged: {moved}"));
            } else {
                self.disturb(format!(
                    "before the run began, {moved}: others use this key"
                ));
            }
        }
        self.baseline = readings.into_iter().last();
    }

    /// The books after the traffic has come to rest, or its last state when it has not.
    pub fn settled(&mut self, books: Books, at_rest: bool) {
        if !at_rest {
            self.disturb("the books were still moving when settling had to end".to_owned());
        }
        self.settled = Some(books);
    }

    pub fn probe(&mut self, probe: Probe) {
        self.probes.push(probe);
    }

    fn disturb(&mut self, why: String) {
        self.disturbed.get_or_insert(why);
    }

    pub fn verdict(&self) -> BillingVerdict {
        let (least, most) = self.expected_calls();
        let mut verdict = BillingVerdict {
            classes: rows(&self.counts),
            calls_expected: (least, most),
            ..BillingVerdict::default()
        };
        if let (Some(before), Some(after)) = (&self.baseline, &self.settled) {
            verdict.charged = before.charged(after);
            verdict.calls_counted = after
                .calls
                .zip(before.calls)
                .and_then(|(after, before)| after.checked_sub(before));
        }
        let unrest = self.unrest();
        let unrest = unrest.as_deref();
        verdict.checks = vec![
            self.envelope_check(),
            probe::check(&checks::QUIESCENT_INVARIANCE, self.of(false), unrest),
            self.order_check(),
            self.conservation(&verdict.charged),
            self.count_check(&verdict),
            self.free_check(unrest),
        ];
        for probe in &self.probes {
            probe::add(&mut verdict, probe, unrest.is_none());
        }
        verdict
    }

    fn free_check(&self, unrest: Option<&str>) -> CheckResult {
        let rule = &checks::FREE_ENDPOINTS;
        if let Some(cost) = self.reading_costs {
            let message = format!("each reading of account, usage and transactions costs {cost}");
            return result(rule, CheckState::Failed, message);
        }
        probe::check(rule, self.of(true), unrest)
    }

    fn of(&self, free: bool) -> impl Iterator<Item = &Probe> {
        self.probes.iter().filter(move |probe| probe.free == free)
    }

    /// Whether the books already count as many calls as this run must have billed, and those of
    /// its tasks that may still be running.
    pub fn is_all_counted(&self, books: &Books) -> bool {
        self.counted(books).is_none_or(|counted| {
            counted >= self.expected_calls().0.saturating_add(self.open_tasks())
        })
    }

    /// Calls that the books have counted since the baseline.
    fn counted(&self, books: &Books) -> Option<u64> {
        let before = self.baseline.as_ref()?.calls?;
        Some(books.calls?.saturating_sub(before))
    }

    /// Tasks that were not seen to their end: each is charged when it completes, whenever that is.
    fn open_tasks(&self) -> u64 {
        self.counts
            .get(&Class::TaskUnfinished)
            .copied()
            .unwrap_or_default()
    }

    /// Why a movement of the books between the probes may be no charge for them.
    fn unrest(&self) -> Option<String> {
        let open = self.open_tasks();
        let all = self.settled.as_ref().and_then(|books| {
            self.counted(books)?
                .checked_sub(self.expected_calls().0.saturating_add(open))
        });
        let tasks = (open > 0 && all.is_none())
            .then(|| format!("{open} tasks of the run may have completed meanwhile"));
        self.disturbed.clone().or(tasks)
    }

    fn expected_calls(&self) -> (u64, u64) {
        self.counts
            .iter()
            .fold((0, 0), |(least, most), (class, count)| {
                let (one_least, one_most) = class.billed();
                (least + one_least * count, most + one_most * count)
            })
    }

    fn envelope_check(&self) -> CheckResult {
        let rule = &checks::ENVELOPE;
        let Tally {
            judged,
            broken,
            first,
        } = &self.envelopes;
        if *judged == 0 {
            return result(rule, CheckState::NotChecked, "no answer came".to_owned());
        }
        if let Some(first) = first {
            let message = format!("{broken} of {judged} answers; the first: {first}");
            return result(rule, CheckState::Failed, message);
        }
        if self.decimals.len() > 1 {
            let found: Vec<_> = self
                .decimals
                .iter()
                .map(|(n, count)| format!("{n} ({count} times)"))
                .collect();
            let message = format!("decimals of the quota header vary: {}", found.join(", "));
            return result(rule, CheckState::Failed, message);
        }
        result(rule, CheckState::Passed, format!("{judged} answers"))
    }

    fn order_check(&self) -> CheckResult {
        let rule = &checks::ORDER;
        if self.seen.len() < 2 {
            let message = "fewer than two answers had a quota header".to_owned();
            return result(rule, CheckState::NotChecked, message);
        }
        let Some((earlier, later)) = rise(&self.seen) else {
            return result(
                rule,
                CheckState::Passed,
                format!("{} observations", self.seen.len()),
            );
        };
        let (earlier, later) = (self.seen[earlier], self.seen[later]);
        let message = format!(
            "the balance rose from {} (head at {:.6} s) to {} (sent at {:.6} s)",
            earlier.quota,
            seconds(earlier.head.0),
            later.quota,
            seconds(later.sent.0),
        );
        let topped_up = match (&self.baseline, &self.settled) {
            (Some(before), Some(after)) => before.transactions != after.transactions,
            _ => false,
        };
        let state = if topped_up {
            CheckState::Inconclusive
        } else {
            CheckState::Failed
        };
        result(rule, state, message)
    }

    /// What stands between a quiet-books check and a verdict.
    fn obstacle(&self) -> Option<(CheckState, String)> {
        if self.baseline.is_none() || self.settled.is_none() {
            return Some((CheckState::NotChecked, "the books were not read".to_owned()));
        }
        self.disturbed
            .clone()
            .map(|why| (CheckState::Inconclusive, why))
    }

    fn conservation(&self, charged: &[Charged]) -> CheckResult {
        let rule = &checks::CONSERVATION;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let told: Vec<_> = charged
            .iter()
            .map(|charged| format!("{} {}", charged.source, charged.credits))
            .collect();
        let told = told.join(", ");
        let ends = self.baseline.as_ref().zip(self.settled.as_ref());
        if let Some(source) = ends.and_then(|(before, after)| before.fell_silent(after)) {
            let message = format!("{source} was not told any more after the run: {told}");
            return result(rule, CheckState::Inconclusive, message);
        }
        if charged.len() < 2 {
            let message = format!("needs two sources, has {}: {told}", charged.len());
            return result(rule, CheckState::NotChecked, message);
        }
        let apart = charged.iter().enumerate().find_map(|(index, one)| {
            charged[index + 1..]
                .iter()
                .find(|other| (one.credits - other.credits).abs() >= one.quantum + other.quantum)
        });
        let state = if apart.is_some() {
            CheckState::Failed
        } else {
            CheckState::Passed
        };
        result(rule, state, format!("charged for the run: {told}"))
    }

    fn count_check(&self, verdict: &BillingVerdict) -> CheckResult {
        let rule = &checks::COUNTS;
        if let Some((state, why)) = self.obstacle() {
            return result(rule, state, why);
        }
        let of = |books: &Option<Books>| books.as_ref().and_then(|books| books.calls);
        let counted = match (of(&self.baseline), of(&self.settled)) {
            (None, None) => {
                let message = "the target gives no call_count".to_owned();
                return result(rule, CheckState::NotChecked, message);
            }
            (Some(before), Some(after)) => match after.checked_sub(before) {
                Some(counted) => counted,
                None => {
                    let message = format!("call_count fell from {before} to {after}");
                    return result(rule, CheckState::Failed, message);
                }
            },
            (Some(_), None) | (None, Some(_)) => {
                let message = "call_count was told at one end of the run only".to_owned();
                return result(rule, CheckState::Inconclusive, message);
            }
        };
        let (least, most) = verdict.calls_expected;
        let expected = if least == most {
            format!("{least}")
        } else {
            format!("{least} to {most}")
        };
        let message = format!("call_count grew by {counted}, billable successes are {expected}");
        let holds = (least..=most).contains(&counted);
        result(
            rule,
            if holds {
                CheckState::Passed
            } else {
                CheckState::Failed
            },
            message,
        )
    }
}

pub(super) fn result(rule: &'static Rule, state: CheckState, message: String) -> CheckResult {
    CheckResult {
        rule,
        state,
        message,
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// What a reader can find the exchange by.
fn named(exchange: &Exchange) -> String {
    let status = exchange.status().unwrap_or_default();
    let id = exchange.request_id().unwrap_or("without request id");
    format!(
        "{} {} ({status}, {id})",
        exchange.endpoint.method(),
        exchange.endpoint.path()
    )
}
