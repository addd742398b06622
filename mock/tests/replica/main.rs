//! The replica from outside: its engine, its ledger, its two fronts.

mod account;
mod assets;
mod books;
mod caps;
mod client;
mod edits;
mod envelope_faults;
mod faults;
mod fronts;
mod images;
mod keys;
mod laws;
mod ledger_faults;
mod management;
mod media_faults;
mod money;
mod notices;
mod odd;
mod peers;
mod refusals;
mod routes;
mod scenes;
mod task_fates;
mod tasks;
