//! The report as others read it: `report.json`, version by version.
//!
//! Units are in the names; a figure that is not there is `null`, never zero.

use std::collections::BTreeMap;

use serde::Serialize;

use super::billing::Billing;
use super::unknown::UnknownRows;
use crate::contract::HeldTo;
use crate::doubt::Doubt;
use crate::exit::Exit;
use crate::recording::Summary;

/// Changes whenever a reader of the old form would be misled.
pub const SCHEMA: &str = "spikeproof/report/1";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Pass,
    Fail,
    Inconclusive,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub spikeproof: &'static str,
    pub verdict: Verdict,
    pub exit_code: u8,
    /// Why the verdict is what it is, one line each.
    pub reasons: Vec<String>,
    pub scenario: String,
    pub seed: u64,
    pub target: String,
    /// UTC, RFC 3339.
    pub started: String,
    pub duration_s: f64,
    pub workers: usize,
    /// The processes that shared the run; empty where one made all of it.
    pub shards: Vec<ShardRow>,
    pub phases: Vec<PhaseRow>,
    /// By template name; names in parentheses are the audit's own.
    pub requests: BTreeMap<String, RequestRow>,
    /// Every documented endpoint, called or not, in the documents' order.
    pub endpoints: Vec<EndpointRow>,
    pub goodput: Goodput,
    /// By template (`template/step` for later requests of a call), then by metric.
    pub metrics: BTreeMap<String, BTreeMap<&'static str, MetricRow>>,
    pub findings: Vec<FindingRow>,
    pub rules: RuleCounts,
    /// What answers were held to.
    pub conformance: HeldTo,
    /// What no known shape names; decides nothing.
    pub unknown: UnknownRows,
    pub billing: Billing,
    pub thresholds: Vec<ThresholdRow>,
    pub doubts: Vec<DoubtRow>,
    /// Exchanges kept in full. `null`: none were to be.
    pub recording: Option<Summary>,
    /// How the target was reached.
    pub connections: ConnectionRow,
    /// How the program itself fared.
    pub generator: GeneratorRow,
    /// What a reader should know though it decides nothing.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShardRow {
    /// `0/4`: the first of four.
    pub shard: String,
    pub started: String,
    pub duration_s: f64,
    pub workers: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct PhaseRow {
    pub name: String,
    pub recorded: bool,
    pub calls: u64,
    pub dropped: u64,
    /// Calls that were still going on when the phase's grace was over, and were ended.
    pub cut_off: u64,
    pub duration_s: Option<f64>,
    pub asked_calls_per_s: Option<f64>,
    pub started_calls_per_s: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RequestRow {
    pub total: u64,
    pub outcomes: BTreeMap<&'static str, u64>,
    pub statuses: BTreeMap<u16, u64>,
    pub bytes: u64,
    pub events: u64,
    pub output_tokens: u64,
    /// `null`: its calls are no sessions.
    pub sessions: Option<SessionRow>,
    pub first_error: Option<String>,
}

/// Calls of several turns.
#[derive(Debug, Clone, Serialize)]
pub struct SessionRow {
    pub begun: u64,
    /// They came to the answer of their last turn; the others ended at a turn that failed.
    pub whole: u64,
    /// Turns that got an answer to go on with.
    pub turns: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct EndpointRow {
    pub method: &'static str,
    pub path: &'static str,
    pub family: &'static str,
    pub requests: u64,
    pub ok: u64,
    pub refused_as_expected: u64,
    pub unexpected: u64,
    pub remark: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Goodput {
    /// Calls of recorded phases all of whose requests met expectation, rules and limits.
    pub good_calls: u64,
    pub calls_per_s: Option<f64>,
    /// Of all calls due, dropped ones included.
    pub ratio: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct MetricRow {
    pub unit: &'static str,
    pub count: u64,
    /// Requests of this template that got no good answer and so have no sample.
    pub missing: u64,
    pub min: f64,
    pub mean: f64,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    #[serde(rename = "p99.9")]
    pub p99_9: Option<f64>,
    pub max: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct FindingRow {
    pub rule: &'static str,
    pub name: &'static str,
    pub severity: &'static str,
    pub request: String,
    pub count: u64,
    /// All of them came after another break in the same answer and may only follow from it.
    pub follows: bool,
    pub first: Evidence,
}

#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    pub message: String,
    pub method: &'static str,
    pub path: &'static str,
    pub status: Option<u16>,
    pub phase: Option<String>,
    pub call: u64,
    pub request_id: Option<String>,
    /// Ordinal of the event in its stream.
    pub event: Option<u32>,
    /// Of the excerpt's first byte, in the body.
    pub byte: u64,
    /// Bytes that are not UTF-8 are replaced.
    pub excerpt: String,
    /// Offending bytes within the excerpt, from and to.
    pub at: Option<[usize; 2]>,
    /// Line of the recording that has all of it, from 1. `null`: it was left out.
    pub recorded: Option<u64>,
    /// Repeats the request; the key is left to where the run had it from, and the address of a
    /// bundled replica to `$SPIKEPROOF_TARGET`.
    pub curl: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RuleCounts {
    pub known: usize,
    pub exercised: Vec<&'static str>,
    /// They met nothing that they speak about, or could not look: neither passed nor failed.
    pub not_exercised: Vec<&'static str>,
    /// The same in numbers, by family of ids, in the catalogue's order.
    pub families: Vec<FamilyRow>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FamilyRow {
    pub family: &'static str,
    pub known: usize,
    pub exercised: usize,
    pub not_exercised: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct ThresholdRow {
    pub threshold: String,
    /// `held`, `broken` or `unknown`.
    pub state: &'static str,
    pub value: Option<f64>,
    pub unit: &'static str,
    /// Line in the scenario; 0: not from the scenario.
    pub line: usize,
}

/// Connections of the whole run, the audit's own included.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ConnectionRow {
    pub opened: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Idle ones that were closed by the target, or old, when they were to be used again.
    pub hung_up: u64,
    /// Requests that met a connection that was closing and went on a fresh one, before a byte of
    /// them was written. Once one was, a request is never sent again.
    pub moved: u64,
    /// At the same time; over TLS and HTTP/2 it is not known when they end.
    pub most_open: u64,
    pub longest_connect_ms: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct GeneratorRow {
    /// Processor time of the process, a bundled replica's included. `null`: not known.
    pub cpu_s: Option<f64>,
    /// The greatest share of a second that a worker's thread was on a processor.
    pub busiest_worker: f64,
    /// How late the workers' own ticks came. `null`: too few.
    pub woken_late_p50_ms: Option<f64>,
    pub woken_late_p99_ms: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct DoubtRow {
    pub doubt: &'static str,
    pub message: String,
}

impl Report {
    /// Says that a file beside the report is missing; the exit code that goes with it, given the
    /// one so far.
    pub fn lacks_a_file(&mut self, why: String, exit: Exit) -> Exit {
        let doubt = Doubt::NotRecorded { why };
        let message = doubt.to_string();
        self.reasons.push(message.clone());
        self.doubts.push(DoubtRow {
            doubt: doubt.name(),
            message,
        });
        if self.verdict == Verdict::Pass {
            self.verdict = Verdict::Inconclusive;
        }
        let exit = if exit == Exit::Held {
            Exit::Inconclusive
        } else {
            exit
        };
        self.exit_code = exit.code();
        exit
    }
}
