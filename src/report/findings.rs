//! Findings of a run, added up: by rule and request, with the first evidence of each.

use std::collections::BTreeMap;

use crate::exchange::Exchange;
use crate::judge::{Finding, RuleSet};
use crate::recording::Reference;
use crate::rules::{Severity, catalogue};

/// Rule and request pairs that are told apart; far above what a scenario can make.
const KINDS: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct FindingTotals {
    kinds: BTreeMap<(usize, u16), Kind>,
    spoke: RuleSet,
    violations: u64,
    warnings: u64,
}

/// One rule broken by answers to one request template.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) count: u64,
    /// How many of them only may follow from another break in the same answer.
    pub(super) follows: u64,
    pub(super) first: First,
}

/// The evidence that is kept.
#[derive(Debug)]
pub(super) struct First {
    pub(super) finding: Finding,
    pub(super) phase: u16,
    pub(super) call: u64,
    pub(super) request_id: Option<String>,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) status: Option<u16>,
    pub(super) recorded: Option<Reference>,
}

impl FindingTotals {
    pub(super) fn take(&mut self, exchange: &mut Exchange) {
        let request_id = exchange.request_id().map(str::to_owned);
        let status = exchange.status();
        let Some(judgement) = &mut exchange.judgement else {
            return;
        };
        self.spoke.merge(&judgement.spoke);
        self.violations += u64::from(judgement.unkept.violations);
        self.warnings += u64::from(judgement.unkept.warnings);
        for finding in std::mem::take(&mut judgement.findings) {
            let counter = if finding.is_must() {
                &mut self.violations
            } else {
                &mut self.warnings
            };
            *counter += 1;
            let order = catalogue::all().position(|rule| rule.id == finding.rule.id);
            let key = (order.unwrap_or(usize::MAX), exchange.template.0);
            if let Some(kind) = self.kinds.get_mut(&key) {
                kind.count += 1;
                kind.follows += u64::from(finding.follows);
                continue;
            }
            if self.kinds.len() >= KINDS {
                continue;
            }
            let first = First {
                phase: exchange.call.phase,
                call: exchange.call.number,
                request_id: request_id.clone(),
                method: exchange.endpoint.method(),
                path: exchange.endpoint.path(),
                status,
                recorded: exchange.recorded.clone(),
                finding,
            };
            let follows = u64::from(first.finding.follows);
            self.kinds.insert(
                key,
                Kind {
                    count: 1,
                    follows,
                    first,
                },
            );
        }
    }

    /// Root causes first, then by weight, then as the catalogue has them.
    pub(super) fn kinds(&self) -> Vec<(u16, &Kind)> {
        let mut kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|((order, template), kind)| (*order, *template, kind))
            .collect();
        kinds.sort_by_key(|(order, template, kind)| {
            let severity: Severity = kind.first.finding.severity;
            (kind.follows == kind.count, severity, *order, *template)
        });
        kinds
            .into_iter()
            .map(|(_, template, kind)| (template, kind))
            .collect()
    }

    pub(super) fn violations(&self) -> u64 {
        self.violations
    }

    pub(super) fn warnings(&self) -> u64 {
        self.warnings
    }

    pub(super) fn spoke(&self) -> &RuleSet {
        &self.spoke
    }
}
