//! Calls between their admission and their end, and what is still due after it.

use std::cmp::Reverse;

use super::State;
use super::booking::{Charge, Trace};
use super::reply::Bill;
use super::task_spoil::Spoiled;
use crate::clock::Moment;
use crate::contract::DisconnectPolicy;
use crate::edit::{Edit, Progress};
use crate::fault::Fault;
use crate::incoming::Delivered;
use crate::ledger::UsageRow;

/// A call that was let in.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) key: u64,
    /// What is reserved and not yet released.
    pub(crate) hold: i64,
    /// What a fault has charged at the beginning.
    pub(crate) ahead: i64,
    /// Counts against the cap on calls in flight.
    pub(crate) slot: bool,
    /// Taken when it is booked, so that it can be booked once only.
    pub(crate) bill: Option<Bill>,
    /// Frames with payload that the whole answer has.
    pub(crate) token_frames: u64,
    pub(crate) faults: Vec<Fault>,
    /// The answer ends half-way by the gateway's doing.
    pub(crate) broken: bool,
    /// The task that a task stream follows.
    pub(crate) watched: Option<Watched>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) task: u64,
    /// How many of its states were told.
    pub(crate) told: usize,
    /// When anything was last said.
    pub(crate) said: Moment,
    /// What is done wrong on the way.
    pub(crate) spoiled: Spoiled,
    /// What is edited on the way, and how far that has come.
    pub(crate) edits: Vec<(Edit, Progress)>,
}

/// What happens by itself when its time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    Task(u64),
    Forget(u64),
    Charge(Box<Charge>),
    Trace(Box<Trace>),
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
                Due::Forget(task) => self.tasks.forget(task),
                Due::Charge(charge) => self.charge(*charge, next.at),
                Due::Trace(trace) => self.write(*trace),
            }
        }
    }

    /// Turns a hold into a charge of the same amount: a fault.
    pub(crate) fn charge_ahead(&mut self, open: &mut Open, now: Moment) {
        if open.faults.contains(&Fault::BillAtSubmit) && open.hold > 0 {
            self.ledger.release(open.key, open.hold);
            open.ahead = std::mem::take(&mut open.hold);
            self.ledger.pay_ahead(open.key, open.ahead, now);
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

    fn book(&mut self, number: u64, row: UsageRow, now: Moment) {
        let Some(open) = self.calls.get_mut(&number) else {
            return;
        };
        let due = (
            std::mem::take(&mut open.hold),
            std::mem::take(&mut open.ahead),
        );
        let faults = std::mem::take(&mut open.faults);
        self.enter(&faults, row, due, now);
        if let Some(open) = self.calls.get_mut(&number) {
            open.faults = faults;
        }
    }

    /// Ends a call: what was not charged by now never is.
    pub(crate) fn finish(&mut self, number: u64, now: Moment) {
        self.pools.leave(number);
        let wrongly = self.calls.get_mut(&number).and_then(|open| {
            let strikes = open.broken && open.faults.contains(&Fault::BillFailedStream);
            open.bill.take_if(|_| strikes)
        });
        if let Some(bill) = wrongly {
            self.book(number, bill.row, now);
        }
        let Some(open) = self.calls.remove(&number) else {
            return;
        };
        if open.slot {
            self.in_flight -= 1;
        }
        if !open.faults.contains(&Fault::HoldNeverReleased) {
            self.ledger.release(open.key, open.hold);
        }
        if open.ahead > 0 {
            self.ledger.pay_back(open.key, open.ahead, 0, now);
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
        if let Some(open) = self.calls.get_mut(&number)
            && let Some(row) = open.due(delivered.tokens, policy)
        {
            self.book(number, row, now);
        }
        self.finish(number, now);
    }
}

impl Open {
    /// What a client pays that was sent `tokens` payload frames and left.
    fn due(&mut self, tokens: u64, policy: DisconnectPolicy) -> Option<UsageRow> {
        let has = |fault| self.faults.contains(&fault);
        let wrongly_full = tokens > 0 && has(Fault::BillPartialInFull);
        let wrongly_early = tokens == 0 && has(Fault::BillBeforeFirstToken);
        let pays = tokens > 0 && policy != DisconnectPolicy::Free;
        if !(pays || wrongly_full || wrongly_early) {
            return None;
        }
        let bill = self.bill.take()?;
        if wrongly_full || (tokens > 0 && policy == DisconnectPolicy::Full) {
            return Some(bill.row);
        }
        Some(part(bill, tokens, self.token_frames))
    }
}

/// The row for the first `sent` of `all` payload frames: all of the input, that share of the
/// output, rounded up. What is not priced by tokens is charged whole.
fn part(bill: Bill, sent: u64, all: u64) -> UsageRow {
    let mut row = bill.row;
    if let Some(price) = bill.price {
        let share = u128::from(row.output_tokens) * u128::from(sent.min(all));
        let tokens = share.div_ceil(u128::from(all.max(1)));
        row.output_tokens = u64::try_from(tokens).unwrap_or(row.output_tokens);
        row.charge = price.text(row.tokens());
    }
    row
}
