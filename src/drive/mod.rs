//! The driver: makes a plan's calls when they are due, and tells what came of them.
//!
//! Worker threads, each with its own single-threaded runtime, HTTP client and recorder; they share
//! nothing on the path of an event but the counters named here. Everything they have to say is one
//! closed list of [`Event`]s, in batches, on one bounded channel. The driver decides nothing about
//! the answers.

mod call;
mod closed;
mod ending;
mod hide;
mod lead;
mod open;
mod outbox;
mod pace;
mod reading;
mod timer;
mod worker;

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

use tokio::sync::{Barrier, watch};

pub use call::{Caller, Sink};
pub use outbox::{Inbox, Mouth, Outbox, channel, waiting};
pub use worker::default_workers;

use crate::exchange::{CallEnd, CallKey, Exchange, Nanos};
use crate::judge::Standard;
use crate::measure::{Interval, Series};
use crate::plan::Plan;
use crate::recording::Budget;
use crate::scenario::{Scenario, Secret, TemplateId};
use crate::shard::Shard;
use crate::wire::http::{ClientError, Clock, Network};

/// What the driver has to say.
#[derive(Debug)]
pub enum Event {
    PhaseStarted {
        phase: u16,
        at: Nanos,
    },
    /// A request has its answer, or never will.
    Exchanged(Box<Exchange>),
    /// The last request of a call is over.
    CallEnded(CallEnd),
    /// A call was due and has not been made.
    Dropped {
        call: CallKey,
        template: TemplateId,
    },
    /// What one thread has measured in about a second.
    Samples(Interval),
    /// How one thread fared in about a second.
    Pulse(Pulse),
    PhaseEnded {
        phase: u16,
        at: Nanos,
    },
    /// A call of ours broke: a bug, and the run's figures are not whole.
    Panicked,
}

/// How a worker's thread fared for a while.
#[derive(Debug)]
pub struct Pulse {
    /// How late its own ticks came, in nanoseconds.
    pub late: Series,
    /// How much of the time it was on a processor, in thousandths. `None`: not known.
    pub busy: Option<u16>,
}

/// What the load is told while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    Go,
    /// Start no more calls; let those in flight end.
    Wind,
    /// End those in flight as well.
    Abort,
}

/// Requests that may still be sent.
#[derive(Debug)]
pub struct Allowance(AtomicU64);

impl Allowance {
    pub fn new(requests: Option<u64>) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(requests.unwrap_or(u64::MAX))))
    }

    /// Claims one request; `false` when none is left.
    pub fn claim(&self) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        self.0
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok()
    }

    pub fn is_used_up(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed) == 0
    }
}

/// What a run needs besides its plan.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port.
    pub base: String,
    /// The main key, then the others in the scenario's order; none: requests carry none.
    pub keys: Vec<Secret>,
    pub clock: Clock,
    pub workers: usize,
    pub allowance: Arc<Allowance>,
    /// `None`: nothing is recorded.
    pub recording: Option<Keeping>,
    pub standard: Standard,
    /// Whose calls these are; [`Shard::WHOLE`]: all.
    pub shard: Shard,
    pub network: Network,
}

/// How much is kept for the recording.
#[derive(Debug, Clone)]
pub struct Keeping {
    pub budget: Arc<Budget>,
    /// Exchanges without a finding, of each request, step and status.
    pub sample: u32,
}

/// Shared by the workers of one run.
struct Shared {
    plan: Plan,
    scenario: Arc<Scenario>,
    settings: Settings,
    stop: watch::Receiver<Stop>,
    mouth: Mouth,
    /// All workers stand here between phases that follow one another.
    barrier: Barrier,
    phases: Vec<PhaseShared>,
}

/// Counters of one phase.
#[derive(Debug, Default)]
struct PhaseShared {
    /// When the phases that run with this one begin, kept with the first of them.
    agreed: OnceLock<Nanos>,
    /// Workers that have done their share.
    ended: AtomicUsize,
    /// Closed schedules: the next call's number.
    next: AtomicU64,
    /// Open schedules: calls made and not ended.
    in_flight: AtomicU32,
}

/// A run under way; its threads end when the plan does, or when they are told to.
pub struct Run {
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Run {
    /// Starts the workers. Events come on the channel, which closes when all is over.
    pub fn start(
        plan: Plan,
        scenario: Arc<Scenario>,
        settings: Settings,
        stop: watch::Receiver<Stop>,
        mouth: Mouth,
    ) -> Result<Self, ClientError> {
        let workers = settings.workers.max(1);
        let phases = plan.phases.iter().map(|_| PhaseShared::default()).collect();
        let barrier = Barrier::new(workers);
        let shared = Arc::new(Shared {
            plan,
            scenario,
            settings,
            stop,
            mouth,
            barrier,
            phases,
        });
        // All that needs descriptors is made before any thread starts: a worker that is missing
        // would let the others wait at the barrier for ever.
        let mut parts = Vec::new();
        for _ in 0..workers {
            let caller = Caller::new(&shared.settings, &shared.stop)?;
            let runtime = worker::Executor::new().map_err(ClientError::Worker)?;
            parts.push((caller, runtime));
        }
        let mut threads = Vec::new();
        for (index, (caller, runtime)) in parts.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            let work = move || worker::work(index, &runtime, caller, &shared);
            let thread = std::thread::Builder::new().spawn(work);
            threads.push(thread.map_err(ClientError::Worker)?);
        }
        Ok(Self { threads })
    }

    /// Waits for the threads. `false`: one of them panicked, so the run's figures are not whole.
    pub fn join(self) -> bool {
        self.threads.into_iter().all(|thread| thread.join().is_ok())
    }
}
