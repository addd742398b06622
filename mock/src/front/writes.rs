//! The log of what was handed to sockets, and when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::script::FrameKind;

/// One write of the listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As the answer's `x-request-id` tells it.
    pub request_id: String,
    /// Counts the frames of an answer from 0; the head has the number of the frame it went with,
    /// or would have.
    pub step: usize,
    pub kind: WrittenKind,
    /// Right after the bytes were handed to the socket.
    pub at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenKind {
    Head,
    Frame(FrameKind),
}

/// Writes above this number are only counted.
const NOTED: usize = 4_000_000;

/// Shared by all connections; empty where nobody asked for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteLog {
    entries: Option<Arc<Mutex<Vec<Written>>>>,
    unnoted: Arc<AtomicU64>,
}

impl WriteLog {
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            entries: wanted.then(Arc::default),
            unnoted: Arc::default(),
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.entries.is_some()
    }

    pub(crate) fn note(&self, written: impl ExactSizeIterator<Item = Written>) {
        if let Some(entries) = &self.entries {
            let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
            let room = NOTED.saturating_sub(entries.len());
            let over = written.len().saturating_sub(room) as u64;
            entries.extend(written.take(room));
            self.unnoted.fetch_add(over, Ordering::Relaxed);
        }
    }

    /// Writes that there was no more room for.
    pub(crate) fn unnoted(&self) -> u64 {
        self.unnoted.load(Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> Vec<Written> {
        self.entries.as_ref().map_or_else(Vec::new, |entries| {
            entries
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        })
    }
}
