//! What the audit concludes, and how far its evidence carries.

use super::books::Charged;
use super::class::Class;
use super::credits::Credits;
use crate::rules::Rule;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    Passed,
    Failed,
    /// The evidence it needs is not there.
    NotChecked,
    /// The evidence is there and cannot carry a verdict.
    Inconclusive,
}

impl CheckState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotChecked => "not_checked",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One check of the run.
#[derive(Debug, Clone)]
pub struct CheckResult {
    pub rule: &'static Rule,
    pub state: CheckState,
    /// What was found, or why nothing could be.
    pub message: String,
}

/// One outcome class: how often, what it may bill, what its probe showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRow {
    pub class: String,
    pub requests: u64,
    /// Billed calls that are right, at least and at most.
    pub billed: (u64, u64),
    pub probed: u64,
    /// What moved during the probe; nothing should.
    pub moved: Option<String>,
    /// The smallest charge a failed request that the probe would have shown.
    pub detection_limit: Option<Credits>,
}

#[derive(Debug, Clone, Default)]
pub struct BillingVerdict {
    pub checks: Vec<CheckResult>,
    pub classes: Vec<ClassRow>,
    /// Whether a probe could tell what was charged for nothing: without one, the two sums below
    /// are unknown and not zero.
    pub is_measured: bool,
    /// Charged for what must be free.
    pub overcharged: Credits,
    /// Given back, or not charged, without a reason.
    pub undercharged: Credits,
    /// The run's charge by each source.
    pub charged: Vec<Charged>,
    /// Billed calls that the books counted, and what is right.
    pub calls_counted: Option<u64>,
    pub calls_expected: (u64, u64),
}

impl BillingVerdict {
    pub fn worst(&self) -> Option<CheckState> {
        let order = [
            CheckState::Failed,
            CheckState::Inconclusive,
            CheckState::Passed,
        ];
        order
            .into_iter()
            .find(|state| self.checks.iter().any(|check| check.state == *state))
    }
}

/// Adds up per class without caring for the order of arrival.
pub(super) fn rows(counts: &std::collections::BTreeMap<Class, u64>) -> Vec<ClassRow> {
    let row = |(class, requests): (&Class, &u64)| {
        let (least, most) = class.billed();
        ClassRow {
            class: class.to_string(),
            requests: *requests,
            billed: (least * requests, most * requests),
            probed: 0,
            moved: None,
            detection_limit: None,
        }
    };
    counts.iter().map(row).collect()
}
