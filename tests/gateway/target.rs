//! The replica that a promise is tried on: its engine, on a clock that only moves when told to.

use std::sync::Arc;
use std::time::Duration;

use spikeproof_mock::{Config, Contract, Delay, Engine, LedgerSnapshot, Replica};

use crate::ask::{Answer, Ask};
use crate::money::micros;
use crate::promise::{Opponent, always};

/// 2033-05-25T14:00:00Z: after every real day of this test, because a new replica dates its first
/// top-up by the real clock.
pub(crate) const START: Duration = Duration::from_secs(2_000_642_400);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// What a check is tried on: a reading of the documents, and perhaps something that is wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    contract: Contract,
    opponent: Option<&'static Opponent>,
}

impl Given {
    pub(crate) fn new(contract: Contract, opponent: Option<&'static Opponent>) -> Self {
        Self { contract, opponent }
    }

    pub(crate) fn contract(&self) -> Contract {
        self.contract
    }

    /// A replica that does not wait and gives short answers.
    pub(crate) fn target(&self) -> Target {
        self.target_with(|_| {})
    }

    /// The same, set up further; an opponent has the last word.
    pub(crate) fn target_with(&self, set: impl FnOnce(&mut Config)) -> Target {
        let engine = Engine::new(self.config(set));
        engine.set_base_url("http://127.0.0.1");
        engine.set_clock(START);
        Target {
            given: *self,
            engine,
        }
    }

    /// One that listens. Its clock runs.
    pub(crate) fn replica(&self, set: impl FnOnce(&mut Config)) -> Result<Replica, String> {
        let started = Replica::builder()
            .threads(1)
            .config(self.config(set))
            .start();
        started.map_err(|error| error.to_string())
    }

    fn config(&self, set: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config {
            seed: 11,
            first_token: Delay::Constant(Duration::ZERO),
            token_gap: Delay::Constant(Duration::ZERO),
            image_time: Delay::Constant(Duration::ZERO),
            task_queue: Delay::Constant(10 * SECOND),
            task_run: Delay::Constant(40 * SECOND),
            contract: self.contract,
            ..Config::default()
        };
        set(&mut config);
        match self.opponent {
            Some(Opponent::Fault(name)) => config.faults.push(always(name)),
            Some(Opponent::Set(_, change)) => change(&mut config),
            Some(
                Opponent::Deaf(_) | Opponent::Says(..) | Opponent::Answers(..) | Opponent::Frozen,
            )
            | None => {}
        }
        config
    }
}

/// An engine to ask.
pub(crate) struct Target {
    given: Given,
    pub(crate) engine: Arc<Engine>,
}

impl Target {
    pub(crate) fn opponent(&self) -> Option<&'static Opponent> {
        self.given.opponent
    }

    pub(crate) fn key(&self) -> String {
        self.engine.key().to_owned()
    }

    pub(crate) fn advance(&self, by: Duration) {
        if !matches!(self.opponent(), Some(Opponent::Frozen)) {
            self.engine.advance(by);
        }
    }

    /// A request with the ready-made key as a bearer. `place` is a path, with a query or without.
    pub(crate) fn ask(&self, method: &str, place: &str) -> Ask<'_> {
        Ask::new(self, method, place)
    }

    pub(crate) fn get(&self, place: &str) -> Answer {
        self.ask("GET", place).send()
    }

    pub(crate) fn ledger(&self) -> LedgerSnapshot {
        self.engine.ledger()
    }

    /// What the quota header shows, in micro-USD, on a route that costs nothing.
    pub(crate) fn quota(&self) -> Result<i64, String> {
        self.get("/v1/models").micros("x-quota-remaining-credits")
    }

    /// `available_usd` of the account, in micro-USD.
    pub(crate) fn available(&self) -> Result<i64, String> {
        let account = self.get("/api/v1/me/account").json();
        let available = &account["balance"]["available_usd"];
        micros(&available.to_string()).ok_or_else(|| format!("available_usd is {available}"))
    }

    /// `call_count` of all usage there is.
    pub(crate) fn call_count(&self) -> Result<u64, String> {
        let count = &self.get("/api/v1/me/usage").json()["totals"]["call_count"];
        count
            .as_u64()
            .ok_or_else(|| format!("call_count is {count}"))
    }
}
