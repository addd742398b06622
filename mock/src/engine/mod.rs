//! Request in, script out: the replica without a socket.
//!
//! Synchronous. Its state sits behind one lock that is never held while text or pictures are made.
//! Bodies follow from the configuration and the request; only request ids, the envelope's values,
//! what was charged before, and what is remembered of earlier prompts (`prompt_cache`, and the
//! responses that a `previous_response_id` can name) depend on the order of calls.

mod admin;
mod admin_view;
mod answer;
mod assets;
mod booking;
mod callee;
mod calls;
mod fields;
mod frame_edits;
mod head;
mod image_body;
mod image_request;
mod image_route;
mod image_source;
mod image_spoil;
mod keys;
mod management;
mod model_route;
mod multipart;
mod notices;
mod outbox;
mod pool;
mod problem;
mod prompt_cache;
mod recall;
mod render_time;
mod reply;
mod route;
mod side_route;
mod spoil;
mod spoil_transport;
mod spoken;
mod switches;
mod task_body;
mod task_request;
mod task_route;
mod task_spoil;
mod tasks;
mod text_route;
mod upstream;
mod usage_route;
mod wallet;
mod webhooks;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use self::booking::Waits;
use self::calls::{Appointment, Open};
use self::keys::{Group, Keys};
use self::notices::Seen;
pub use self::notices::{Notice, NoticeRecord};
use self::outbox::Outbox;
pub use self::outbox::Posted;
pub use self::pool::PoolFigures;
use self::pool::Pools;
use self::problem::Surface;
use self::prompt_cache::PromptCache;
use self::recall::Responses;
use self::route::Route;
use self::switches::Switches;
use self::tasks::Tasks;
pub use self::wallet::{ConfigError, KeyError, KeyInfo, MoveError};
use self::webhooks::Webhooks;
use crate::clock::{Clock, Moment};
use crate::config::Config;
use crate::contract::{MessageCap, TransactionContents};
use crate::fault::Fault;
use crate::incoming::Incoming;
use crate::ledger::Ledger;
use crate::prices::Prices;
use crate::seed::{self, Dice};

/// The replica's mind. A front asks it for scripts, plays them, and tells it how that went.
pub struct Engine {
    config: Config,
    key: String,
    groups: Vec<Group>,
    prices: Prices,
    clock: Clock,
    /// Where the replica is reached, for the addresses of assets.
    base: Mutex<String>,
    spoken: spoken::Memory,
    state: Mutex<State>,
    /// Rings when there may be something to tell others.
    bell: Arc<Notify>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    keys: Keys,
    calls: HashMap<u64, Open>,
    next_call: u64,
    in_flight: u32,
    pools: Pools,
    switches: Switches,
    tasks: Tasks,
    webhooks: Webhooks,
    outbox: Outbox,
    seen_money: Seen,
    agenda: BinaryHeap<Reverse<Appointment>>,
    appointments: u64,
    cached_quota: Option<(Moment, i64)>,
    waits: Waits,
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

impl State {
    /// As a replica starts, but for its keys.
    fn new(config: &Config, now: Moment) -> Self {
        let mut ledger = Ledger::new(&config.account, config.retention, now);
        ledger.tells_usage = config.contract.transactions == TransactionContents::WithUsage;
        if config.contract.message_cap == MessageCap::Enforced {
            ledger.messages.limit = config.account.messages();
        }
        let mut state = Self {
            ledger,
            keys: Keys::default(),
            calls: HashMap::new(),
            next_call: 0,
            in_flight: 0,
            pools: Pools::default(),
            switches: Switches::new(&config.faults),
            tasks: Tasks::new(config.task_kept, config.retention.tasks),
            webhooks: Webhooks::default(),
            outbox: Outbox::default(),
            seen_money: Seen::below(config.account.low_balance),
            agenda: BinaryHeap::new(),
            appointments: 0,
            cached_quota: None,
            waits: Waits::new(config),
            prompt_cache: PromptCache::default(),
            responses: Responses::default(),
            seen: vec![0; SEEN],
        };
        // What the account starts with is no news.
        state.watch_money(now);
        state
    }
}

/// How it was set up; its state is in [`Engine::ledger`].
impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Engine");
        shown.field("config", &self.config).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine without a socket, for [`crate::mocks`] or for calls from the same process.
    ///
    /// # Panics
    /// The configuration asks for what cannot be; [`Engine::checked`] says so instead.
    #[must_use]
    pub fn new(config: Config) -> Arc<Self> {
        match Self::checked(config) {
            Ok(engine) => engine,
            Err(why) => panic!("{why}"),
        }
    }

    /// # Errors
    /// A key of the configuration cannot be made, or a price is of no model.
    pub fn checked(config: Config) -> Result<Arc<Self>, ConfigError> {
        let mut dice = seed::dice(seed::hash(config.seed, &[b"key"]));
        let key = format!(
            "sk-byts-{}",
            seed::letters(&mut dice, seed::ALPHANUMERIC, 40)
        );
        let clock = Clock::default();
        let now = clock.now();
        let state = State::new(&config, now);
        let bell = Arc::clone(&state.outbox.bell);
        let engine = Self {
            groups: keys::groups(&config),
            prices: Prices::new(&config.prices, config.contract),
            key,
            clock,
            base: Mutex::new("http://127.0.0.1".to_owned()),
            spoken: spoken::Memory::default(),
            state: Mutex::new(state),
            bell,
            config,
        };
        engine.furnish(&mut engine.state(now), now)?;
        Ok(Arc::new(engine))
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
        self.bell.notify_one();
    }

    /// Stops the clock, if it still runs, and moves it on.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.bell.notify_one();
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
        state.watch_money(now);
        state
    }
}
