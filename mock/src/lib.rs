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
//! on disk, listens on loopback, and calls loopback only: the listener posts to a task's
//! `callback_url` and to webhooks, the mocks post nothing
//! ([`Engine::due_notices`] has what is due).
//!
//! What a prompt contains can decide what becomes of it: `[[refuse]]` is refused as unsafe, and
//! tasks fail once they run with `[[fail]]` (the upstream), `[[block]]` (its safety check) and
//! `[[hang]]` (it takes too long).
//!
//! More in the package's `examples`, each of which is run by the tests.
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
//! # A clock that obeys, and a ledger that knows
//!
//! ```
//! use std::time::Duration;
//!
//! use spikeproof_mock::{AccountSetting, Config, Replica};
//!
//! let account = AccountSetting { wallet: 5_000_000, ..AccountSetting::default() };
//! let replica = Replica::builder().config(Config { account, ..Config::default() }).start()?;
//! let engine = replica.engine();
//! // Stopped at 2026-05-25T14:00:00Z, then moved on: buckets reset and tasks end by it.
//! engine.set_clock(Duration::from_secs(1_779_717_600));
//! engine.advance(Duration::from_secs(5 * 3600));
//! // Micro-USD.
//! let ledger = engine.ledger();
//! assert_eq!((ledger.available, ledger.held, ledger.rows.len()), (5_000_000, 0, 0));
//! # Ok::<(), spikeproof_mock::StartError>(())
//! ```
//!
//! # When each frame was written
//!
//! ```
//! use spikeproof_mock::{Replica, WrittenKind};
//!
//! let replica = Replica::builder().threads(1).log_writes(true).start()?;
//! // … after a call:
//! for write in replica.writes() {
//!     if let WrittenKind::Frame(kind) = write.kind {
//!         println!("{} frame {}: {kind:?} at {:?}", write.request_id, write.step, write.at);
//!     }
//! }
//! assert_eq!(replica.counts().panics, 0);
//! # Ok::<(), spikeproof_mock::StartError>(())
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

mod account;
mod catalog;
mod clip;
mod clock;
pub mod config;
pub mod contract;
mod edit;
mod engine;
pub mod fault;
mod front;
mod incoming;
mod ledger;
pub mod marker;
mod money;
mod picture;
pub mod prices;
mod replica;
pub mod script;
mod seed;
pub mod text;
pub mod upstream;

pub use clock::Moment;
pub use config::{
    AccountSetting, Config, Delay, GroupSetting, KeySetting, Retention, Tier, UnlimitedText,
};
pub use contract::{Contract, ContractError};
pub use edit::Edit;
pub use engine::{
    ConfigError, Engine, KeyError, KeyInfo, MoveError, Notice, NoticeRecord, PoolFigures, Posted,
};
pub use fault::{Fault, FaultSetting, Trace};
pub use front::{ListenerCounts, Written, WrittenKind, mocks};
pub use incoming::{Answered, CallToken, Delivered, Incoming};
pub use ledger::{
    BucketSnapshot, KeySnapshot, LedgerSnapshot, OrgSnapshot, Tally, Transaction, TransactionKind,
    UsageRow,
};
pub use money::Rounding;
pub use prices::{PriceSetting, Rates, RoundedPer};
pub use replica::{Replica, ReplicaBuilder, StartError};
pub use seed::Dice;
pub use text::spoil::StreamFault;
pub use upstream::{ModelTiming, Outage, OutageKind, Upstream, model_names};

/// The readme's example is held to compile and to be true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
