//! What the audit keeps of one request: 64 bytes, whatever the answer was.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::credits::Credits;
use super::spill::{Fixed, Numbers};
use crate::exchange::Nanos;
use crate::scenario::TemplateId;

type Fields = (
    u64,
    Nanos,
    i64,
    i64,
    [u32; 2],
    u32,
    [u32; 2],
    TemplateId,
    [u16; 3],
    Class,
    [u8; 2],
);

/// One request of the run, or one task over its whole life.
/// On disk it is a list of its fields, since there may be a million of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Fields", from = "Fields")]
pub struct Entry {
    /// Hash of the target's own id of it. 0: it has none.
    pub id: u64,
    pub sent: Nanos,
    /// The balance that its answer's head showed; [`Entry::NO_QUOTA`]: none.
    pub quota: i64,
    /// What it was charged, where that is known.
    pub charge: i64,
    /// Microseconds from `sent` until the head had come, rounded up.
    head_after: u32,
    /// Until its last byte had come.
    ended_after: u32,
    /// Ordinal of its call in its phase.
    pub call: u32,
    /// Tokens that the answer told; [`u32::MAX`]: it told none.
    pub input: u32,
    pub output: u32,
    pub template: TemplateId,
    pub phase: u16,
    /// Ordinal in its call.
    pub ordinal: u16,
    /// Pictures or seconds; of other answers, bytes that came.
    pub units: u16,
    pub class: Class,
    /// Number of the key that it was sent with.
    pub key: u8,
    flags: u8,
}

/// A moment that is not known, or so late that it does not fit.
const NEVER: u32 = u32::MAX;

const CHARGED: u8 = 1;
const PRICED: u8 = 2;
const TASK: u8 = 4;
const CACHED: u8 = 8;
/// What rounding each part of a price by itself can make of it, in credits.
const PRICED_SLACK: i64 = 4;

impl From<Entry> for Fields {
    fn from(entry: Entry) -> Self {
        (
            entry.id,
            entry.sent,
            entry.quota,
            entry.charge,
            [entry.head_after, entry.ended_after],
            entry.call,
            [entry.input, entry.output],
            entry.template,
            [entry.phase, entry.ordinal, entry.units],
            entry.class,
            [entry.key, entry.flags],
        )
    }
}

impl From<Fields> for Entry {
    fn from(fields: Fields) -> Self {
        let (id, sent, quota, charge, after, call, tokens, template, small, class, bytes) = fields;
        let ([head_after, ended_after], [input, output]) = (after, tokens);
        let ([phase, ordinal, units], [key, flags]) = (small, bytes);
        Self {
            id,
            sent,
            quota,
            charge,
            head_after,
            ended_after,
            call,
            input,
            output,
            template,
            phase,
            ordinal,
            units,
            class,
            key,
            flags,
        }
    }
}

impl Fixed for Entry {
    const BYTES: usize = 64;

    fn write(&self, bytes: &mut Vec<u8>) {
        for word in [self.id, self.sent.0] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        for credits in [self.quota, self.charge] {
            bytes.extend_from_slice(&credits.to_le_bytes());
        }
        for number in [self.head_after, self.ended_after, self.call] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for tokens in [self.input, self.output] {
            bytes.extend_from_slice(&tokens.to_le_bytes());
        }
        for small in [self.template.0, self.phase, self.ordinal, self.units] {
            bytes.extend_from_slice(&small.to_le_bytes());
        }
        bytes.extend_from_slice(&[self.class.number(), self.key, self.flags, 0]);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut numbers = Numbers(bytes);
        let entry = Self {
            id: u64::from_le_bytes(numbers.next()?),
            sent: Nanos(u64::from_le_bytes(numbers.next()?)),
            quota: i64::from_le_bytes(numbers.next()?),
            charge: i64::from_le_bytes(numbers.next()?),
            head_after: u32::from_le_bytes(numbers.next()?),
            ended_after: u32::from_le_bytes(numbers.next()?),
            call: u32::from_le_bytes(numbers.next()?),
            input: u32::from_le_bytes(numbers.next()?),
            output: u32::from_le_bytes(numbers.next()?),
            template: TemplateId(u16::from_le_bytes(numbers.next()?)),
            phase: u16::from_le_bytes(numbers.next()?),
            ordinal: u16::from_le_bytes(numbers.next()?),
            units: u16::from_le_bytes(numbers.next()?),
            class: Class::of_number(u8::from_le_bytes(numbers.next()?))?,
            key: u8::from_le_bytes(numbers.next()?),
            flags: u8::from_le_bytes(numbers.next()?),
        };
        Some(entry)
    }
}

impl Entry {
    pub const NO_QUOTA: i64 = i64::MIN;
    pub const UNTOLD: u32 = u32::MAX;

    pub fn new(class: Class, sent: Nanos) -> Self {
        Self {
            id: 0,
            sent,
            quota: Self::NO_QUOTA,
            charge: 0,
            head_after: NEVER,
            ended_after: NEVER,
            call: 0,
            input: Self::UNTOLD,
            output: Self::UNTOLD,
            template: TemplateId(0),
            phase: 0,
            ordinal: 0,
            units: 0,
            class,
            key: 0,
            flags: 0,
        }
    }

    /// The balance that was seen, and when its head came.
    #[must_use]
    pub fn seen(mut self, head: Nanos, quota: Option<Credits>) -> Self {
        self.head_after = micros(self.sent, head);
        self.quota = quota.map_or(Self::NO_QUOTA, |quota| quota.0);
        self
    }

    #[must_use]
    pub fn ended(mut self, at: Nanos) -> Self {
        self.ended_after = micros(self.sent, at);
        self
    }

