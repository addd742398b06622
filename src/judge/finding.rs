//! What is kept of a broken rule.

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::rules::{Blame, Rule, Severity, catalogue};

/// Bytes of a frame or body that a finding keeps.
const EXCERPT: usize = 600;

/// A rule broken by one answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    #[serde(with = "crate::serial::rule")]
    pub rule: &'static Rule,
    /// Of the rule, or what it was set to.
    pub severity: Severity,
    pub message: String,
    pub evidence: Evidence,
    /// A MUST rule was broken earlier in the same answer, so this may only follow from it.
    pub follows: bool,
}

impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        let told = |one: &Self| (one.rule.id, one.severity, one.follows);
        told(self) == told(other)
            && self.message == other.message
            && self.evidence == other.evidence
    }
}

/// Where, and the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Ordinal of the frame; `None`: head, end or a whole body.
    pub frame: Option<u32>,
    /// Of the excerpt's first byte, in the body.
    pub offset: u64,
    #[serde(with = "crate::serial::base64")]
    pub excerpt: Vec<u8>,
    /// Offending bytes within the excerpt.
    pub at: Option<Range<usize>>,
}

impl Evidence {
    pub fn none() -> Self {
        Self {
            frame: None,
            offset: 0,
            excerpt: Vec::new(),
            at: None,
        }
    }

    /// Cuts a window of `raw` around the offending bytes.
    pub fn of(frame: Option<u32>, offset: u64, raw: &[u8], at: Option<Range<usize>>) -> Self {
        let at = at.filter(|at| at.start <= at.end && at.end <= raw.len());
        let middle = at.as_ref().map_or(0, |at| at.start);
        let start = middle.saturating_sub(EXCERPT / 3);
        let end = raw.len().min(start + EXCERPT);
        let within = at.map(|at| at.start - start..at.end.min(end) - start);
        Self {
            frame,
            offset: offset + start as u64,
            excerpt: raw[start..end].to_vec(),
            at: within,
        }
    }
}

impl Finding {
    pub(super) fn new(
        (rule, severity): (&'static Rule, Severity),
        blame: Blame,
        evidence: Evidence,
        follows: bool,
    ) -> Self {
        Self {
            rule,
            severity,
            message: blame.message,
            evidence,
            follows,
        }
    }

    pub fn is_must(&self) -> bool {
        self.severity == Severity::Must
    }
}

static ORDER: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| catalogue::all().collect());

/// A set of rules, as bits in catalogue order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Vec<&'static str>", try_from = "Vec<String>")]
pub struct RuleSet([u64; 16]);

impl From<RuleSet> for Vec<&'static str> {
    fn from(set: RuleSet) -> Self {
        set.rules().map(|rule| rule.id).collect()
    }
}

impl TryFrom<Vec<String>> for RuleSet {
    type Error = String;

    fn try_from(ids: Vec<String>) -> Result<Self, String> {
        let mut set = Self::NONE;
        for id in ids {
            let place = ORDER.iter().position(|rule| rule.id == id);
            set.insert(place.ok_or_else(|| format!("no rule is called `{id}`"))?);
        }
        Ok(set)
    }
}

impl RuleSet {
    /// Rules that a set can hold; a test keeps the catalogue below it.
    pub const CAPACITY: usize = 16 * 64;
    /// No rule.
    pub const NONE: Self = Self([0; 16]);

    /// The rules of the catalogue that a test holds for.
    pub fn of(is_in: impl Fn(&Rule) -> bool) -> Self {
        let mut set = Self::NONE;
        let all = ORDER.iter().enumerate();
        all.filter(|(_, rule)| is_in(rule))
            .for_each(|(index, _)| set.insert(index));
        set
    }

    pub fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub(super) fn clear(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    pub(super) fn remove(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= !other;
        }
    }

    pub fn contains(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// The rules in it, in catalogue order.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        ORDER
            .iter()
            .enumerate()
            .filter(|(index, _)| self.contains(*index))
            .map(|(_, rule)| *rule)
    }
}

/// Position of a family's first rule in the catalogue.
pub(super) fn first_index(family: &[&'static Rule]) -> usize {
    let Some(first) = family.first() else {
        return 0;
    };
    ORDER
        .iter()
        .position(|rule| rule.id == first.id)
        .unwrap_or(0)
}
