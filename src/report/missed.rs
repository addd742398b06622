//! Phases that started fewer calls than they were to start.

use std::time::Duration;

use super::build::{Ending, Frame};
use super::model::PhaseRow;
use super::shards::Shards;
use super::totals::{PhaseTotals, Totals};
use crate::doubt::{Doubt, RATE_LIMIT, RATE_SLACK};
use crate::plan::{Callers, Iterations, PhasePlan, Plan, Schedule};

impl PhaseTotals {
    /// From its start until its last call had left.
    pub(super) fn sending(&self) -> Option<Duration> {
        let sending = self.last_sent.since(self.started?)?;
        Some(Duration::from_nanos(sending))
    }
}

/// A caller that is there for less may go before its first call.
const SHORTEST_STAY: Duration = Duration::from_millis(100);

/// Doubts about all phases, in their order. A run that was stopped or is not whole says so itself.
pub(super) fn missed(
    totals: &Totals,
    (frame, shards): (&Frame, &Shards),
    rows: &[PhaseRow],
) -> Vec<Doubt> {
    if frame.ending != Ending::Done || shards.is_part() || shards.lacks_some() {
        return Vec::new();
    }
    let plan = Plan::new(&totals.scenario, frame.seed);
    let slack = RATE_SLACK + shards.apart();
    let phases = plan.phases.iter().zip(&totals.phases).zip(rows);
    let begun = phases.filter(|((_, went), _)| went.started.is_some());
    let doubts = begun.filter_map(|((phase, went), row)| match &phase.schedule {
        Schedule::Open { .. } => rate_missed(phase, went, row, slack),
        Schedule::Closed {
            callers,
            iterations,
            ..
        } => match iterations {
            Iterations::Unlimited => callers_idle(phase, went, callers),
            Iterations::Shared(_) | Iterations::Each(_) => iterations_missed(phase, went),
        },
    });
    doubts.collect()
}

/// Calls that were due while too many were open are told apart: the generator could have made them.
#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
fn rate_missed(
    phase: &PhasePlan,
    went: &PhaseTotals,
    row: &PhaseRow,
    slack: Duration,
) -> Option<Doubt> {
    let (asked, achieved) = (row.asked_calls_per_s?, row.started_calls_per_s?);
    let planned = phase.calls()? as f64;
    let length = phase.length().as_secs_f64();
    let took = went.sending().unwrap_or_default().saturating_sub(slack);
    let at_rate = (went.calls + went.dropped) as f64 * length / took.as_secs_f64().max(length);
    (at_rate < planned * RATE_LIMIT).then(|| Doubt::RateMissed {
        phase: phase.name.clone(),
        asked,
        achieved,
    })
}

fn iterations_missed(phase: &PhasePlan, went: &PhaseTotals) -> Option<Doubt> {
    let asked = phase.calls()?;
    (went.calls < asked).then(|| Doubt::IterationsMissed {
        phase: phase.name.clone(),
        made: went.calls,
        asked,
    })
}

