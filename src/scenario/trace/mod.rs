//! Traces: when real callers came, and how much they asked and were told.
//!
//! The file is opened elsewhere and handed to [`TraceReader`] line by line; what is kept of it is
//! bounded by [`MOST_ROWS`].

mod columns;
mod fields;
mod moment;
mod reader;

use std::ops::Range;
use std::time::Duration;

use crate::draw::mixed;
pub use reader::{LONGEST_LINE, TraceFault, TraceReader};

/// Rows that are kept of a trace.
pub const MOST_ROWS: usize = 1_000_000;

/// Which part of which file is replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSetting {
    /// As the scenario writes it.
    pub path: String,
    /// From the trace's first row.
    pub from: Duration,
    /// Of the trace's own time. `None`: to its end.
    pub duration: Option<Duration>,
    /// Rows at most.
    pub limit: Option<u64>,
}

/// One request of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceRow {
    /// From where the replayed part begins.
    pub at: Duration,
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// What is replayed. Rows of one session stand together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    rows: Vec<TraceRow>,
    /// Where each call's rows begin; calls in the order of their first rows.
    begins: Vec<u32>,
    length: Duration,
}

impl Trace {
    /// Rows in the order of the file, each with the number of its session.
    fn grouped(rows: Vec<(Option<u32>, TraceRow)>, length: Duration) -> Self {
        let mut calls: Vec<Vec<TraceRow>> = Vec::new();
        let mut sessions: std::collections::HashMap<u32, usize> = std::collections::HashMap::new();
        for (session, row) in rows {
            let open = session.and_then(|session| sessions.get(&session).copied());
            if let Some(open) = open {
                calls[open].push(row);
            } else {
                sessions.extend(session.map(|session| (session, calls.len())));
                calls.push(vec![row]);
            }
        }
        let mut trace = Self {
            length,
            ..Self::default()
        };
        for rows in calls {
            trace
                .begins
                .push(u32::try_from(trace.rows.len()).unwrap_or(u32::MAX));
            trace.rows.extend(rows);
        }
        trace
    }

    /// Calls: rows, or whole sessions.
    pub fn calls(&self) -> usize {
        self.begins.len()
    }

    /// The rows of one call, at least one, in the order of their times.
    pub fn call(&self, number: usize) -> &[TraceRow] {
        self.rows.get(self.range(number)).unwrap_or_default()
    }

    fn range(&self, number: usize) -> Range<usize> {
        let begin = |number: usize| self.begins.get(number).map(|begin| *begin as usize);
        let end = begin(number + 1).unwrap_or(self.rows.len());
        begin(number).unwrap_or(end)..end
    }

    pub fn rows(&self) -> &[TraceRow] {
        &self.rows
    }

    /// Of the trace's own time.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Two traces that differ in anything that is replayed have different ones, or nearly always.
    pub fn fingerprint(&self) -> u64 {
        let begins = self.begins.iter().map(|begin| u64::from(*begin));
        let rows = self.rows.iter().flat_map(|row| {
            let nanos = u64::try_from(row.at.as_nanos()).unwrap_or(u64::MAX);
            [
                nanos,
                u64::from(row.input_tokens),
                u64::from(row.output_tokens),
            ]
        });
        begins.chain(rows).fold(self.length.as_secs(), mixed)
    }

    pub fn has_sessions(&self) -> bool {
        self.begins.len() < self.rows.len()
    }
}
