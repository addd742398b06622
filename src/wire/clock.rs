//! The run's one clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::exchange::Nanos;

/// Monotonic times from an epoch, and what the wall clock said then.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Instant,
    wall: SystemTime,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self {
            epoch: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Nanos {
        self.at(Instant::now())
    }

    pub fn at(&self, instant: Instant) -> Nanos {
        let since = instant.saturating_duration_since(self.epoch);
        Nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    pub fn instant(&self, at: Nanos) -> Instant {
        self.epoch + Duration::from_nanos(at.0)
    }

    /// What the wall clock said at the epoch.
    pub fn wall(&self) -> SystemTime {
        self.wall
    }
}

/// Nanoseconds of the wall clock, which may be set, since 1970.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub(super) fn time_of_day() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
