//! The replica from outside: its engine, its ledger, its two fronts.

mod account;
mod books;
mod caps;
mod client;
mod envelope_faults;
mod faults;
mod fronts;
mod images;
mod keys;
mod laws;
mod ledger_faults;
mod management;
mod money;
mod peers;
mod refusals;
mod routes;
mod scenes;
mod tasks;
