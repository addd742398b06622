//! A replica that listens: the engine behind a real socket, on threads of its own.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use crate::config::Config;
use crate::engine::{ConfigError, Engine};
use crate::front::listener::{self, Order, Shared};
use crate::front::writes::WriteLog;
use crate::front::{Written, courier};

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
#[derive(Debug, Clone)]
pub struct ReplicaBuilder {
    config: Config,
    address: SocketAddr,
    threads: usize,
}

impl Default for ReplicaBuilder {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            config: Config::default(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            // Half of the machine: the other half drives the load.
            threads: (cores / 2).clamp(1, 8),
        }
    }
}

impl ReplicaBuilder {
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Default 127.0.0.1 with a free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Threads that serve connections, 1 to 64. Default: half of the cores, at most 8.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, 64);
        self
    }

    /// # Errors
    /// The address is not a loopback one, is taken, or the system gives no thread.
    pub fn start(self) -> Result<Replica, StartError> {
        let address = self.address;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
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
            orders,
            threads: Vec::new(),
        };
        for number in 0..self.threads {
            let listener = listener.try_clone().map_err(failed)?;
            let shared = Shared {
                engine: Arc::clone(&replica.engine),
                log: replica.log.clone(),
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
#[derive(Debug)]
pub struct Replica {
    engine: Arc<Engine>,
    address: SocketAddr,
    log: WriteLog,
    orders: watch::Sender<Order>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

/// How long answers under way may take to end after [`Replica::stop`].
const WIND_UP: Duration = Duration::from_secs(5);

impl Replica {
    #[must_use]
    pub fn builder() -> ReplicaBuilder {
        ReplicaBuilder::default()
    }

    /// `http://127.0.0.1:PORT`, without a path.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A key that works, the same for the same seed.
    #[must_use]
    pub fn key(&self) -> &str {
        self.engine.key()
    }

    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What was written so far, where the configuration asked for a log.
    #[must_use]
    pub fn writes(&self) -> Vec<Written> {
        self.log.read()
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
