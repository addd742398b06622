//! What it makes of a report that several processes shared the run.

use std::time::Duration;

use super::model::{PhaseRow, ShardRow, Verdict};
use crate::doubt::{APART_LIMIT, Doubt};
use crate::exit::Exit;

/// Of how many processes a report is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shards {
    /// One that made all calls.
    Whole,
    /// One of several, which can decide nothing.
    One(ShardRow),
    /// All of those that there are.
    Merged {
        rows: Vec<ShardRow>,
        missing: usize,
        /// Between the first one's start and the last one's.
        apart: Duration,
        /// Doubts about single ones, which the figures of all together may hide.
        doubts: Vec<Doubt>,
    },
}

impl Shards {
    pub(super) fn rows(&self) -> Vec<ShardRow> {
        match self {
            Self::Whole => Vec::new(),
            Self::One(row) => vec![row.clone()],
            Self::Merged { rows, .. } => rows.clone(),
        }
    }

    /// What was asked for was asked of all shards.
    pub(super) fn of_phases(&self, phases: &mut [PhaseRow]) {
        let is_part = matches!(self, Self::One(_));
        let parts = phases.iter_mut().filter(|_| is_part);
        parts.for_each(|phase| phase.asked_calls_per_s = None);
    }

    /// A shard that has done what it was asked for says nothing of the run.
    pub(super) fn concluded(
        &self,
        (verdict, exit, reasons): (Verdict, Exit, Vec<String>),
        is_unwritten: bool,
    ) -> (Verdict, Exit, Vec<String>) {
        let Self::One(row) = self else {
            return (verdict, exit, reasons);
        };
        let is_whole = matches!(exit, Exit::Failed | Exit::Inconclusive | Exit::Held);
        let exit = match exit {
            _ if is_whole && is_unwritten => Exit::Inconclusive,
            _ if is_whole => Exit::Held,
            Exit::Usage
            | Exit::Target
            | Exit::Budget
            | Exit::Bug
            | Exit::Interrupted
            | Exit::Terminated
            | Exit::Failed
            | Exit::Inconclusive
            | Exit::Held => exit,
        };
        let shard = &row.shard;
        let why = format!("shard {shard} decides nothing alone: `spikeproof merge` does");
        (Verdict::Inconclusive, exit, vec![why])
    }

    pub(super) fn doubts(&self) -> Vec<Doubt> {
        let Self::Merged {
            rows,
            missing,
            apart,
            doubts,
        } = self
        else {
            return Vec::new();
        };
        let (missing, there, by) = (*missing, rows.len(), *apart);
        let is_missing = (missing > 0).then_some(Doubt::ShardsMissing { missing, there });
        let is_apart = (by > APART_LIMIT).then_some(Doubt::ShardsApart { by });
        let further = is_missing.into_iter().chain(is_apart);
        doubts.iter().cloned().chain(further).collect()
    }

