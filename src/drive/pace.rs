//! How fast an answer is read, where the scenario says that its reader is slow.

use crate::exchange::Nanos;
use crate::scenario::request::ReadPace;
use crate::wire::http::Clock;

/// Nothing is asked of the connection before it is time, so that what was not read waits with the
/// target once the system's buffers are full.
pub(super) struct Pace {
    pace: Option<ReadPace>,
    clock: Clock,
    start: Nanos,
    read: u64,
}

impl Pace {
    /// From now on: the head is there.
    pub(super) fn new(pace: Option<ReadPace>, clock: Clock) -> Self {
        let start = clock.now();
        Self {
            pace,
            clock,
            start,
            read: 0,
        }
    }

    /// Waits until the next piece may be read.
    pub(super) async fn wait(&self) {
        let Some(pace) = self.pace else { return };
        let next = self.start.after(pace.after(self.read));
        if next > self.clock.now() {
            tokio::time::sleep_until(self.clock.instant(next).into()).await;
        }
    }

    /// When a piece came, for its reader: a slow one sees it when it takes it, though it may have
    /// come with the same read of the connection as the piece before.
    pub(super) fn noted(&self, at: Nanos) -> Nanos {
        match self.pace {
            Some(_) => self.clock.now().max(at),
            None => at,
        }
    }

    pub(super) fn took(&mut self, bytes: usize) {
        self.read += bytes as u64;
    }
}
