//! Tasks and what happens to them as time goes by.
//!
//! When a task starts and ends is fixed at its submission; only a cancel changes it. Its hold is
//! made then as well, and its charge is booked at the very moment it completes, whether or not
//! anybody looks.

use std::collections::{HashMap, VecDeque};

use super::State;
use super::spoil::CENT;
use crate::catalog::{Kind, Model};
use crate::clock::{Moment, nanoseconds};
use crate::fault::Fault;
use crate::ledger::{Parts, UsageRow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl Status {
    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) key: u64,
    pub(crate) own_id: Option<String>,
    pub(crate) model: &'static Model,
    /// Of model and parameters: equal submissions share it.
    pub(crate) fingerprint: u64,
    /// For the asset's content.
    pub(crate) seed: u64,
    /// Of video; 0 for pictures.
    pub(crate) seconds: u64,
    /// Of pictures; 0 for video.
    pub(crate) images: u64,
    pub(crate) size: (u32, u32),
    pub(crate) resolution: String,
    pub(crate) audio: bool,
    pub(crate) estimate: i64,
    pub(crate) created: Moment,
    pub(crate) starts: Moment,
    pub(crate) ends: Moment,
    /// It will end as failed.
    pub(crate) doomed: bool,
    /// Its states so far and when each began; the first is `Pending`, the last is now.
    pub(crate) history: Vec<(Status, Moment)>,
    /// What it was charged, as its object tells it.
    pub(crate) charged: i64,
    pub(crate) hold: i64,
    pub(crate) endpoint: &'static str,
    pub(crate) request_id: String,
    pub(crate) faults: Vec<Fault>,
}

impl Task {
    pub(crate) fn status(&self) -> Status {
        self.history
            .last()
            .map_or(Status::Pending, |(status, _)| *status)
    }

    pub(crate) fn since(&self) -> Moment {
        self.history
            .last()
            .map_or(self.created, |(_, since)| *since)
    }

    /// When it will change by itself, and into what.
    pub(crate) fn next(&self) -> Option<(Status, Moment)> {
        match self.status() {
            Status::Pending => Some((Status::Running, self.starts)),
            Status::Running if self.doomed => Some((Status::Failed, self.ends)),
            Status::Running => Some((Status::Completed, self.ends)),
            Status::Completed | Status::Failed | Status::Cancelled => None,
        }
    }

    /// The whole seconds of footage made by `now`, for a running video.
    fn made(&self, now: Moment) -> u64 {
        let whole = u128::from(nanoseconds(self.ends.since(self.starts)).max(1));
        let done = u128::from(nanoseconds(now.since(self.starts))).min(whole);
        u64::try_from(u128::from(self.seconds) * done / whole).unwrap_or(self.seconds)
    }

    /// A row for that much of it, at `charge`.
    fn row(&self, seconds: u64, charge: i64, at: Moment) -> UsageRow {
        UsageRow {
            id: 0,
            at,
            request_id: self.request_id.clone(),
            key: self.key,
            model: self.model.slug,
            endpoint: self.endpoint,
            input_tokens: 0,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            output_tokens: 0,
            images: self.images,
            seconds,
            charge,
        }
    }
}

/// Tasks above this number push out the oldest that is over.
const KEPT: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Tasks {
    by_number: HashMap<u64, Task>,
    by_id: HashMap<String, u64>,
    by_own_id: HashMap<(u64, String), u64>,
    /// In the order in which they ended.
    over: VecDeque<u64>,
    last: u64,
}

impl Tasks {
    pub(crate) fn get(&self, number: u64) -> Option<&Task> {
        self.by_number.get(&number)
    }

    pub(crate) fn by_id(&self, key: u64, id: &str) -> Option<u64> {
        let number = *self.by_id.get(id)?;
        (self.by_number.get(&number)?.key == key).then_some(number)
    }

    pub(crate) fn by_own_id(&self, key: u64, id: &str) -> Option<u64> {
        self.by_own_id.get(&(key, id.to_owned())).copied()
    }

