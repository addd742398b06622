//! What the listener has seen of its clients, for whoever wants to know how it fares.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of a listener since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListenerCounts {
    /// Connections taken.
    pub connections: u64,
    /// Those of them that are still open.
    pub open: u64,
    /// Requests whose head was read, whatever came of them.
    pub requests: u64,
    /// Times that a connection could not be taken, mostly for want of file descriptors. It is
    /// tried again until it works.
    pub failed_accepts: u64,
    /// Requests whose body did not come in within the limit.
    pub slow_bodies: u64,
    /// Requests that ended in a bug of the replica's own. Each was answered 500 or broken off, and
    /// nothing else was harmed.
    pub panics: u64,
    /// Writes that the log had no more room for.
    pub unnoted_writes: u64,
}

#[derive(Debug, Default)]
struct Inner {
    connections: AtomicU64,
    closed: AtomicU64,
    requests: AtomicU64,
    failed_accepts: AtomicU64,
    slow_bodies: AtomicU64,
    panics: AtomicU64,
}

/// Shared by all threads of a listener.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(Arc<Inner>);

/// An open connection; dropped it is a closed one.
pub(crate) struct Opened(Counts);

impl Drop for Opened {
    fn drop(&mut self) {
        one_more(&self.0.0.closed);
    }
}

fn one_more(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl Counts {
    pub(crate) fn opened(&self) -> Opened {
        one_more(&self.0.connections);
        Opened(self.clone())
    }

    pub(crate) fn requested(&self) {
        one_more(&self.0.requests);
    }

    pub(crate) fn failed_to_accept(&self) {
        one_more(&self.0.failed_accepts);
    }

    pub(crate) fn slow_body(&self) {
        one_more(&self.0.slow_bodies);
    }

    pub(crate) fn panicked(&self) {
        one_more(&self.0.panics);
    }

    pub(crate) fn read(&self, unnoted_writes: u64) -> ListenerCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let closed = read(&self.0.closed);
        let connections = read(&self.0.connections);
        ListenerCounts {
            connections,
            open: connections.saturating_sub(closed),
            requests: read(&self.0.requests),
            failed_accepts: read(&self.0.failed_accepts),
            slow_bodies: read(&self.0.slow_bodies),
            panics: read(&self.0.panics),
            unnoted_writes,
        }
    }
}
