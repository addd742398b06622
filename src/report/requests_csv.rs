//! `requests.csv`: a row a request, written as they end.

use std::io;

use crate::exchange::{Exchange, Nanos};

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
        table.record(&[
            "phase",
            "call",
            "ordinal",
            "request",
            "step",
            "method",
            "path",
            "due_s",
            "send_lag_ms",
            "status",
            "outcome",
            "ttfb_ms",
            "ttft_ms",
            "e2e_ms",
            "events",
            "token_events",
            "output_tokens",
            "request_bytes",
            "response_bytes",
            "rules_broken",
            "quota_header",
            "request_id",
            "error",
        ]);
        table
    }

    pub fn row(&mut self, exchange: &Exchange, phase: &str, request: &str) {
        let times = &exchange.times;
        let since = |later: Option<Nanos>, earlier: Nanos| {
            later
                .and_then(|later| later.since(earlier))
                .map(millis)
                .unwrap_or_default()
        };
        let judgement = exchange.judgement.as_ref();
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
                let (kind, message) = judgement?.facts.error.as_ref()?;
                Some(format!("{kind}: {message}"))
            });
        self.record(&[
            phase,
            &count(exchange.call.number),
            &exchange.ordinal.to_string(),
            request,
            exchange.step.name(),
            exchange.endpoint.method(),
            exchange.endpoint.path(),
            &format!("{:.6}", seconds(times.due.0)),
            &since(Some(times.dispatched), times.due),
            &exchange
                .status()
                .map(|status| status.to_string())
                .unwrap_or_default(),
            exchange.outcome.name(),
            &times
                .sent
                .map(|sent| since(times.head, sent))
                .unwrap_or_default(),
            &since(times.first_token, times.due),
            &since(times.terminal, times.due),
            &count(judgement.map_or(0, |judgement| u64::from(judgement.frames))),
            &count(u64::from(exchange.tokens)),
            &exchange.output_tokens().map(count).unwrap_or_default(),
            &count(exchange.request_bytes),
            &count(judgement.map_or(0, |judgement| judgement.bytes)),
            &broken.join(" "),
            quota.unwrap_or_default(),
            exchange.request_id().unwrap_or_default(),
            error.as_deref().unwrap_or_default(),
        ]);
    }

    /// What went wrong in writing, if anything did.
    pub fn finish(mut self) -> Option<String> {
        if self.error.is_none() {
            self.error = self.table.flush().err().map(|error| error.to_string());
        }
        self.error
    }

    fn record(&mut self, fields: &[&str]) {
        if self.error.is_none() {
            self.error = self
                .table
                .write_record(fields)
                .err()
                .map(|error| error.to_string());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "shown to a microsecond")]
fn millis(nanos: u64) -> String {
    format!("{:.3}", nanos as f64 / 1e6)
}
