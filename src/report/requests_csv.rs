//! `requests.csv`: a row a request, written as they end.

use std::io;

use super::row::Row;
use crate::exchange::{Exchange, Times};

/// Times but the first are in milliseconds since the request was due; what did not happen is empty.
const COLUMNS: [&str; 32] = [
    "phase",
    "call",
    "ordinal",
    "request",
    "key",
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
    table: W,
    /// The row in hand, used again for each.
    row: Row,
    error: Option<String>,
}

impl<W: io::Write> RequestTable<W> {
    pub fn new(out: W) -> Self {
        let mut table = Self {
            table: out,
            row: Row::default(),
            error: None,
        };
        for column in COLUMNS {
            table.row.text(column);
        }
        table.write();
        table
    }

    /// `key`: the name of the one that it was sent with.
    pub fn row(&mut self, exchange: &Exchange, phase: &str, request: &str, key: &str) {
        let row = &mut self.row;
        let judgement = exchange.judgement.as_ref();
        let facts = judgement.map(|judgement| &judgement.facts);
        row.text(phase);
        row.number(Some(exchange.call.number));
        row.number(Some(u64::from(exchange.ordinal)));
        row.text(request);
        row.text(key);
        row.text(exchange.step.name());
        row.text(exchange.endpoint.method());
        row.text(exchange.endpoint.path());
        row.times(&exchange.times);
        row.number(exchange.status().map(u64::from));
        row.text(exchange.outcome.name());
        let frames = judgement.map_or(0, |judgement| u64::from(judgement.frames));
        row.number(Some(frames));
        row.number(Some(u64::from(exchange.tokens)));
        row.number(exchange.output_tokens());
        row.number(Some(exchange.request_bytes));
        row.number(Some(judgement.map_or(0, |judgement| judgement.bytes)));
        let findings = judgement.iter().flat_map(|judgement| &judgement.findings);
        let broken: Vec<_> = findings.map(|finding| finding.rule.id).collect();
        row.text(&broken.join(" "));
        let quota = exchange
            .head
            .as_ref()
            .and_then(|head| head.header("x-quota-remaining-credits"));
        row.said(quota.unwrap_or_default());
        row.said(exchange.request_id().unwrap_or_default());
        let task = facts.and_then(|facts| facts.task.as_ref());
        row.said(task.map_or("", |task| &task.task_id));
        let error = facts.and_then(|facts| facts.error.as_ref());
        if let Some(failure) = &exchange.failure {
            row.said(&failure.to_string());
        } else if let Some((kind, message)) = error {
            row.said(&format!("{kind}: {message}"));
        } else {
            row.text("");
        }
        self.write();
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

    fn write(&mut self) {
        if self.error.is_none() {
            let written = self.row.write(&mut self.table);
            self.error = written.err().map(|error| error.to_string());
        } else {
            self.row.clear();
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

impl Row {
    /// The moment of `due` in seconds since the run's epoch, the rest in milliseconds after it;
    /// both to a microsecond.
    fn times(&mut self, times: &Times) {
        let micros = |nanos: u64| nanos.saturating_add(500) / 1_000;
        self.decimal(Some(micros(times.due.0)), 6);
        let later = [
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
        ];
        for later in later {
            let since_due = later.and_then(|later| later.since(times.due));
            self.decimal(since_due.map(micros), 3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Nanos;
    use crate::outcome::Outcome;

    #[test]
    fn a_row_has_a_field_a_column_and_times_to_a_microsecond() {
        let mut exchange = Exchange::example(Outcome::Ok);
        exchange.times.due = Nanos(2_000_000_400);
        exchange.times.dispatched = Nanos(2_000_000_400);
        exchange.times.sent = Some(Nanos(2_001_234_900));
        let mut out = Vec::new();
        let mut table = RequestTable::new(&mut out);
        table.row(&exchange, "a, b", "chat", "main");
        assert_eq!(table.finish(), None);
        let text = String::from_utf8(out).unwrap();
        let (head, row) = text.split_once('\n').unwrap();
        assert_eq!(head.split(',').count(), COLUMNS.len());
        let expected = "\"a, b\",0,0,chat,main,call,POST,/v1/messages,2.000000,0.000,,1.235,";
        assert!(row.starts_with(expected), "{row}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(
            reader.records().next().unwrap().unwrap().len(),
            COLUMNS.len()
        );
    }
}
