//! The money audit: does what the target charges agree with what it promised?
//!
//! Money is an integer everywhere. The audit is a pure fold: it is told of every exchange, of what
//! the books said before, after and around the probes, and decides which checks hold, which are
//! broken, and which the evidence cannot carry. A check that lacks its evidence is *not checked*,
//! never passed. It sends nothing and reads no clock; `cli::run` does the reading.

mod audit;
mod books;
mod checks;
mod class;
mod conclude;
mod credits;
mod entries;
mod entry;
mod envelope;
#[cfg(test)]
mod history;
mod ledger;
mod matching;
mod order;
mod part;
mod policy;
mod prices;
mod probe;
#[cfg(test)]
mod proof;
mod reconcile;
mod rows;
mod sorted;
mod spill;
mod sweep;
mod terms;
mod verdict;

pub use audit::Audit;
pub use books::{Books, KeyBooks};
pub use checks::RULES;
pub use class::Class;
pub use credits::{Amount, Credits};
pub use entries::Entries;
pub use entry::{Entry, fingerprint};
pub use envelope::Envelope;
pub use ledger::LedgerLine;
pub use part::{Moments, Part, Share};
pub use policy::{KINDS, Policy, Right};
pub use prices::{Prices, Rates, Rounding, Used};
pub use probe::{Again, Probe};
pub use rows::{Listing, Page, Rows, UsageRow};
pub use spill::Place;
#[cfg(test)]
pub(crate) use spill::shelf::Shelf;
pub use sweep::{Bounds, OutOfBounds, Swept, sweep};
pub use terms::{Asked, Terms};
pub use verdict::{BillingVerdict, CheckResult, CheckState, ClassRow, KeyRow, Suspect};
