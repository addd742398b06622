//! The replica from outside: its engine, its ledger, its two fronts.

mod account;
mod books;
mod caps;
mod client;
mod faults;
mod fronts;
mod images;
mod keys;
mod management;
mod money;
mod refusals;
mod routes;
mod tasks;
