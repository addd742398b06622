//! Which exchanges of a run are kept: the first few of each kind.

use std::collections::HashMap;

use super::ALIKE;
use crate::exchange::Exchange;
use crate::protocol::step::Step;

/// Why an exchange is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Finding,
    Sample,
}

/// What has been kept so far. Each sender has one, so that little is handed on in vain, and the
/// writer has one, which decides.
#[derive(Debug)]
pub struct Selection {
    sample: u32,
    broken: HashMap<(u16, &'static str), u32>,
    others: HashMap<(u16, Step, u16), u32>,
}

impl Selection {
    /// `sample`: exchanges without a finding, of each request, step and status.
    pub fn new(sample: u32) -> Self {
        Self {
            sample,
            broken: HashMap::new(),
            others: HashMap::new(),
        }
    }

    /// Whether to keep it; counts it if so. A rule that is broken for the first time is not crowded
    /// out by one that is broken all the time.
    pub fn take(&mut self, exchange: &Exchange) -> Option<Reason> {
        let judgement = exchange.judgement.as_ref()?;
        let template = exchange.template.0;
        if judgement.findings.is_empty() {
            let status = exchange.status().unwrap_or_default();
            let key = (template, exchange.step, status);
            return below(&mut self.others, [key], self.sample).then_some(Reason::Sample);
        }
        let rules = judgement
            .findings
            .iter()
            .map(|finding| (template, finding.rule.id));
        below(&mut self.broken, rules, ALIKE).then_some(Reason::Finding)
    }
}

/// Whether one of the kinds has not been seen so often; counts all of them if so.
fn below<K: std::hash::Hash + Eq + Copy>(
    counts: &mut HashMap<K, u32>,
    kinds: impl IntoIterator<Item = K>,
    limit: u32,
) -> bool {
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    let is_below = |kind: &K| counts.get(kind).copied().unwrap_or(0) < limit;
    if !kinds.iter().any(is_below) {
        return false;
    }
    let mut seen = std::collections::HashSet::new();
    kinds.retain(|kind| seen.insert(*kind));
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Judgement;
    use crate::outcome::Outcome;

    #[test]
    fn the_first_few_of_each_kind_are_kept_and_no_more() {
        let mut selection = Selection::new(2);
        let mut kept = 0;
        for _ in 0..10 {
            let mut exchange = Exchange::example(Outcome::Ok);
            assert_eq!(selection.take(&exchange), None, "it was not answered");
            exchange.judgement = Some(Judgement::example());
            kept += u32::from(selection.take(&exchange) == Some(Reason::Sample));
        }
        assert_eq!(kept, 2);
        let mut other = Exchange::example(Outcome::Ok);
        other.judgement = Some(Judgement::example());
        other.step = Step::Query;
        assert_eq!(selection.take(&other), Some(Reason::Sample));
        assert_eq!(Selection::new(0).take(&other), None);
    }

    #[test]
    fn a_rule_that_is_broken_all_the_time_does_not_crowd_out_another() {
        let mut counts = HashMap::new();
        for _ in 0..100 {
            below(&mut counts, ["often", "often"], 3);
        }
        assert_eq!(counts["often"], 3);
        assert!(below(&mut counts, ["often", "once"], 3));
        assert!(!below(&mut counts, ["often"], 3));
    }
}
