//! Settings of the bundled replica, as a scenario or a file of their own writes them.

use std::time::Duration;

use super::{Secret, Spread};

/// What was written, and nothing else: the replica has its own choice for the rest. Ignored, with a
/// note, when the target is live.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicaSetting {
    /// Plain settings by their path, such as `first_token` or `account.wallet`; of two with the
    /// same path the later one counts.
    pub values: Vec<(String, SettingValue)>,
    /// Fault names as the replica knows them, with a probability in (0, 1].
    pub faults: Vec<(String, f64)>,
    /// Contract switches by id, with the name of a reading.
    pub contract: Vec<(String, String)>,
    pub models: Vec<ModelTimes>,
    pub outages: Vec<Outage>,
    /// How long tasks of a model or family run.
    pub task_runs: Vec<(String, Spread)>,
    pub keys: Vec<ReplicaKey>,
    pub groups: Vec<Group>,
    /// By slug; of two for the same model the later one counts.
    pub rates: Vec<(String, Rates)>,
}

/// A key beside the ready-made one. Amounts in USD; what is `None` is the replica's own choice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicaKey {
    pub name: Option<String>,
    pub group: Option<u64>,
    pub secret: Option<Secret>,
    pub quota: Option<f64>,
    pub rate_limit_5h: Option<f64>,
    pub rate_limit_1d: Option<f64>,
    pub rate_limit_7d: Option<f64>,
    pub expires_in: Option<Duration>,
    pub ip_whitelist: Vec<String>,
    pub ip_blacklist: Vec<String>,
    pub org: bool,
}

/// A routing group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    pub name: String,
    /// Slugs and families; empty is every model.
    pub reaches: Vec<String>,
    pub exclusive: bool,
    pub granted: bool,
}

/// What a model costs in USD: a million tokens, a picture, a second of a clip. What is `None` is
/// as listed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    pub input: Option<f64>,
    pub output: Option<f64>,
    pub cache_read: Option<f64>,
    pub cache_write: Option<f64>,
    pub image: Option<f64>,
    pub second: Option<f64>,
}

/// A plain value, checked for its kind and range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingValue {
    Integer(u64),
    Number(f64),
    Truth(bool),
    Duration(Duration),
    Spread(Spread),
    Word(&'static str),
}

/// Times of one model or family.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelTimes {
    pub model: String,
    pub first_token: Option<Spread>,
    pub token_gap: Option<Spread>,
    pub image_time: Option<Spread>,
}

/// A stretch of time in which the upstream is down or slow, counted from the replica's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    pub from: Duration,
    pub lasts: Duration,
    pub every: Option<Duration>,
    pub kind: OutageKind,
    pub model: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OutageKind {
    Status(u16),
    Stall,
    Reset,
    /// Everything takes so many times as long; at least 1.
    Slow(f64),
}

impl ReplicaSetting {
    /// What was written for a path.
    pub fn value(&self, path: &str) -> Option<SettingValue> {
        let mut values = self.values.iter().rev();
        values
            .find(|(known, _)| known == path)
            .map(|(_, value)| *value)
    }

    /// Adds what `other` says; where both say something `other` wins.
    pub fn extend(&mut self, other: Self) {
        self.values.extend(other.values);
        self.faults.extend(other.faults);
        self.contract.extend(other.contract);
        // The first that fits counts.
        self.models.splice(0..0, other.models);
        self.outages.splice(0..0, other.outages);
        self.task_runs.splice(0..0, other.task_runs);
        // Numbers go by the order, so these add up.
        self.keys.extend(other.keys);
        self.groups.extend(other.groups);
        self.rates.extend(other.rates);
    }
}
