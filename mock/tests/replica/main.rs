//! The replica from outside: its engine, its ledger, its two fronts.

mod cache;
mod caps;
mod client;
mod faults;
mod fronts;
mod images;
mod management;
mod money;
mod refusals;
mod routes;
mod tasks;
mod text;
