//! The report: totals of a run, one model made of them, and views of that model.
//!
//! [`Totals`] takes the driver's events in; [`build`] turns it, once, into a [`Report`], whose
//! fields are the format that others rely on (`report.json`). Every other file and the console are
//! views of the report or rows written as events come, and compute nothing.

mod billing;
mod build;
mod console;
#[cfg(test)]
mod doubts;
mod findings;
mod latency_csv;
mod latency_hlog;
mod ledger_csv;
mod line;
mod missed;
mod model;
#[cfg(test)]
mod omission;
mod requests_csv;
mod row;
mod rows;
mod shards;
mod sums;
#[cfg(test)]
mod tests;
mod thresholds;
mod totals;
mod unknown;

pub use build::{Ending, Frame, build, lateness, utc};
pub use console::render as render_console;
pub use latency_csv::write as write_latency_csv;
pub use latency_hlog::{LatencyLog, merge_logs};
pub use ledger_csv::write as write_ledger_csv;
pub use model::{Report, SCHEMA, ShardRow, Verdict};
pub use requests_csv::{RequestTable, moved_row};
pub use shards::Shards;
pub use sums::Sums;
pub use totals::Totals;
