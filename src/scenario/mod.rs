//! The scenario: what a YAML file means once every fault in it has been ruled out.
//!
//! Two stages. `definition` says what may be written, key by key, and is the one source of the
//! checks, of the JSON Schema and of `docs/scenario.md`; [`Scenario::parse`] reads a file against
//! it and gives either a `Scenario` or every fault at once, each with its place. The types here are
//! what the rest of the program sees: they hold no YAML, and a value of them is always sound (names
//! exist, numbers are in range, combinations make sense). Nothing here reads a clock, an
//! environment or a file.

mod definition;
mod fault;
mod key;
mod markdown;
mod mask;
mod meaning;
mod parse;
mod record;
pub mod replica;
pub mod request;
mod schema;
mod shape;
mod spread;
pub mod target;
pub mod trace;
mod tree;
mod variables;

use core::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(test)]
pub(crate) use definition::replica_paths;
pub use fault::{Faults, Source};
pub use markdown::markdown;
pub use meaning::parse_fault;
pub use replica::{ReplicaSetting, SettingValue};
pub use request::{Call, Expect, Mistake, Template};
pub use schema::json_schema;
pub use variables::{Environment, variables};

use crate::contract::HeldTo;
use crate::threshold::Threshold;
use crate::units::Rate;
use trace::{Trace, TraceSetting};

/// What requests call the key of `key`.
pub const MAIN_KEY: &str = "main";

impl Scenario {
    /// The names of all keys, in the order of their numbers.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        let further = self.keys.iter().map(|key| key.name.as_str());
        std::iter::once(MAIN_KEY).chain(further)
    }

    /// Whether a key is there to be refused: it is named by requests, and each of them expects 401
    /// or 403 alone.
    pub fn is_barred(&self, key: u8) -> bool {
        let requests = self.requests.iter();
        let mut named = requests.filter(|one| one.keys.contains(&key)).peekable();
        let is_refused = |one: &Template| {
            let statuses = one.expect.as_ref().map(|expect| &expect.status);
            statuses.is_some_and(|all| all.iter().all(|status| [401, 403].contains(status)))
        };
        named.peek().is_some() && named.all(is_refused)
    }
}

/// A checked scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub name: String,
    pub about: String,
    pub target: Target,
    /// Where the key comes from; `None`: the default (`BYTESPIKE_API_KEY`, or the replica's own).
    pub key: Option<KeySource>,
    /// Further keys. A request's [`Template::keys`] count from 0, the one above, so that these
    /// begin at 1.
    pub keys: Vec<FurtherKey>,
    pub seed: u64,
    pub http: HttpVersion,
    /// Addresses of this machine that connections come from, in turns. None: the system's choice.
    pub source_addresses: Vec<IpAddr>,
    /// In the file's order; a [`TemplateId`] is an index into it.
    pub requests: Vec<Template>,
    pub phases: Vec<Phase>,
    pub replica: ReplicaSetting,
    pub conformance: HeldTo,
    pub billing: BillingSetting,
    pub budget: Option<Budget>,
    pub thresholds: Vec<Threshold>,
}

/// Says what is wrong with a fault that is written out.
pub type EditReader = fn(&str) -> Result<(), String>;

/// Names that others own and a scenario may use.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vocabulary<'a> {
    /// The replica's faults.
    pub faults: &'a [&'a str],
    /// Reads `edit …`.
    pub edit: Option<EditReader>,
    /// The replica's contract switches by id, each with the names of its readings.
    pub switches: &'a [(&'a str, &'a [&'a str])],
    /// Slugs and families of the replica's catalog.
    pub models: &'a [&'a str],
    /// Slugs that have a price.
    pub priced: &'a [&'a str],
    /// Ids of the rules.
    pub rules: &'a [&'a str],
}

/// Index of a request template in [`Scenario::requests`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct TemplateId(pub u16);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The bundled replica, started in the same process.
    Replica,
    /// A base URL without path, `http://` or `https://`.
    Url(String),
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpVersion {
    /// HTTP/1.1 without TLS; over TLS what both can, HTTP/2 first.
    #[default]
    Agreed,
    One,
    /// From the first byte, without asking.
    Two,
}

/// A key beside the one of `key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FurtherKey {
    pub name: String,
    pub source: KeySource,
}

/// Never the key itself: a scenario is a file that gets committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// `${VAR}` or `${VAR:}`, resolved; the name is kept so that messages can say where it came
    /// from. The value is empty where `${VAR:}` names a variable that is not set.
    Variable { name: String, value: Secret },
    /// `{ file: PATH }`: its first line.
    File(String),
}

