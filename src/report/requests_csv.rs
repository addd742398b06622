//! `requests.csv`: a row a request, written as they end.

use std::io;

use super::line::in_a_line;
use crate::exchange::{Exchange, Nanos, Times};

/// Times but the first are in milliseconds since the request was due; what did not happen is empty.
const COLUMNS: [&str; 31] = [
    "phase",
    "call",
    "ordinal",
    "request",
    "step",
    "method",
    "path",
    "due_s",
    "send_lag_ms",
    "connected_ms",
    "sent_ms",
    "head_ms",
    "first_byte_ms",
    "first_event_ms",
    "ttft_ms",
    "ttfv_ms",
    "last_token_ms",
    "e2e_ms",
    "closed_ms",
    "status",
    "outcome",
    "events",
    "token_events",
    "output_tokens",
    "request_bytes",
    "response_bytes",
    "rules_broken",
    "quota_header",
    "request_id",
    "task_id",
    "error",
];

/// The table being written. The first error is kept and ends the writing, not the run.
pub struct RequestTable<W: io::Write> {
    table: csv::Writer<W>,
    error: Option<String>,
}

impl<W: io::Write> RequestTable<W> {
    pub fn new(out: W) -> Self {
        let mut table = Self {
            table: csv::Writer::from_writer(out),
            error: None,
        };
        table.record(&COLUMNS);
        table
    }

    pub fn row(&mut self, exchange: &Exchange, phase: &str, request: &str) {
        let judgement = exchange.judgement.as_ref();
        let facts = judgement.map(|judgement| &judgement.facts);
        let count = |n: u64| n.to_string();
        let broken: Vec<_> = judgement
            .iter()
            .flat_map(|judgement| &judgement.findings)
            .map(|finding| finding.rule.id)
            .collect();
        let quota = exchange
            .head
            .as_ref()
            .and_then(|head| head.header("x-quota-remaining-credits"));
        let error = exchange
            .failure
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| {
                let (kind, message) = facts?.error.as_ref()?;
                Some(format!("{kind}: {message}"))
            });
        let task = facts.and_then(|facts| facts.task.as_ref());
        let mut fields = vec![
            phase.to_owned(),
            count(exchange.call.number),
            exchange.ordinal.to_string(),
            request.to_owned(),
            exchange.step.name().to_owned(),
            exchange.endpoint.method().to_owned(),
            exchange.endpoint.path().to_owned(),
        ];
        fields.extend(times(&exchange.times));
        fields.extend([
            exchange
                .status()
                .map(|status| status.to_string())
                .unwrap_or_default(),
            exchange.outcome.name().to_owned(),
            count(judgement.map_or(0, |judgement| u64::from(judgement.frames))),
            count(u64::from(exchange.tokens)),
            exchange.output_tokens().map(count).unwrap_or_default(),
            count(exchange.request_bytes),
            count(judgement.map_or(0, |judgement| judgement.bytes)),
            broken.join(" "),
            in_a_line(quota.unwrap_or_default()),
            in_a_line(exchange.request_id().unwrap_or_default()),
            task.map(|task| in_a_line(&task.task_id))
                .unwrap_or_default(),
            in_a_line(&error.unwrap_or_default()),
        ]);
        self.record(&fields);
    }

    /// Hands whole rows on, so that they are there if the run is killed.
    pub fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.table.flush().err().map(|error| error.to_string());
        }
    }

    /// What went wrong in writing, if anything did.
    pub fn finish(mut self) -> Option<String> {
        self.flush();
        self.error
    }

    fn record(&mut self, fields: &[impl AsRef<[u8]>]) {
        if self.error.is_none() {
            self.error = self
                .table
                .write_record(fields)
                .err()
                .map(|error| error.to_string());
        }
    }
}

/// A row of a table whose clock was started `by` later than that of another, as it stands there.
pub fn moved_row(row: &csv::StringRecord, by: std::time::Duration) -> csv::StringRecord {
    let due = COLUMNS.iter().position(|column| *column == "due_s");
    let fields = row.iter().enumerate().map(|(index, field)| {
        match field.parse::<f64>().ok().filter(|_| Some(index) == due) {
            Some(at) => format!("{:.6}", at + by.as_secs_f64()),
            None => field.to_owned(),
        }
    });
    fields.collect()
}

/// The moment of `due` in seconds since the run's epoch, the rest in milliseconds after it.
fn times(times: &Times) -> Vec<String> {
    let since_due = |later: Option<Nanos>| {
        later
            .and_then(|later| later.since(times.due))
            .map(millis)
            .unwrap_or_default()
    };
    let mut columns = vec![format!("{:.6}", seconds(times.due.0))];
    columns.extend(
        [
            Some(times.dispatched),
            times.connected,
            times.sent,
            times.head,
            times.first_byte,
            times.first_event,
            times.first_token,
            times.visible,
            times.last_token,
            times.terminal,
            times.closed,
        ]
        .map(since_due),
    );
    columns
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn millis(nanos: u64) -> String {
    format!("{:.3}", nanos as f64 / 1e6)
}
