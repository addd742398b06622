//! A replica of an LLM gateway.
mod catalog;
mod clip;
mod clock;
pub mod config;
pub mod contract;
mod engine;
pub mod fault;
mod front;
mod incoming;
mod ledger;
mod money;
mod picture;
mod replica;
pub mod script;
mod seed;
pub mod text;

pub use clock::Moment;
pub use config::{AccountSetting, Config, Delay};
pub use contract::{Contract, ContractError};
pub use engine::Engine;
pub use fault::{Fault, FaultSetting};
pub use front::{Written, WrittenKind, mocks};
pub use incoming::{Answered, CallToken, Delivered, Incoming};
pub use ledger::{BucketSnapshot, LedgerSnapshot, Tally, Transaction, UsageRow};
pub use money::Rounding;
pub use replica::{Replica, ReplicaBuilder, StartError};
pub use seed::Dice;