    /// Whether it is one of several.
    pub(super) fn is_part(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// Between the first one's start and the last one's.
    pub(super) fn apart(&self) -> Duration {
        match self {
            Self::Merged { apart, .. } => *apart,
            Self::Whole | Self::One(_) => Duration::ZERO,
        }
    }

    /// Whether calls are missing that others were to make.
    pub(super) fn lacks_some(&self) -> bool {
        matches!(self, Self::Merged { missing: 1.., .. })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{concluded_as, frame, outcomes, samples, totals};
    use super::super::{Ending, Frame, Totals};
    use super::*;
    use crate::outcome::Outcome;

    const LIMITS: &str = "e2e.p50 < 300ms, errors.unexpected == 0";

    /// Every recorded call went well, in 5 ms.
    fn well() -> Totals {
        let mut totals = totals(LIMITS);
        samples(&mut totals, "e2e", (0..10).map(|_| 5_000_000));
        outcomes(&mut totals, Outcome::Ok, 10);
        totals
    }

    fn row(shard: &str) -> ShardRow {
        ShardRow {
            shard: shard.to_owned(),
            started: "1970-01-01T00:00:00Z".to_owned(),
            duration_s: 1.0,
            workers: 1,
        }
    }

    fn merged(missing: usize, apart: Duration, doubts: Vec<Doubt>) -> Shards {
        Shards::Merged {
            rows: vec![row("0/3"), row("1/3")],
            missing,
            apart,
            doubts,
        }
    }

    #[test]
    fn one_shard_decides_nothing_whatever_it_found() {
        let mut broken = totals(LIMITS);
        outcomes(&mut broken, Outcome::Broken, 10);
        let mut late = well();
        samples(&mut late, "send_lag", (0..200).map(|_| 60_000_000));
        for found in [well(), broken, late] {
            let (report, exit) = concluded_as(&found, &frame(), &Shards::One(row("2/4")));
            assert_eq!((report.verdict, exit), (Verdict::Inconclusive, Exit::Held));
            assert_eq!(report.exit_code, 0);
            assert_eq!(report.thresholds.len(), 0, "limits are of the whole run");
            let why = "shard 2/4 decides nothing alone: `spikeproof merge` does";
            assert_eq!(report.reasons, [why]);
            assert_eq!(report.shards, [row("2/4")]);
        }
    }

    #[test]
    fn the_exit_code_of_a_shard_says_whether_its_share_was_made_and_written() {
        let of_ending = |ending, unwritten: Option<&str>| {
            let frame = Frame {
                ending,
                unwritten: unwritten.map(str::to_owned),
                ..frame()
            };
            concluded_as(&well(), &frame, &Shards::One(row("0/2"))).1
        };
        assert_eq!(of_ending(Ending::Done, None), Exit::Held);
        assert_eq!(of_ending(Ending::Done, Some("full")), Exit::Inconclusive);
        assert_eq!(of_ending(Ending::Interrupted, None), Exit::Interrupted);
        assert_eq!(of_ending(Ending::Terminated, None), Exit::Terminated);
        let used_up = Ending::BudgetUsedUp { requests: 10 };
        assert_eq!(of_ending(used_up, None), Exit::Budget);
        let mut panicked = well();
        panicked.take(&mut crate::drive::Event::Panicked);
        let (_, exit) = concluded_as(&panicked, &frame(), &Shards::One(row("0/2")));
        assert_eq!(exit, Exit::Bug);
    }

    #[test]
    fn a_merged_report_says_what_is_to_be_doubted_of_its_shards() {
        let names = |shards: &Shards| {
            let (report, exit) = concluded_as(&well(), &frame(), shards);
            let doubts = report.doubts.iter();
            let doubts: Vec<_> = doubts.map(|row| (row.doubt, row.message.clone())).collect();
            assert_eq!(report.shards, [row("0/3"), row("1/3")]);
            (doubts, report.verdict, exit)
        };
        let nothing = names(&merged(0, APART_LIMIT, Vec::new()));
        assert_eq!(nothing, (Vec::new(), Verdict::Pass, Exit::Held));
        let (doubts, verdict, exit) = names(&merged(1, Duration::ZERO, Vec::new()));
        assert_eq!((verdict, exit), (Verdict::Inconclusive, Exit::Inconclusive));
        assert_eq!(doubts[0].0, "shards_missing");
        assert!(
            doubts[0].1.starts_with("1 of 3 shards are missing"),
            "{doubts:?}"
        );
        let apart = APART_LIMIT + Duration::from_millis(200);
        let (doubts, verdict, _) = names(&merged(0, apart, Vec::new()));
        assert_eq!(verdict, Verdict::Inconclusive);
        assert_eq!(doubts[0].0, "shards_apart");
        assert!(doubts[0].1.contains("up to 1.2 s apart"), "{doubts:?}");
        // One was late, which the sums of all do not show.
        let lag_p99 = Duration::from_millis(70);
        let (doubts, verdict, exit) =
            names(&merged(0, Duration::ZERO, vec![Doubt::Behind { lag_p99 }]));
        assert_eq!((verdict, exit), (Verdict::Inconclusive, Exit::Inconclusive));
        assert_eq!(doubts.len(), 1);
        assert!(doubts[0].1.contains("70.0 ms late"), "{doubts:?}");
    }

    #[test]
    fn a_doubt_about_all_is_not_told_once_more_for_one() {
        let mut late = well();
        samples(&mut late, "send_lag", (0..200).map(|_| 60_000_000));
        let own = Doubt::Behind {
            lag_p99: Duration::from_millis(90),
        };
        let (report, _) = concluded_as(&late, &frame(), &merged(0, Duration::ZERO, vec![own]));
        let doubts: Vec<_> = report.doubts.iter().map(|row| row.doubt).collect();
        assert_eq!(doubts, ["behind"]);
    }
}
