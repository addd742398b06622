//! What rules have said of one answer.

use super::answer::Basis;
use super::finding::{Evidence, Finding, RuleSet};
use super::unknown::Lookout;
use super::weights::Weights;
use crate::endpoint::ProtocolId;
use crate::rules::{Blame, Rule, Severity, Verdict};

/// Findings kept of one answer, of MUST rules and of others each; more are only counted. Apart, so
/// that many small oddities cannot hide a broken MUST that comes after them.
const KEPT: usize = 20;

/// Findings that are counted and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unkept {
    /// Of MUST rules.
    pub violations: u32,
    pub warnings: u32,
}

/// What rules have said of one answer.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) findings: Vec<Finding>,
    /// Findings beyond those kept.
    pub(super) unkept: Unkept,
    pub(super) spoke: RuleSet,
    pub(super) lookout: Lookout,
    pub(super) weights: Weights,
    pub(super) asks_again: bool,
    /// Times that a rule failed.
    pub(super) failed: u64,
    broke_a_must: bool,
}

impl Tally {
    pub(super) fn on(basis: &Basis, protocol: ProtocolId) -> Self {
        Self {
            lookout: Lookout::on(protocol),
            weights: basis.weights,
            asks_again: basis.asks_again,
            ..Self::default()
        }
    }

    #[inline(always)]
    pub(super) fn take(
        &mut self,
        index: usize,
        rule: &'static Rule,
        verdict: Verdict,
        evidence: impl FnOnce(&Blame) -> Evidence,
    ) {
        // Most rules are silent about most events.
        if matches!(verdict, Verdict::Silent) || self.weights.is_off(index) {
            return;
        }
        let blame = match verdict {
            Verdict::Silent => return,
            Verdict::Pass => return self.spoke.insert(index),
            Verdict::Fail(blame) => blame,
        };
        self.fail(index, rule, blame, evidence);
    }
}

impl Tally {
    #[cold]
    fn fail(
        &mut self,
        index: usize,
        rule: &'static Rule,
        blame: Blame,
        evidence: impl FnOnce(&Blame) -> Evidence,
    ) {
        self.failed += 1;
        self.spoke.insert(index);
        let severity = self.weights.severity(index, rule);
        let is_must = severity == Severity::Must;
        let alike = self
            .findings
            .iter()
            .filter(|kept| kept.is_must() == is_must);
        if alike.count() >= KEPT {
            self.unkept.count(is_must);
            return;
        }
        let evidence = evidence(&blame);
        let follows = self.broke_a_must;
        self.broke_a_must |= is_must;
        self.findings
            .push(Finding::new((rule, severity), blame, evidence, follows));
    }
}

impl Unkept {
    fn count(&mut self, is_must: bool) {
        let counter = if is_must {
            &mut self.violations
        } else {
            &mut self.warnings
        };
        *counter = counter.saturating_add(1);
    }
}
