//! A replica of an LLM gateway: every family of endpoints, its ledger, and its faults on demand.
//!
//! What it imitates is documented for the gateway: text in four protocols, pictures, tasks, models
//! and management, with one envelope of quota headers on every answer and a ledger that is exact
//! to the micro-USD. Where the documents contradict each other, [`Contract`] says which reading
//! holds. What is not documented is chosen and said where it is made.
//!
//! Equal requests get equal bodies, but for what the vendors themselves remember: a prompt cache
//! (see [`Config::prompt_cache`]) and the responses that a `previous_response_id` names. What a
//! model does rarely (refusing, above all) it does when a prompt has a word of [`marker`].
//!
//! It is not a model: texts and pictures are made from a seed and mean nothing. It keeps nothing
//! on disk, calls nobody (a `callback_url` is read and never posted to), and listens on loopback.
//!
//! # A replica with a socket
//!
//! ```
//! use spikeproof_mock::{Config, Fault, FaultSetting, Replica};
//!
//! let fault = Fault::parse("upstream-503").ok_or("no such fault")?;
//! let faults = vec![FaultSetting { fault, probability: 0.1 }];
//! let config = Config { seed: 7, faults, ..Config::default() };
//! let replica = Replica::builder().config(config).start()?;
//! assert!(replica.base_url().starts_with("http://127.0.0.1:"));
//! assert!(replica.key().starts_with("sk-byts-"));
//! // … point a client at it, then read the truth about the money:
//! assert_eq!(replica.engine().ledger().spent, 0);
//! replica.stop();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The same engine as `wiremock` mocks
//!
//! ```
//! use spikeproof_mock::{Config, Engine, mocks};
//! use wiremock::MockServer;
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let engine = Engine::new(Config::default());
//! let server = MockServer::start().await;
//! // Only so that addresses of pictures and clips lead here.
//! engine.set_base_url(&server.uri());
//! for mock in mocks(&engine) {
//!     server.register(mock).await;
//! }
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

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
pub mod marker;
mod money;
mod picture;
mod rates;
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
pub use text::spoil::StreamFault;
