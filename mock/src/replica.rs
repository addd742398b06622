//! A replica that listens: the engine behind a real socket, on threads of its own.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use crate::config::Config;
use crate::engine::{ConfigError, Engine};
use crate::front::counts::Counts;
use crate::front::listener::{self, Order, Patience, Shared};
use crate::front::system;
use crate::front::writes::WriteLog;
use crate::front::{ListenerCounts, Written, courier};

/// Why a replica could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// It has no defence against strangers, and its keys are printed in logs.
    #[error("the replica listens on loopback addresses only, not on `{0}`")]
    NotLoopback(SocketAddr),
    #[error("cannot listen on `{address}`")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the replica cannot be configured so")]
    Config(#[from] ConfigError),
    #[error("cannot start a thread for the replica")]
    Thread(#[source] io::Error),
}

/// What a replica will be.
#[must_use = "nothing listens before `start`"]
#[derive(Debug, Clone)]
pub struct ReplicaBuilder {
    config: Config,
    address: SocketAddr,
    threads: usize,
    patience: Patience,
}

impl Default for ReplicaBuilder {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            config: Config::default(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            // Half of the machine: the other half drives the load.
            threads: (cores / 2).clamp(1, 8),
            patience: Patience::default(),
        }
    }
}

impl ReplicaBuilder {
    /// Seed, waits, account, contract and faults. Default: [`Config::default`], healthy and fast.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Default 127.0.0.1 with a free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Threads that serve connections, 1 to 64. Default: half of the cores, at most 8.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, 64);
        self
    }

    /// Note when each frame is handed to its socket, for [`Replica::writes`]. Default: off, and
    /// the same as [`Config::log_writes`].
    pub fn log_writes(mut self, wanted: bool) -> Self {
        self.config.log_writes = wanted;
        self
    }

    /// How long a client may take for the head of a request, and how long a connection may rest
    /// between two requests, before it is closed. Default: a minute.
    pub fn head_timeout(mut self, time: Duration) -> Self {
        self.patience.head = time;
        self
    }

    /// How long a client may take for the body of a request before it is answered 408. Default: a
    /// minute.
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.patience.body = time;
        self
    }

    /// Starts listening, on threads of its own. Whoever connects from now on is served.
    ///
    /// The limit on open files of this process is raised as far as it may be, for many connections.
    ///
    /// # Errors
    /// The address is not a loopback one, is taken, or the system gives no thread.
    pub fn start(self) -> Result<Replica, StartError> {
        let address = self.address;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        system::raise_descriptor_limit();
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        system::lengthen_queue(&listener);
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let log = WriteLog::new(self.config.log_writes);
        let engine = Engine::checked(self.config)?;
        engine.set_base_url(&format!("http://{address}"));
        let (orders, order) = watch::channel(Order::Serve);
        let mut replica = Replica {
            engine,
            address,
            log,
            counts: Counts::default(),
            orders,
            threads: Vec::new(),
        };
        for number in 0..self.threads {
            let listener = listener.try_clone().map_err(failed)?;
            let shared = Shared {
                engine: Arc::clone(&replica.engine),
                answer: Engine::answer_from,
                log: replica.log.clone(),
                counts: replica.counts.clone(),
                patience: self.patience,
            };
            let order = order.clone();
            let thread = std::thread::Builder::new()
                .name(format!("replica-{number}"))
                .spawn(move || listener::serve(listener, shared, order))
                .map_err(StartError::Thread)?;
            replica.threads.push(thread);
        }
        let engine = Arc::clone(&replica.engine);
        let courier = std::thread::Builder::new()
            .name("replica-courier".to_owned())
            .spawn(move || courier::serve(engine, order))
            .map_err(StartError::Thread)?;
        replica.threads.push(courier);
        Ok(replica)
    }
}

/// A running replica. It serves until it is stopped or dropped.
#[must_use = "a replica that is dropped stops"]
pub struct Replica {
    engine: Arc<Engine>,
    address: SocketAddr,
    log: WriteLog,
    counts: Counts,
    orders: watch::Sender<Order>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

/// Where it listens and how it fares; its setting is in [`Engine::config`].
impl fmt::Debug for Replica {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Replica");
        shown.field("address", &self.address);
        // One of them calls out; the rest serve.
        shown.field("threads", &self.threads.len().saturating_sub(1));
        shown
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

/// How long answers under way may take to end after [`Replica::stop`].
const WIND_UP: Duration = Duration::from_secs(5);

impl Replica {
    /// What a replica can be started with.
    pub fn builder() -> ReplicaBuilder {
        ReplicaBuilder::default()
    }

    /// `http://127.0.0.1:PORT`, without a path.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A key that works, the same for the same seed.
    #[must_use]
    pub fn key(&self) -> &str {
        self.engine.key()
    }

    /// The mind behind the socket: its clock, its ledger.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What was written so far, where the configuration asked for a log: at most four million
    /// writes, those after that are counted in [`ListenerCounts::unnoted_writes`].
    #[must_use]
    pub fn writes(&self) -> Vec<Written> {
        self.log.read()
    }

    /// What the listener has seen so far.
    #[must_use]
    pub fn counts(&self) -> ListenerCounts {
        self.counts.read(self.log.unnoted())
    }

    /// Takes no more calls, lets answers under way end for at most five seconds, and returns when
    /// the last thread is gone.
    pub fn stop(mut self) {
        self.end(WIND_UP);
    }

    fn end(&mut self, bound: Duration) {
        self.orders.send_replace(Order::WindUp(bound));
        for thread in self.threads.drain(..) {
            // A thread that failed has nothing more to give back.
            drop(thread.join());
        }
    }
}

impl Drop for Replica {
    /// Breaks off what is under way.
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}
