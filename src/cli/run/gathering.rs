//! Everything that gathers while a run's events come.

use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::progress::Progress;
use super::results::Folder;
use crate::billing::Audit;
use crate::drive::Event;
use crate::exchange::Exchange;
use crate::outcome::Outcome;
use crate::recording;
use crate::report::{LatencyLog, RequestTable, Totals};
use crate::scenario::{AuditLevel, Scenario};
use crate::wire::http::Clock;

/// What the target said to the first request.
pub(super) struct Preflight {
    pub(super) outcome: Outcome,
    pub(super) status: Option<u16>,
    pub(super) failure: String,
}

/// Everything that gathers while events come.
pub(super) struct Gathering {
    pub(super) scenario: Arc<Scenario>,
    pub(super) clock: Clock,
    pub(super) totals: Totals,
    pub(super) audit: Audit,
    pub(super) table: RequestTable<BufWriter<File>>,
    pub(super) log: LatencyLog<BufWriter<File>>,
    pub(super) recording: recording::Writer<File>,
    pub(super) folder: Folder,
    pub(super) progress: Progress,
    /// The second in which the files were last handed to the disk.
    pub(super) flushed: u64,
    /// The last exchange of the preflight.
    pub(super) preflight: Option<Preflight>,
}

impl Gathering {
    pub(super) fn take(&mut self, mut event: Event) {
        self.progress.note(&event, &self.scenario);
        let second = self.clock.now().0 / 1_000_000_000;
        match &mut event {
            Event::Exchanged(exchange) => self.exchange(exchange),
            Event::CallEnded(end) => self.audit.call_ended(end),
            Event::Samples(interval) => self.log.take(interval, second, &self.scenario),
            Event::Pulse(_)
            | Event::PhaseStarted { .. }
            | Event::PhaseEnded { .. }
            | Event::Dropped { .. }
            | Event::Panicked => {}
        }
        self.totals.take(&mut event);
        if second > self.flushed {
            self.flushed = second;
            self.table.flush();
            self.log.flush();
        }
    }

    /// The scenario's own exchange, or one of the audit's.
    fn exchange(&mut self, exchange: &mut Exchange) {
        let at = Duration::from_nanos(exchange.times.head.unwrap_or_default().0);
        let now = (self.clock.wall() + at)
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let template = &self.scenario.requests[usize::from(exchange.template.0)];
        let phase = self.scenario.phases.get(usize::from(exchange.call.phase));
        let audits = self.scenario.billing.audit != AuditLevel::Off;
        if phase.is_some() && audits {
            self.audit.observe(exchange, template.mistake, now);
        } else if phase.is_none() {
            if audits {
                self.audit.read(exchange, template.mistake, now);
            }
            let failure = exchange
                .failure
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            self.preflight = Some(Preflight {
                outcome: exchange.outcome,
                status: exchange.status(),
                failure,
            });
        }
        let phase = phase.map_or("(audit)", |phase| phase.name.as_str());
        let mut keys = self.scenario.key_names();
        let key = keys.nth(usize::from(exchange.key)).unwrap_or_default();
        self.table.row(exchange, phase, &template.name, key);
        let folder = &self.folder;
        let mut keep_body = |name: &str, bytes: &[u8]| folder.keep_body(name, bytes);
        let recording = &mut self.recording;
        exchange.recorded = recording.take(exchange, &template.name, phase, &mut keep_body);
    }
}