/// Each caller that is there for a while makes a call at least: it begins with one.
fn callers_idle(phase: &PhasePlan, went: &PhaseTotals, callers: &Callers) -> Option<Doubt> {
    let stays = |vu: &u32| {
        let spells = callers.spells(*vu).into_iter();
        let stay: Duration = spells.map(|spell| spell.until - spell.from).sum();
        stay >= SHORTEST_STAY
    };
    let there = (0..callers.most()).filter(stays).count() as u64;
    let callers = there.max(1);
    (went.calls < callers).then(|| Doubt::CallersIdle {
        phase: phase.name.clone(),
        callers,
        calls: went.calls,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::model::ShardRow;
    use super::super::tests::{concluded_as, frame};
    use super::*;
    use crate::drive::Event;
    use crate::exchange::{CallEnd, CallKey, Exchange, Nanos};
    use crate::outcome::Outcome;
    use crate::scenario::{Scenario, Source, TemplateId, Vocabulary, variables};

    fn millis(millis: u64) -> Nanos {
        Nanos(millis * 1_000_000)
    }

    /// A run of one phase that began at once and sent calls at these milliseconds.
    fn sent(executor: &str, times: impl Iterator<Item = u64>) -> Totals {
        let text = format!(
            "name: t\nrequests: {{ a: {{ call: groups.list }} }}\n\
             phases: [{{ name: p, executor: {executor} }}]\n"
        );
        let source = Source::new("t.yaml", text);
        let scenario = Scenario::parse(&source, &variables([]), &Vocabulary::default());
        let mut totals = Totals::new(Arc::new(scenario.unwrap()));
        let phase = 0;
        totals.take(&mut Event::PhaseStarted {
            phase,
            at: millis(0),
        });
        for (number, at) in (0..).zip(times) {
            let call = CallKey { phase, number };
            let mut exchange = Exchange::example(Outcome::Ok);
            exchange.call = call;
            exchange.times.dispatched = millis(at);
            totals.take(&mut Event::Exchanged(Box::new(exchange)));
            totals.take(&mut Event::CallEnded(CallEnd {
                call,
                key: 0,
                template: TemplateId(0),
                due: millis(at),
                ended: millis(at + 1),
                requests: 1,
                as_expected: true,
                task: None,
                turns: None,
            }));
        }
        totals.take(&mut Event::PhaseEnded {
            phase,
            at: millis(60_000),
        });
        totals
    }

    fn doubts(totals: &Totals) -> Vec<(&'static str, String)> {
        let (report, _) = concluded_as(totals, &frame(), &Shards::Whole);
        let doubts = report.doubts.into_iter();
        doubts.map(|row| (row.doubt, row.message)).collect()
    }

    const RATE: &str = "constant-arrival-rate, rate: 100/s, duration: 10s, max_in_flight: 5";

    #[test]
    fn calls_that_leave_when_they_are_due_are_at_their_rate() {
        let totals = sent(RATE, (0..1_000).map(|call| call * 10));
        assert_eq!(doubts(&totals), []);
        let (report, _) = concluded_as(&totals, &frame(), &Shards::Whole);
        let phase = &report.phases[0];
        let rates = (phase.asked_calls_per_s, phase.started_calls_per_s);
        assert_eq!(rates, (Some(100.0), Some(100.0)));
    }

    #[test]
    fn all_calls_made_in_more_time_are_another_rate() {
        let totals = sent(RATE, (0..1_000).map(|call| call * 12));
        let told = doubts(&totals);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "rate_missed");
        assert!(
            told[0].1.contains("83.4 calls a second, 100.0 were"),
            "{told:?}"
        );
        // The last one alone was late, and not by much of the phase.
        let once = (0..999).map(|call| call * 10).chain([10_600]);
        assert_eq!(doubts(&sent(RATE, once)), []);
    }

    #[test]
    fn what_was_dropped_is_no_fault_of_the_generator() {
        let mut totals = sent(RATE, (0..500).map(|call| call * 20));
        for number in 500..1_000 {
            totals.take(&mut Event::Dropped {
                call: CallKey { phase: 0, number },
                template: TemplateId(0),
            });
        }
        let told = doubts(&totals);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "dropped");
    }

    #[test]
    fn iterations_that_were_not_made_are_told() {
        for executor in [
            "shared-iterations, vus: 2, iterations: 20",
            "per-vu-iterations, vus: 2, iterations: 10",
        ] {
            assert_eq!(doubts(&sent(executor, 0..20)), []);
            let told = doubts(&sent(executor, 0..19));
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].0, "iterations_missed");
            assert!(told[0].1.contains("made 19 of its 20 calls"), "{told:?}");
        }
    }

    #[test]
    fn callers_that_never_called_are_told() {
        let steady = "constant-vus, vus: 50, duration: 1s";
        assert_eq!(doubts(&sent(steady, 0..50)), []);
        let told = doubts(&sent(steady, 0..49));
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "callers_idle");
        assert!(
            told[0].1.contains("50 callers and made 49 calls"),
            "{told:?}"
        );
        // The third would come at the very end, the second is there for a moment.
        let stages = "[{ target: 2, duration: 2s }, { target: 3, duration: 50ms }]";
        let ramp = format!("ramping-vus, start_vus: 0, stages: {stages}");
        assert_eq!(doubts(&sent(&ramp, 0..1)), []);
        assert_eq!(doubts(&sent(&ramp, 0..0))[0].0, "callers_idle");
        let moment = "constant-vus, vus: 3, duration: 1ms";
        assert_eq!(doubts(&sent(moment, 0..1)), []);
        assert_eq!(
            doubts(&sent(moment, 0..0))[0].0,
            "callers_idle",
            "no call at all"
        );
    }

    #[test]
    fn a_run_that_is_not_whole_says_so_itself() {
        let totals = sent("shared-iterations, vus: 2, iterations: 20", 0..5);
        let of = |frame: &Frame, shards: &Shards| {
            let (report, _) = concluded_as(&totals, frame, shards);
            let mut doubts = report.doubts.into_iter();
            doubts.any(|row| row.doubt == "iterations_missed")
        };
        let row = ShardRow {
            shard: "0/4".to_owned(),
            started: String::new(),
            duration_s: 1.0,
            workers: 1,
        };
        let merged = |missing| Shards::Merged {
            rows: vec![row.clone()],
            missing,
            apart: Duration::ZERO,
            doubts: Vec::new(),
        };
        let stopped = Frame {
            ending: Ending::Interrupted,
            ..frame()
        };
        assert!(of(&frame(), &Shards::Whole));
        assert!(of(&frame(), &merged(0)));
        assert!(!of(&frame(), &merged(3)));
        assert!(!of(&frame(), &Shards::One(row.clone())));
        assert!(!of(&stopped, &Shards::Whole));
    }
}