/// Text that no output shows: its `Debug` says `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text itself, for the request header only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A stretch of load.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    pub name: String,
    pub start: Start,
    pub executor: Executor,
    /// Weights, each at least 1, over templates; never empty.
    pub mix: Vec<(TemplateId, u32)>,
    /// Between a caller's calls. `None`: none, or the executor has no callers.
    pub think_time: Option<Spread>,
    /// Calls are cut off so long after the last may have begun. `None`: they end by themselves.
    pub graceful_stop: Option<Duration>,
    /// Whether its latencies count; findings and money always do.
    pub record: bool,
    /// Line of the scenario, from 1.
    pub line: usize,
}

/// When a phase begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    /// Together with this earlier phase, by its index. `None`: when all phases before have ended.
    pub with: Option<usize>,
    /// And so long after.
    pub delay: Duration,
}

/// How arrivals are made. Names are those of k6.
#[derive(Debug, Clone, PartialEq)]
pub enum Executor {
    /// `vus` callers, each starting its next call when its last one ended, for `duration`.
    ConstantVus { vus: u32, duration: Duration },
    /// The same, while callers come and go.
    RampingVus {
        start_vus: u32,
        stages: Vec<Stage<u32>>,
        /// A call of a caller that must go is cut off so long after. `None`: it ends by itself.
        graceful_ramp_down: Option<Duration>,
    },
    /// `vus` callers share `iterations` calls.
    SharedIterations {
        vus: u32,
        iterations: u64,
        max_duration: Duration,
    },
    /// Each of `vus` callers makes `iterations` calls.
    PerVuIterations {
        vus: u32,
        iterations: u64,
        max_duration: Duration,
    },
    /// Calls are due at `rate`, whatever the target does.
    ConstantArrivalRate {
        rate: Rate,
        arrivals: Arrivals,
        duration: Duration,
        /// A call due while this many are in flight is dropped and counted.
        max_in_flight: u32,
    },
    /// The same, at a rate that changes; in calls a second, and it may be 0.
    RampingArrivalRate {
        start_rate: f64,
        stages: Vec<Stage<f64>>,
        arrivals: Arrivals,
        max_in_flight: u32,
    },
    /// Calls are due when a trace says, and as long as it says.
    Replay {
        setting: TraceSetting,
        /// How much faster than the trace; its times are divided by it.
        speed: f64,
        /// Empty until whoever may open files has read it.
        trace: Arc<Trace>,
        max_in_flight: u32,
    },
}

/// In a straight line to `target` within `duration`; at once, if that is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage<T> {
    pub target: T,
    pub duration: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// Evenly spaced.
    Constant,
    /// Exponential gaps with the same mean.
    Poisson,
    /// Gamma gaps with the same mean; `cv` is their standard deviation over it.
    Gamma { cv: f64 },
}

/// A distribution of durations, written `20ms`, `uniform(10ms, 30ms)`, `lognormal(180ms, 0.4)`
/// (median, sigma) or `exponential(20ms)` (mean).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    Constant(Duration),
    Uniform { min: Duration, max: Duration },
    LogNormal { median: Duration, sigma: f64 },
    Exponential { mean: Duration },
}

#[derive(Debug, Clone, PartialEq)]
pub struct BillingSetting {
    pub audit: AuditLevel,
    pub probes: Probes,
    /// How long to wait for charges to be applied at most.
    pub settle_timeout: Duration,
    /// Charges and rows come so long after the answer at the latest. `None`: nobody says so.
    pub lambda: Option<Duration>,
    /// The only checks that are made, by their ids; empty: all.
    pub checks: Vec<&'static str>,
    /// What is right for a class of outcomes, where the scenario says other than the documents.
    pub policy: Vec<(&'static str, &'static str)>,
    /// Whether what cannot be told from others' traffic is tried again alone.
    pub confirm: bool,
    /// A file with the target's price list.
    pub prices: Option<String>,
}

/// Failed calls of each class in the quiescent probe; 0 leaves the class out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probes {
    pub each: u32,
    /// Those of single classes, by [`Template::failure`]; [`Probes::FREE`] is what costs nothing.
    pub of: Vec<(String, u32)>,
}

impl Probes {
    pub const FREE: &str = "free";
    pub const EACH: &str = "each";
    /// Where nobody says otherwise.
    pub const USUAL: u32 = 5;

    pub fn of(&self, class: &str) -> u32 {
        let said = self.of.iter().find(|(name, _)| name == class);
        said.map_or(self.each, |(_, count)| *count)
    }

    pub fn is_none(&self) -> bool {
        self.each == 0 && self.of.iter().all(|(_, count)| *count == 0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLevel {
    /// Every check that the evidence allows.
    Full,
    /// Headers only: nothing but the scenario's own requests is sent.
    Headers,
    Off,
}

/// What a live run may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub requests: u64,
}
