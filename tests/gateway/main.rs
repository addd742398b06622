//! Every promise of the gateway's documents, tried on the replica, and the page that lists them.
//!
//! A promise is one row of its section's table: what it says in our words, where it stands, which
//! rules of the catalogue watch for it on a live target, and a check. The check must hold on the
//! replica and must fail on each of the row's opponents: replicas that break the promise.

mod account;
mod ask;
mod auth;
mod billing;
mod cache;
mod contradictions;
mod costs;
mod envelope;
mod errors;
mod images;
mod jobs;
mod ledger;
mod limits;
mod models;
mod money;
mod page;
mod promise;
mod readings;
mod refusals;
mod socket;
mod speech;
mod streaming;
mod target;
mod tasks;
mod usage;
