//! The replica from outside: its engine, its ledger, its two fronts.

mod assets;
mod caps;
mod client;
mod faults;
mod fronts;
mod images;
mod management;
mod money;
mod notices;
mod refusals;
mod routes;
mod tasks;
