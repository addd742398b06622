//! The one place of the replica's engine that knows what time it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Wall time that a test can take over. Nanoseconds since the Unix epoch, all sums wrapping.
#[derive(Debug)]
pub(crate) struct Clock {
    /// 0: it runs, `offset` ahead of the system's.
    set: AtomicU64,
    offset: AtomicU64,
    /// When it was started, moved along where the date is set: setting a date is no time that
    /// passes.
    started: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            set: AtomicU64::new(0),
            offset: AtomicU64::new(0),
            started: AtomicU64::new(system_nanoseconds()),
        }
    }
}

impl Clock {
    pub(crate) fn now(&self) -> Moment {
        match self.set.load(Ordering::SeqCst) {
            0 => Moment(system_nanoseconds().wrapping_add(self.offset.load(Ordering::SeqCst))),
            set => Moment(set),
        }
    }

    /// Time that passed since the start, jumps ahead included.
    pub(crate) fn elapsed(&self) -> Duration {
        let started = self.started.load(Ordering::SeqCst);
        let elapsed = self.now().0.wrapping_sub(started);
        // A system clock that was set back must not look like centuries.
        Duration::from_nanos(if elapsed > u64::MAX / 2 { 0 } else { elapsed })
    }

    pub(crate) fn start_again(&self) {
        self.started.store(self.now().0, Ordering::SeqCst);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.set.load(Ordering::SeqCst) != 0
    }

    /// Stops it at this time.
    pub(crate) fn set(&self, since_epoch: Duration) {
        let then = nanoseconds(since_epoch).max(1);
        let started = then.wrapping_sub(nanoseconds(self.elapsed()));
        self.set.store(then, Ordering::SeqCst);
        self.started.store(started, Ordering::SeqCst);
    }

    /// Moves a set clock on; one that runs is first stopped where it is.
    pub(crate) fn advance(&self, by: Duration) {
        let now = self.now().0;
        self.set
            .store(now.saturating_add(nanoseconds(by)), Ordering::SeqCst);
    }

    /// Moves it on, and lets it run if it ran.
    pub(crate) fn skip(&self, by: Duration) {
        if self.is_stopped() {
            self.advance(by);
        } else {
            self.offset.fetch_add(nanoseconds(by), Ordering::SeqCst);
        }
    }

    /// Lets it run on from where it stands.
    pub(crate) fn run(&self) {
        let offset = self.now().0.wrapping_sub(system_nanoseconds());
        self.offset.store(offset, Ordering::SeqCst);
        self.set.store(0, Ordering::SeqCst);
    }
}

/// An instant of the replica's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub(crate) u64);

const SECOND: u64 = 1_000_000_000;

impl Moment {
    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        self.0 / SECOND
    }

    #[must_use]
    pub(crate) fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    #[must_use]
    pub(crate) fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(by)))
    }

    /// Zero where `earlier` is later.
    #[must_use]
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// `2026-05-25T14:00:00Z`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = civil(self.unix_seconds() / 86_400);
        let rest = self.unix_seconds() % 86_400;
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// Reads what [`Moment::iso`] writes, with an optional fraction, an offset instead of `Z`,
    /// or a date alone (midnight UTC).
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.splitn(3, '-');
        let year: u64 = digits(parts.next()?, 4)?;
        let month: u64 = digits(parts.next()?, 2)?;
        let day: u64 = digits(parts.next()?, 2)?;
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day)
        {
            return None;
        }
        let midnight = days(year, month, day).checked_mul(86_400)?;
        let seconds = match time {
            Some(time) => seconds_of_day(time)?,
            None => 0,
        };
        midnight
            .checked_add_signed(seconds)
            .map(Self::from_unix_seconds)
    }
}

fn digits(text: &str, length: usize) -> Option<u64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn seconds_of_day(text: &str) -> Option<i64> {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = parts
        .next()
        .map_or(Some(0), |text| digits(text, 2).filter(|s| *s < 61))?;
    let local = i64::try_from(hour * 3600 + minute * 60 + second).ok()?;
    if zone.is_empty() || zone == "Z" {
        return Some(local);
    }
    let (hours, minutes) = zone[1..].split_once(':')?;
    let offset = i64::try_from(digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60).ok()?;
    Some(if zone.starts_with('+') {
        local - offset
    } else {
        local + offset
    })
}

/// Days since the epoch of a Gregorian date, by counting from March so that the leap day is last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

fn civil(days_since_epoch: u64) -> (u64, u64, u64) {
    let days = days_since_epoch + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "this is the replica's clock")]
fn system_nanoseconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_being_written_and_read() {
        for seconds in [0, 951_782_400, 1_716_705_600, 1_779_717_600, 4_102_444_799] {
            let moment = Moment::from_unix_seconds(seconds);
            assert_eq!(
                Moment::parse_iso(&moment.iso()),
                Some(moment),
                "{}",
                moment.iso()
            );
        }
        assert_eq!(
            Moment::from_unix_seconds(1_716_705_600).iso(),
            "2024-05-26T06:40:00Z"
        );
    }

    #[test]
    fn offsets_fractions_and_bare_dates_are_read_and_nonsense_is_not() {
        let read = |text| Moment::parse_iso(text).map(Moment::unix_seconds);
        assert_eq!(read("2024-05-26T08:40:00.123+02:00"), Some(1_716_705_600));
        assert_eq!(read("2024-05-26T02:40:00-04:00"), Some(1_716_705_600));
        assert_eq!(read("2024-05-26"), Some(1_716_681_600));
        for text in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-05-26T25:00:00Z",
            "2024-5-2",
            "1969-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_set_clock_moves_only_when_told() {
        let clock = Clock::default();
        clock.set(Duration::from_secs(100));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), Moment(101_500_000_000));
    }
}
