//! Findings of a run, added up: by rule and request, with the first evidence of each.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::exchange::{CallKey, Exchange};
use crate::judge::{Finding, RuleSet};
use crate::recording::Reference;
use crate::rules::{Severity, catalogue};

/// Rule and request pairs that are told apart; far above what a scenario can make.
const KINDS: usize = 10_000;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct FindingTotals {
    #[serde(with = "crate::serial::pairs")]
    kinds: BTreeMap<(usize, u16), Kind>,
    spoke: RuleSet,
    violations: u64,
    warnings: u64,
}

/// One rule broken by answers to one request template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kind {
    pub(super) count: u64,
    /// How many of them only may follow from another break in the same answer.
    pub(super) follows: u64,
    /// Of the earliest call, so that it is the same however the calls were shared out.
    pub(super) first: First,
}

/// The evidence that is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct First {
    pub(super) finding: Finding,
    pub(super) call: CallKey,
    pub(super) ordinal: u32,
    pub(super) request_id: Option<String>,
    pub(super) endpoint: Endpoint,
    pub(super) status: Option<u16>,
    pub(super) recorded: Option<Reference>,
}

impl First {
    /// Evidence that can be read in full is worth more, then what came first in the plan.
    fn place(&self) -> (bool, CallKey, u32) {
        (self.recorded.is_none(), self.call, self.ordinal)
    }
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
            let place = (exchange.recorded.is_none(), exchange.call, exchange.ordinal);
            let follows = u64::from(finding.follows);
            if let Some(kind) = self.kinds.get_mut(&key) {
                kind.count += 1;
                kind.follows += follows;
                if place >= kind.first.place() {
                    continue;
                }
            } else if self.kinds.len() >= KINDS {
                continue;
            }
            let first = First {
                call: exchange.call,
                ordinal: exchange.ordinal,
                request_id: request_id.clone(),
                endpoint: exchange.endpoint,
                status,
                recorded: exchange.recorded.clone(),
                finding,
            };
            match self.kinds.entry(key) {
                Entry::Occupied(mut kind) => kind.get_mut().first = first,
                Entry::Vacant(place) => {
                    place.insert(Kind {
                        count: 1,
                        follows,
                        first,
                    });
                }
            }
        }
    }

    /// Adds those of another part of the same run.
    pub(super) fn merge(&mut self, other: Self) {
        self.spoke.merge(&other.spoke);
        self.violations += other.violations;
        self.warnings += other.warnings;
        for (key, kind) in other.kinds {
            let is_full = self.kinds.len() >= KINDS;
            match self.kinds.entry(key) {
                Entry::Occupied(mut held) => {
                    let held = held.get_mut();
                    held.count += kind.count;
                    held.follows += kind.follows;
                    if kind.first.place() < held.first.place() {
                        held.first = kind.first;
                    }
                }
                Entry::Vacant(place) if !is_full => {
                    place.insert(kind);
                }
                Entry::Vacant(_) => {}
            }
        }
    }

    /// Moves references into a recording that has other lines before them.
    pub(super) fn shift_lines(&mut self, lines: u64) {
        let firsts = self.kinds.values_mut().map(|kind| &mut kind.first);
        for recorded in firsts.filter_map(|first| first.recorded.as_mut()) {
            recorded.line += lines;
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
