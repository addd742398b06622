//! The replica from outside: its engine, its ledger, its two fronts.

mod both_fronts;
mod caps;
mod client;
mod faults;
mod fronts;
mod images;
mod library;
mod management;
mod money;
mod refusals;
mod robust;
mod routes;
mod tasks;
