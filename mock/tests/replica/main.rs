//! The replica from outside: its engine, its ledger, its two fronts.

mod admin;
mod caps;
mod client;
mod faults;
mod fronts;
mod images;
mod management;
mod money;
mod outages;
mod refusals;
mod routes;
mod simulation;
mod tasks;
mod upstream;
