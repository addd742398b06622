//! The replica from outside: its engine, its ledger, its two fronts.

mod assets;
mod caps;
mod client;
mod edits;
mod faults;
mod fronts;
mod images;
mod management;
mod media_faults;
mod money;
mod notices;
mod odd;
mod refusals;
mod routes;
mod task_fates;
mod tasks;