    /// The number that the next task will have.
    pub(crate) fn next_number(&self) -> u64 {
        self.last + 1
    }

    /// False where no room can be made, because none is over.
    fn make_room(&mut self) -> bool {
        if self.by_number.len() < KEPT {
            return true;
        }
        let Some(task) = self
            .over
            .pop_front()
            .and_then(|number| self.by_number.remove(&number))
        else {
            return false;
        };
        self.by_id.remove(&task.id);
        if let Some(own) = task.own_id {
            self.by_own_id.remove(&(task.key, own));
        }
        true
    }

    fn add(&mut self, task: Task) -> u64 {
        self.last += 1;
        self.by_id.insert(task.id.clone(), self.last);
        if let Some(own) = &task.own_id {
            self.by_own_id.insert((task.key, own.clone()), self.last);
        }
        self.by_number.insert(self.last, task);
        self.last
    }
}

impl State {
    /// Takes up a task whose hold was made. None where there are too many that are not over.
    pub(crate) fn start_task(&mut self, task: Task) -> Option<u64> {
        if !self.tasks.make_room() {
            self.ledger.release(task.hold);
            return None;
        }
        let (starts, ends) = (task.starts, task.ends);
        let number = self.tasks.add(task);
        self.appoint(starts, super::calls::Due::Task(number));
        self.appoint(ends, super::calls::Due::Task(number));
        Some(number)
    }

    /// Moves a task on whose time has come.
    pub(crate) fn move_task(&mut self, number: u64, now: Moment) {
        let Some(task) = self.tasks.by_number.get_mut(&number) else {
            return;
        };
        let Some((status, at)) = task.next().filter(|(_, at)| *at <= now) else {
            return;
        };
        task.history.push((status, at));
        match status {
            Status::Completed => {
                let charge = task.estimate;
                task.charged = charge;
                let row = task.row(task.seconds, charge, at);
                self.end_task(number);
                self.ledger.book(row, Parts::ALL);
            }
            Status::Failed => self.end_task(number),
            Status::Pending | Status::Running | Status::Cancelled => {}
        }
    }

    fn end_task(&mut self, number: u64) {
        let Some(task) = self.tasks.by_number.get_mut(&number) else {
            return;
        };
        let hold = std::mem::take(&mut task.hold);
        if !task.faults.contains(&Fault::HoldNeverReleased) {
            self.ledger.release(hold);
        }
        self.tasks.over.push_back(number);
    }

    /// Cancels a task that is not over; one that is stays as it is.
    pub(crate) fn cancel_task(&mut self, number: u64, rate: i64, now: Moment) {
        let Some(task) = self.tasks.by_number.get_mut(&number) else {
            return;
        };
        let status = task.status();
        if status.is_terminal() {
            return;
        }
        task.history.push((Status::Cancelled, now));
        let is_video = matches!(task.model.kind, Kind::Video(_));
        let made = if status == Status::Running && is_video {
            task.made(now)
        } else {
            0
        };
        let charge = i64::try_from(made).unwrap_or(i64::MAX).saturating_mul(rate);
        task.charged = charge;
        let row = task.row(made, charge, now);
        let (key, whole) = (task.key, task.estimate);
        let wrongly = status == Status::Pending && task.faults.contains(&Fault::BillCancelledTask);
        self.end_task(number);
        if charge > 0 {
            self.ledger.book(row, Parts::ALL);
        }
        if wrongly {
            self.ledger.take(key, whole, now);
        }
    }

    /// A look at a completed task, which a faulty ledger charges again.
    pub(crate) fn looked_at(&mut self, number: u64, now: Moment) {
        let Some(task) = self.tasks.get(number) else {
            return;
        };
        if task.status() == Status::Completed && task.faults.contains(&Fault::BillEachPoll) {
            let (key, charge) = (task.key, task.charged.max(CENT));
            self.ledger.take(key, charge, now);
        }
    }
}
