//! From a bill to what the ledger enters: at once or later, and under faults in other ways.

use std::time::Duration;

use super::State;
use super::calls::Due;
use super::spoil::CENT;
use crate::clock::Moment;
use crate::config::{Config, Delay};
use crate::fault::Fault;
use crate::ledger::{Purses, UsageRow};
use crate::seed;

/// How one charge is entered. Healthy is once, everywhere and in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Booking {
    /// How often all of it is done.
    times: u32,
    rows: u32,
    counted: bool,
    purses: Purses,
    /// What the row alone tells beyond the truth.
    more_tokens: u64,
    more_charge: i64,
    /// How long after all else the row is written.
    row_late: Duration,
}

const SLOW_SETTLE: Duration = Duration::from_secs(2);
const LATE_ROW: Duration = Duration::from_secs(5);

impl Booking {
    const HEALTHY: Self = Self {
        times: 1,
        rows: 1,
        counted: true,
        purses: Purses::ALL,
        more_tokens: 0,
        more_charge: 0,
        row_late: Duration::ZERO,
    };

    fn of(faults: &[Fault]) -> Self {
        if faults.is_empty() {
            return Self::HEALTHY;
        }
        let has = |fault| faults.contains(&fault);
        let purses = Purses {
            wallet: !has(Fault::LoseCharge),
            org: !has(Fault::OrgWalletStuck),
            buckets: !has(Fault::BucketStuck),
            other_key: has(Fault::ChargeOtherKey),
        };
        let rows = if has(Fault::RowMissing) {
            0
        } else {
            1 + u32::from(has(Fault::RowDuplicated))
        };
        let row_late = if has(Fault::RowLate) {
            LATE_ROW
        } else {
            Duration::ZERO
        };
        Self {
            times: 1 + u32::from(has(Fault::BillTwice)),
            rows,
            counted: !has(Fault::CountMissing),
            purses,
            more_tokens: u64::from(has(Fault::RowWrongTokens)),
            more_charge: i64::from(has(Fault::RowWrongCharge)),
            row_late,
        }
    }
}

/// The charge that faults of the price list make of the right one.
fn mispriced(faults: &[Fault], row: &UsageRow) -> i64 {
    let has = |fault| faults.contains(&fault);
    let mut charge = row.charge;
    let images = i64::try_from(row.images).unwrap_or(i64::MAX);
    if has(Fault::ImagesAsOne) {
        charge /= images.max(1);
    }
    if has(Fault::ImagePriceWrong) {
        charge = charge.saturating_add(images.saturating_mul(CENT / 10));
    }
    // At least a micro-USD, or a cheap call would be charged right.
    let tenth = (charge / 10).max(1);
    if has(Fault::OverchargePercent) {
        charge = charge.saturating_add(tenth);
    }
    if has(Fault::UnderchargePercent) {
        charge -= tenth.min(charge);
    }
    charge.saturating_add(i64::from(has(Fault::OverchargeMicro)))
}

/// A charge on its way into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charge {
    row: UsageRow,
    booking: Booking,
    /// Released when it is entered.
    hold: i64,
    /// Taken at the beginning of the call, and given back then: a fault.
    ahead: i64,
}

/// A charge's trace in the usage, on its way into the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    row: UsageRow,
    rows: u32,
    counted: bool,
}

/// How long the books take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    seed: u64,
    settle: Delay,
    row: Delay,
}

const AT_ONCE: Delay = Delay::Constant(Duration::ZERO);

impl Waits {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            seed: config.seed,
            settle: config.settle_delay,
            row: config.row_delay,
        }
    }

    /// To the charge, and from there to its row.
    fn of(&self, request_id: &str) -> (Duration, Duration) {
        if (self.settle, self.row) == (AT_ONCE, AT_ONCE) {
            return (Duration::ZERO, Duration::ZERO);
        }
        let parts = [b"books".as_slice(), request_id.as_bytes()];
        let mut dice = seed::dice(seed::hash(self.seed, &parts));
        let settle = self.settle.sample(&mut dice);
        (settle, self.row.sample(&mut dice))
    }
}

impl State {
    /// Charges a call or task that is over: `hold` is what is still reserved for it, `ahead` what a
    /// fault has charged at its beginning.
    pub(crate) fn enter(
        &mut self,
        faults: &[Fault],
        mut row: UsageRow,
        (hold, ahead): (i64, i64),
        now: Moment,
    ) {
        let (mut wait, _) = self.waits.of(&row.request_id);
        if faults.contains(&Fault::SlowSettle) {
            wait = wait.saturating_add(SLOW_SETTLE);
        }
        row.charge = mispriced(faults, &row);
        let hold = if faults.contains(&Fault::HoldNeverReleased) {
            0
        } else {
            hold
        };
        let charge = Charge {
            row,
            booking: Booking::of(faults),
            hold,
            ahead,
        };
        if wait.is_zero() {
            self.charge(charge, now);
        } else {
            self.appoint(now.plus(wait), Due::Charge(Box::new(charge)));
        }
    }

    /// Moves the money now, and writes of it now or later.
    pub(crate) fn charge(&mut self, charge: Charge, now: Moment) {
        let Charge {
            mut row,
            booking,
            hold,
            ahead,
        } = charge;
        row.at = now;
        self.ledger.release(row.key, hold);
        for _ in 0..booking.times {
            self.ledger.pay(row.key, row.charge, booking.purses, now);
        }
        if ahead > 0 {
            self.ledger.pay_back(row.key, ahead, row.charge, now);
        }
        if row.images + row.seconds == 0 {
            self.ledger.messages.add(1, now);
        }
        let (_, wait) = self.waits.of(&row.request_id);
        if booking == Booking::HEALTHY && wait.is_zero() {
            self.ledger.count(&row);
            return self.ledger.write(row);
        }
        let mut told = row.clone();
        told.output_tokens += booking.more_tokens;
        told.charge += booking.more_charge;
        for _ in 0..booking.times {
            if booking.counted {
                self.trace(row.clone(), 0, true, (now, wait));
            }
            if booking.rows > 0 {
                let wait = wait.saturating_add(booking.row_late);
                self.trace(told.clone(), booking.rows, false, (now, wait));
            }
        }
    }

    fn trace(&mut self, row: UsageRow, rows: u32, counted: bool, (now, wait): (Moment, Duration)) {
        let trace = Trace { row, rows, counted };
        if wait.is_zero() {
            self.write(trace);
        } else {
            self.appoint(now.plus(wait), Due::Trace(Box::new(trace)));
        }
    }

    pub(crate) fn write(&mut self, trace: Trace) {
        if trace.counted {
            self.ledger.count(&trace.row);
        }
        for _ in 1..trace.rows {
            self.ledger.write(trace.row.clone());
        }
        if trace.rows > 0 {
            self.ledger.write(trace.row);
        }
    }
}
