//! Calls between their admission and their end, and what is still due after it.

use std::cmp::Reverse;
use std::time::Duration;

use super::State;
use super::reply::Bill;
use crate::clock::Moment;
use crate::contract::DisconnectPolicy;
use crate::fault::Fault;
use crate::incoming::Delivered;
use crate::ledger::{Parts, UsageRow};

/// A call that was let in.
#[derive(Debug)]
pub(crate) struct Open {
    /// What is reserved and not yet released.
    pub(crate) hold: i64,
    /// Counts against the cap on calls in flight.
    pub(crate) slot: bool,
    /// Taken when it is booked, so that it can be booked once only.
    pub(crate) bill: Option<Bill>,
    /// Frames with payload that the whole answer has.
    pub(crate) token_frames: u64,
    pub(crate) faults: Vec<Fault>,
    /// The task that a task stream follows.
    pub(crate) watched: Option<Watched>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) task: u64,
    /// How many of its states were told.
    pub(crate) told: usize,
}

/// What happens by itself when its time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    Task(u64),
    Charge(UsageRow, Parts),
}

/// Orders what is due by time, then by the order in which it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Appointment {
    pub(crate) at: Moment,
    pub(crate) number: u64,
    pub(crate) due: Due,
}

impl Ord for Appointment {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Appointment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

const SLOW_SETTLE: Duration = Duration::from_secs(2);

impl State {
    pub(crate) fn appoint(&mut self, at: Moment, due: Due) {
        self.appointments += 1;
        let number = self.appointments;
        self.agenda.push(Reverse(Appointment { at, number, due }));
    }

    /// Lets everything happen that is due by `now`, each at its own time.
    pub(crate) fn tick(&mut self, now: Moment) {
        while let Some(Reverse(next)) = self.agenda.peek()
            && next.at <= now
        {
            let Some(Reverse(next)) = self.agenda.pop() else {
                return;
            };
            match next.due {
                Due::Task(task) => self.move_task(task, next.at),
                Due::Charge(mut row, parts) => {
                    row.at = next.at;
                    self.ledger.book(row, parts);
                }
            }
        }
    }

    /// Charges a call that is open and not charged yet.
    pub(crate) fn settle(&mut self, number: u64, now: Moment) {
        let Some(open) = self.calls.get_mut(&number) else {
            return;
        };
        let Some(bill) = open.bill.take() else { return };
        self.book(number, bill.row, now);
    }

    fn book(&mut self, number: u64, mut row: UsageRow, now: Moment) {
        let Some(open) = self.calls.get_mut(&number) else {
            return;
        };
        let has = |fault| open.faults.contains(&fault);
        let parts = Parts {
            money: !has(Fault::LoseCharge),
            row: !has(Fault::RowMissing),
            ..Parts::ALL
        };
        let times = if has(Fault::BillTwice) { 2 } else { 1 };
        let slow = has(Fault::SlowSettle);
        if !has(Fault::HoldNeverReleased) {
            let hold = std::mem::take(&mut open.hold);
            self.ledger.release(hold);
        }
        row.at = now;
        for _ in 0..times {
            if slow {
                self.appoint(now.plus(SLOW_SETTLE), Due::Charge(row.clone(), parts));
            } else {
                self.ledger.book(row.clone(), parts);
            }
        }
    }

    /// Ends a call: what was not charged by now never is.
    pub(crate) fn finish(&mut self, number: u64) {
        let Some(open) = self.calls.remove(&number) else {
            return;
        };
        if open.slot {
            self.in_flight -= 1;
        }
        if !open.faults.contains(&Fault::HoldNeverReleased) {
            self.ledger.release(open.hold);
        }
    }

    /// Ends a call whose client has left.
    pub(crate) fn abandon(
        &mut self,
        number: u64,
        delivered: Delivered,
        policy: DisconnectPolicy,
        now: Moment,
    ) {
        let open = self.calls.get_mut(&number);
        if let Some(open) = open
            && delivered.tokens > 0
            && let Some(bill) = open.bill.take()
        {
            match policy {
                DisconnectPolicy::Free => {}
                DisconnectPolicy::Full => self.book(number, bill.row, now),
                DisconnectPolicy::PartialAfterFirstToken => {
                    let row = part(bill, delivered.tokens, open.token_frames);
                    self.book(number, row, now);
                }
            }
        }
        self.finish(number);
    }
}

/// The row for the first `sent` of `all` payload frames: all of the input, that share of the
/// output, rounded up. What is not priced by tokens is charged whole.
fn part(bill: Bill, sent: u64, all: u64) -> UsageRow {
    let mut row = bill.row;
    if let Some(model) = bill.model {
        let share = u128::from(row.output_tokens) * u128::from(sent.min(all));
        let tokens = share.div_ceil(u128::from(all.max(1)));
        row.output_tokens = u64::try_from(tokens).unwrap_or(row.output_tokens);
        row.charge = model.cost(row.tokens());
    }
    row
}