    /// The same on a clock that was started `by` earlier and of which nobody knows better than
    /// `error` how it went: sent no later than this, over no earlier.
    #[must_use]
    pub fn moved(mut self, by: Duration, error: Duration) -> Self {
        let at = self.sent.after(by);
        let either_way = u64::try_from(error.as_nanos()).unwrap_or(u64::MAX);
        self.sent = Nanos(at.0.saturating_sub(either_way));
        let wider = |micros: u32| match micros {
            NEVER => NEVER,
            micros => {
                let later = u64::from(micros) * 1_000 + either_way.saturating_mul(2);
                self::micros(Nanos(0), Nanos(later))
            }
        };
        self.head_after = wider(self.head_after);
        self.ended_after = wider(self.ended_after);
        self
    }

    /// It stands for a task, whose charge comes when the task ends.
    #[must_use]
    pub fn of_task(mut self) -> Self {
        self.flags |= TASK;
        self
    }

    /// A cache had to do with its input.
    #[must_use]
    pub fn of_cache(mut self) -> Self {
        self.flags |= CACHED;
        self
    }

    /// What it was charged, to the credit.
    #[must_use]
    pub fn charged(mut self, charge: Credits) -> Self {
        self.set_charge(charge);
        self
    }

    pub fn set_charge(&mut self, charge: Credits) {
        self.charge = charge.0;
        self.flags = self.flags & !PRICED | CHARGED;
    }

    pub fn forget_charge(&mut self) {
        self.charge = 0;
        self.flags &= !(PRICED | CHARGED);
    }

    /// What it must have been charged by the price list, but for its rounding.
    pub fn set_price(&mut self, price: Credits) {
        self.charge = price.0;
        self.flags |= PRICED | CHARGED;
    }

    pub fn is_task(&self) -> bool {
        self.flags & TASK != 0
    }

    pub fn is_cached(&self) -> bool {
        self.flags & CACHED != 0
    }

    pub fn quota(&self) -> Option<Credits> {
        (self.quota != Self::NO_QUOTA && self.head_after != NEVER).then_some(Credits(self.quota))
    }

    /// When its head had come for certain.
    pub fn head(&self) -> Nanos {
        later(self.sent, self.head_after)
    }

    /// When it was over for certain; the end of time where that is not known.
    pub fn end(&self) -> Nanos {
        later(self.sent, self.ended_after)
    }

    /// The charge at least and at most. `None` at most: whatever it is.
    pub fn range(&self) -> (i64, Option<i64>) {
        let slack = if self.flags & PRICED == 0 {
            0
        } else {
            PRICED_SLACK
        };
        if self.flags & CHARGED == 0 {
            return (0, None);
        }
        ((self.charge - slack).max(0), Some(self.charge + slack))
    }
}

fn micros(from: Nanos, to: Nanos) -> u32 {
    let micros = to.0.saturating_sub(from.0).div_ceil(1_000);
    u32::try_from(micros).unwrap_or(NEVER)
}

fn later(from: Nanos, micros: u32) -> Nanos {
    match micros {
        NEVER => Nanos(u64::MAX),
        micros => Nanos(from.0.saturating_add(u64::from(micros) * 1_000)),
    }
}

/// A number for a text, never 0. Two ids of a run of a million share one in less than one of ten
/// million runs.
pub fn fingerprint(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // The last bytes have hardly reached the upper bits yet.
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash ^ (hash >> 32)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small_and_its_times_are_never_early() {
        assert!(size_of::<Entry>() <= 64, "{}", size_of::<Entry>());
        let entry = Entry::new(Class::Success, Nanos(1_001)).seen(Nanos(5_002), Some(Credits(7)));
        assert_eq!(entry.head(), Nanos(6_001));
        assert_eq!(entry.end(), Nanos(u64::MAX));
        assert_eq!(entry.quota(), Some(Credits(7)));
        let late = entry.ended(Nanos(u64::MAX - 1));
        assert_eq!(late.end(), Nanos(u64::MAX));
    }

    #[test]
    fn on_a_clock_that_may_be_wrong_its_times_hold_all_that_it_can_mean() {
        let [sent, head, end] = [10, 14, 19].map(|ms| Nanos(ms * 1_000_000));
        let entry = Entry::new(Class::Success, sent).seen(head, Some(Credits(7)));
        let entry = entry.ended(end);
        let ms = Duration::from_millis;
        let exact = entry.moved(ms(100), Duration::ZERO);
        let moved = [110, 114, 119].map(|ms| Nanos(ms * 1_000_000));
        assert_eq!([exact.sent, exact.head(), exact.end()], moved);
        let wide = entry.moved(ms(100), ms(3));
        let moved = [107, 117, 122].map(|ms| Nanos(ms * 1_000_000));
        assert_eq!([wide.sent, wide.head(), wide.end()], moved);
        assert_eq!(wide.quota(), Some(Credits(7)));
        // What never came does not come for that, and no time lies before the first.
        let open = Entry::new(Class::Success, sent).moved(ms(0), ms(30));
        assert_eq!((open.sent, open.end()), (Nanos(0), Nanos(u64::MAX)));
    }

    #[test]
    fn a_charge_is_known_exactly_or_but_for_rounding_or_not_at_all() {
        let mut entry = Entry::new(Class::Success, Nanos(0));
        assert_eq!(entry.range(), (0, None));
        entry.set_price(Credits(2));
        assert_eq!(entry.range(), (0, Some(6)));
        entry.set_charge(Credits(2));
        assert_eq!(entry.range(), (2, Some(2)));
    }
}
