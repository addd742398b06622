//! Times taken inside the client while a request is on its way.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::clock::Clock;
use super::link::Seen;
use crate::exchange::Nanos;

/// Of one request.
#[derive(Debug)]
pub struct Marks {
    clock: Clock,
    connected: Cell<Option<Nanos>>,
    /// The connection that it is on.
    link: RefCell<Option<Arc<Seen>>>,
    pooled: OnceCell<Arc<PooledMarks>>,
}

/// The same from whichever task of the pooled client takes them. Zero: not yet.
#[derive(Debug)]
pub(super) struct PooledMarks {
    clock: Clock,
    connected: AtomicU64,
    sent: AtomicU64,
}

impl Marks {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            connected: Cell::new(None),
            link: RefCell::new(None),
            pooled: OnceCell::new(),
        }
    }

    pub(super) fn mark_connected(&self, now: Nanos) {
        self.connected.set(Some(now));
    }

    pub(super) fn on(&self, link: &Arc<Seen>) {
        self.link.replace(Some(Arc::clone(link)));
    }

    pub(super) fn pooled(&self) -> &Arc<PooledMarks> {
        let clock = self.clock;
        self.pooled.get_or_init(|| {
            Arc::new(PooledMarks {
                clock,
                connected: AtomicU64::new(0),
                sent: AtomicU64::new(0),
            })
        })
    }

    /// When the connection stood that was made for the request; `None`: it took an open one.
    pub fn connected(&self) -> Option<Nanos> {
        let pooled = || taken(&self.pooled.get()?.connected);
        self.connected.get().or_else(pooled)
    }

    /// When the kernel took the last byte of the request; over TLS and HTTP/2, when the connection
    /// took its body. A request without a body is marked there when it is handed over, which can be
    /// before its connection stands; it cannot have left before that.
    pub fn sent(&self) -> Option<Nanos> {
        if let Some(link) = &*self.link.borrow() {
            return link.sent();
        }
        let sent = taken(&self.pooled.get()?.sent)?;
        Some(
            self.connected()
                .map_or(sent, |connected| sent.max(connected)),
        )
    }
}

impl PooledMarks {
    pub(super) fn mark_connected(&self) -> Nanos {
        self.mark(&self.connected)
    }

    pub(super) fn mark_sent(&self) {
        self.mark(&self.sent);
    }

    fn mark(&self, cell: &AtomicU64) -> Nanos {
        let now = Nanos(self.clock.now().0.max(1));
        cell.store(now.0, Relaxed);
        now
    }
}

fn taken(cell: &AtomicU64) -> Option<Nanos> {
    Some(cell.load(Relaxed))
        .filter(|nanos| *nanos > 0)
        .map(Nanos)
}
