//! Request in, script out: the replica without a socket.
//!
//! Synchronous. Its state sits behind one lock that is never held while text or pictures are made.
//! Bodies follow from the configuration and the request; only request ids, the envelope's values,
//! what was charged before, and what is remembered of earlier prompts (`prompt_cache`, and the
//! responses that a `previous_response_id` can name) depend on the order of calls.

mod answer;
mod assets;
mod calls;
mod fields;
mod head;
mod image_body;
mod image_request;
mod image_route;
mod keys;
mod management;
mod model_route;
mod multipart;
mod problem;
mod prompt_cache;
mod recall;
mod reply;
mod route;
mod side_route;
mod spoil;
mod task_body;
mod task_request;
mod task_route;
mod tasks;
mod text_route;
mod usage_route;
mod webhooks;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::calls::{Appointment, Open};
use self::keys::{GROUPS, Key, Keys};
use self::problem::Surface;
use self::prompt_cache::PromptCache;
use self::recall::Responses;
use self::route::Route;
use self::tasks::Tasks;
use self::webhooks::Webhooks;
use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::fault::Fault;
use crate::incoming::Incoming;
use crate::ledger::Ledger;
use crate::seed::{self, Dice};

/// The replica's mind. A front asks it for scripts, plays them, and tells it how that went.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    key: String,
    clock: Clock,
    /// Where the replica is reached, for the addresses of assets.
    base: Mutex<String>,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    keys: Keys,
    calls: HashMap<u64, Open>,
    next_call: u64,
    in_flight: u32,
    tasks: Tasks,
    webhooks: Webhooks,
    agenda: BinaryHeap<Reverse<Appointment>>,
    appointments: u64,
    cached_quota: Option<(Moment, i64)>,
    prompt_cache: PromptCache,
    responses: Responses,
    /// How often a request came, by the low bits of its hash: two requests that share a cell share
    /// their count, which is harmless and keeps this bounded.
    seen: Vec<u32>,
}

const SEEN: usize = 1 << 16;

/// A request with everything that its route needs to know besides.
pub(crate) struct Asked<'a> {
    incoming: &'a Incoming,
    route: Route,
    surface: Surface,
    now: Moment,
    /// Of seed and request: equal requests share it.
    hash: u64,
    /// Of seed, request and how often it came: for waits and faults.
    turn: u64,
    faults: Vec<Fault>,
    key: u64,
}

impl Asked<'_> {
    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn dice(&self) -> Dice {
        seed::dice(self.turn)
    }
}

impl Engine {
    #[must_use]
    pub fn new(config: Config) -> Arc<Self> {
        let mut dice = seed::dice(seed::hash(config.seed, &[b"key"]));
        let key = format!(
            "sk-byts-{}",
            seed::letters(&mut dice, seed::ALPHANUMERIC, 40)
        );
        let clock = Clock::default();
        let mut keys = Keys::default();
        keys.add(Key {
            name: "ready-made".to_owned(),
            secret: key.clone(),
            group: GROUPS[2],
            expires: None,
            whitelist: Vec::new(),
            blacklist: Vec::new(),
        });
        let state = State {
            ledger: Ledger::new(&config.account, clock.now()),
            keys,
            calls: HashMap::new(),
            next_call: 0,
            in_flight: 0,
            tasks: Tasks::default(),
            webhooks: Webhooks::default(),
            agenda: BinaryHeap::new(),
            appointments: 0,
            cached_quota: None,
            prompt_cache: PromptCache::default(),
            responses: Responses::default(),
            seen: vec![0; SEEN],
        };
        let base = Mutex::new("http://127.0.0.1".to_owned());
        Arc::new(Self {
            config,
            key,
            clock,
            base,
            state: Mutex::new(state),
        })
    }

    /// The ready-made key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Bytes of the longest body that is read on `path`.
    #[must_use]
    pub fn body_limit(path: &str) -> usize {
        route::body_limit(path)
    }

    /// Stops the clock at this time since the Unix epoch.
    pub fn set_clock(&self, since_epoch: Duration) {
        self.clock.set(since_epoch);
    }

    /// Stops the clock, if it still runs, and moves it on.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Where assets are to be fetched, for example `http://127.0.0.1:4000`. A front sets it.
    pub fn set_base_url(&self, base: &str) {
        base.clone_into(&mut self.base.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn base_url(&self) -> String {
        self.base
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The state, with everything done that is due. A panic of another thread in here would be a
    /// bug of ours; the state is usable all the same.
    fn state(&self, now: Moment) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tick(now);
        state
    }
}
