//! What a run makes of rules: as the catalogue weighs them, or as a user has set them.

use super::finding::RuleSet;
use crate::contract::{Contract, HeldTo, Profile, RuleSetting};
use crate::rules::{Rule, Severity};

/// What answers are held to, ready to be asked for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    pub profile: Profile,
    pub contract: Contract,
    pub weights: Weights,
}

impl Standard {
    pub fn of(held_to: &HeldTo) -> Self {
        let rules = held_to.rules.iter();
        Self {
            profile: held_to.profile,
            contract: held_to.contract,
            weights: Weights::of(rules.map(|rule| (rule.rule.as_str(), rule.set))),
        }
    }
}

/// The rules that were set, by what to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weights {
    error: RuleSet,
    warn: RuleSet,
    off: RuleSet,
}

impl Weights {
    /// As the catalogue has them.
    pub const CATALOGUE: Self = Self {
        error: RuleSet::NONE,
        warn: RuleSet::NONE,
        off: RuleSet::NONE,
    };

    /// Rules by their ids, the last setting of each counts. Ids that nothing has mean nothing.
    pub fn of<'a>(settings: impl Iterator<Item = (&'a str, RuleSetting)>) -> Self {
        let mut weights = Self::CATALOGUE;
        for (id, setting) in settings {
            let rule = RuleSet::of(|rule| rule.id == id);
            for (set, own) in [
                (&mut weights.error, RuleSetting::Error),
                (&mut weights.warn, RuleSetting::Warn),
                (&mut weights.off, RuleSetting::Off),
            ] {
                if own == setting {
                    set.merge(&rule);
                } else {
                    set.remove(&rule);
                }
            }
        }
        weights
    }

    /// With what another has set on top.
    pub fn then(mut self, other: &Self) -> Self {
        for (own, others) in [
            (&mut self.error, [&other.warn, &other.off]),
            (&mut self.warn, [&other.error, &other.off]),
            (&mut self.off, [&other.error, &other.warn]),
        ] {
            others.into_iter().for_each(|set| own.remove(set));
        }
        self.error.merge(&other.error);
        self.warn.merge(&other.warn);
        self.off.merge(&other.off);
        self
    }

    /// No longer asks these.
    pub fn mute(&mut self, rules: &RuleSet) {
        self.off.merge(rules);
    }

    pub(super) fn is_off(&self, index: usize) -> bool {
        self.off.contains(index)
    }

    /// What a break of the rule at this place of the catalogue weighs.
    pub(super) fn severity(&self, index: usize, rule: &Rule) -> Severity {
        if self.error.contains(index) {
            Severity::Must
        } else if self.warn.contains(index) {
            Severity::Should
        } else {
            rule.severity
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::catalogue;

    #[test]
    fn a_rule_weighs_what_it_was_last_set_to() {
        let all: Vec<_> = catalogue::all().collect();
        let (first, second) = (all[0], all[1]);
        let settings = [
            (first.id, RuleSetting::Off),
            (second.id, RuleSetting::Error),
            (first.id, RuleSetting::Warn),
            ("XYZ-001", RuleSetting::Off),
        ];
        let weights = Weights::of(settings.into_iter());
        assert!(!weights.is_off(0));
        assert_eq!(weights.severity(0, first), Severity::Should);
        assert_eq!(weights.severity(1, second), Severity::Must);
        assert_eq!(weights.severity(2, all[2]), all[2].severity);
        let then = weights.then(&Weights::of([(second.id, RuleSetting::Off)].into_iter()));
        assert!(then.is_off(1) && then.severity(0, first) == Severity::Should);
    }
}
