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

    /// Whether calls are missing that others were to make.
    pub(super) fn lacks_some(&self) -> bool {
        matches!(self, Self::Merged { missing: 1.., .. })
    }
}
