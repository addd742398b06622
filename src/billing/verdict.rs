//! What the audit concludes, and how far its evidence carries.

use super::books::Charged;
use super::credits::Credits;
use crate::rules::Rule;
use crate::scenario::TemplateId;

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
    /// Requests that it is about, the likeliest first.
    pub suspects: Vec<Suspect>,
}

/// A request that is charged wrongly, or may be what something was charged for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Number of its entry.
    pub entry: usize,
    /// As the target told it; empty until somebody looks it up.
    pub request_id: String,
    pub class: String,
    pub template: TemplateId,
    pub phase: u16,
    pub call: u32,
    pub ordinal: u16,
    /// Too much, or below zero too little; 0: not known.
    pub amount: Credits,
}

/// One outcome class as double entry: what was to be charged, what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRow {
    pub class: String,
    pub requests: u64,
    /// Billed calls that are right, at least and at most.
    pub billed: (u64, u64),
    /// What the policy and the prices ask for. `None`: they leave it open, or no price is known.
    pub expected: Option<Credits>,
    /// What its rows say. `None`: there are no rows.
    pub observed: Option<Credits>,
    pub probed: u64,
    /// What moved during the probe; nothing should.
    pub moved: Option<String>,
    /// The smallest wrong charge of one request that would have been noticed.
    pub detection_limit: Option<Credits>,
}

/// One of several keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub name: String,
    pub requests: u64,
    /// What the rows of its requests say. `None`: there are no rows, or some may as well be of like
    /// requests of another key.
    pub charged: Option<Credits>,
    /// What its own quota header has fallen by. `None`: it tells nothing of this key.
    pub header: Option<Credits>,
    /// How far the two may be apart unnoticed.
    pub detection_limit: Option<Credits>,
    /// Its header tells what is left in the wallet, whichever key was charged.
    pub tells_wallet: bool,
    /// Others may have used it during the run.
    pub foreign: bool,
}

#[derive(Debug, Clone, Default)]
pub struct BillingVerdict {
    pub checks: Vec<CheckResult>,
    pub classes: Vec<ClassRow>,
    /// By key, where there are several.
    pub keys: Vec<KeyRow>,
    /// Whether something could tell what was charged wrongly: without that, the two sums below
    /// are unknown and not zero.
    pub is_measured: bool,
    /// Charged beyond what is right.
    pub overcharged: Credits,
    /// Given back, or not charged, without a reason.
    pub undercharged: Credits,
    /// The run's charge by each source.
    pub charged: Vec<Charged>,
    /// Billed calls that the books counted, and what is right.
    pub calls_counted: Option<u64>,
    pub calls_expected: (u64, u64),
    /// What the books tell beyond all rows, and what rows of nobody tell.
    pub without_row: Option<Credits>,
    pub without_request: Option<Credits>,
    /// Sources that there were.
    pub evidence: Vec<&'static str>,
    /// How the gateway rounds, where the rows show it.
    pub rounding: Option<String>,
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

    /// Entries that suspects stand for.
    pub fn suspected(&self) -> Vec<usize> {
        let suspects = self.checks.iter().flat_map(|check| &check.suspects);
        suspects.map(|suspect| suspect.entry).collect()
    }

    /// Tells the ids of suspects.
    pub fn name_suspects(&mut self, ids: &std::collections::BTreeMap<usize, String>) {
        let suspects = self.checks.iter_mut().flat_map(|check| &mut check.suspects);
        for suspect in suspects {
            if let Some(id) = ids.get(&suspect.entry) {
                suspect.request_id.clone_from(id);
            }
        }
    }

    /// The row of a class, made where there is none.
    pub(super) fn class(&mut self, class: &str) -> &mut ClassRow {
        let mut rows = self.classes.iter();
        let index = rows.position(|row| row.class == class);
        let index = index.unwrap_or_else(|| {
            self.classes.push(ClassRow {
                class: class.to_owned(),
                requests: 0,
                billed: (0, 0),
                expected: None,
                observed: None,
                probed: 0,
                moved: None,
                detection_limit: None,
            });
            self.classes.len() - 1
        });
        &mut self.classes[index]
    }
}
