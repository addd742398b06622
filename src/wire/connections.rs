//! How many connections a run has made, and what became of them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counted by all clients of a run. None of these happens once a request, let alone once an event.
#[derive(Debug, Default)]
pub struct Connections {
    opened: AtomicU64,
    failed: AtomicU64,
    hung_up: AtomicU64,
    moved: AtomicU64,
    longest: AtomicU64,
    open: AtomicU64,
    most_open: AtomicU64,
}

/// The counts at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ConnectionCounts {
    /// Connections that stood.
    pub opened: u64,
    /// Attempts at one that failed.
    pub failed: u64,
    /// Idle ones that were not used again: closed by the target, or too old.
    pub hung_up: u64,
    /// Requests that met a connection that was closing, before a byte of them was written, and went
    /// on a fresh one.
    pub moved: u64,
    /// Owned connections that were open at the same time.
    pub most_open: u64,
    /// The longest that one took to stand, in nanoseconds.
    pub longest_connect: u64,
}

impl Connections {
    pub(super) fn opened(&self, nanos: u64) {
        self.opened.fetch_add(1, Relaxed);
        self.longest.fetch_max(nanos, Relaxed);
    }

    pub(super) fn began(&self) {
        let open = self.open.fetch_add(1, Relaxed) + 1;
        self.most_open.fetch_max(open, Relaxed);
    }

    pub(super) fn ended(&self) {
        self.open.fetch_sub(1, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    pub(super) fn hung_up(&self) {
        self.hung_up.fetch_add(1, Relaxed);
    }

    pub(super) fn moved(&self) {
        self.moved.fetch_add(1, Relaxed);
    }

    pub fn counts(&self) -> ConnectionCounts {
        ConnectionCounts {
            opened: self.opened.load(Relaxed),
            failed: self.failed.load(Relaxed),
            hung_up: self.hung_up.load(Relaxed),
            moved: self.moved.load(Relaxed),
            most_open: self.most_open.load(Relaxed),
            longest_connect: self.longest.load(Relaxed),
        }
    }
}
