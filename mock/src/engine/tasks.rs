//! Tasks and what happens to them as time goes by.
//!
//! When a task starts and ends is fixed at its submission; only a cancel changes it. Its hold is
//! made then as well, and its charge is booked at the very moment it completes, whether or not
//! anybody looks.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::State;
use super::calls::Due;
use super::outbox::To;
use super::spoil::CENT;
use crate::catalog::{Kind, Model};
use crate::clock::{Moment, nanoseconds};
use crate::fault::Fault;
use crate::ledger::UsageRow;
use crate::picture::Format;

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

/// What becomes of a task that nobody cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Completes,
    /// The upstream fails.
    Fails,
    /// The upstream refuses the prompt after it has begun.
    Blocked,
    /// It runs until it is given up.
    Hangs,
}

impl Fate {
    /// Code and message of its failure.
    pub(crate) fn error(self) -> (&'static str, &'static str) {
        match self {
            Self::Completes | Self::Fails => ("upstream_error", "the render failed upstream"),
            Self::Blocked => (
                "content_policy_violation",
                "the upstream refused the prompt after it had begun",
            ),
            Self::Hangs => ("timeout", "the render took too long and was given up"),
        }
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
    /// Of pictures.
    pub(crate) format: Format,
    pub(crate) transparent: bool,
    /// Who is told of its end.
    pub(crate) callback: Option<String>,
    pub(crate) estimate: i64,
    pub(crate) created: Moment,
    pub(crate) starts: Moment,
    pub(crate) ends: Moment,
    pub(crate) fate: Fate,
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
            Status::Running => match self.fate {
                Fate::Completes => Some((Status::Completed, self.ends)),
                Fate::Fails | Fate::Blocked | Fate::Hangs => Some((Status::Failed, self.ends)),
            },
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

#[derive(Debug, Default)]
pub(crate) struct Tasks {
    /// Tasks above this number push out the oldest that is over.
    most: usize,
    by_number: HashMap<u64, Task>,
    by_id: HashMap<String, u64>,
    by_own_id: HashMap<(u64, String), u64>,
    /// In the order in which they ended.
    over: VecDeque<u64>,
    last: u64,
    /// How many that are not over have somebody to tell.
    pub(crate) calling: u64,
    /// How long one is kept after its end.
    kept: Duration,
}

impl Tasks {
    /// For so long after they ended, and of that many the newest.
    pub(crate) fn new(kept: Duration, most: usize) -> Self {
        Self {
            kept,
            most: most.max(1),
            ..Self::default()
        }
    }

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
        while self.by_number.len() >= self.most {
            let Some(number) = self.over.pop_front() else {
                return false;
            };
            self.forget(number);
        }
        true
    }

    /// Its record is gone, and its own id can be used again.
    pub(crate) fn forget(&mut self, number: u64) {
        let Some(task) = self.by_number.remove(&number) else {
            return;
        };
        self.by_id.remove(&task.id);
        if let Some(own) = task.own_id {
            self.by_own_id.remove(&(task.key, own));
        }
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
            self.ledger.release(task.key, task.hold);
            return None;
        }
        if task.faults.contains(&Fault::BillAtSubmit) {
            self.ledger.pay_ahead(task.key, task.estimate, task.created);
        }
        let (starts, ends) = (task.starts, task.ends);
        let calls = task.callback.is_some();
        let number = self.tasks.add(task);
        if calls {
            self.tasks.calling += 1;
            self.outbox.ring();
        }
        self.appoint(starts, Due::Task(number));
        self.appoint(ends, Due::Task(number));
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
                task.charged = task.estimate;
                let more = task.faults.contains(&Fault::TaskAboveTold);
                let charge = task.estimate + if more { CENT } else { 0 };
                let row = task.row(task.seconds, charge, at);
                self.end_task(number, Some(row), at);
            }
            Status::Failed => {
                let wrongly = task.faults.contains(&Fault::BillFailedTask);
                let (key, whole) = (task.key, task.estimate);
                self.end_task(number, None, at);
                if wrongly {
                    self.ledger.take(key, whole, at);
                }
            }
            Status::Pending | Status::Running | Status::Cancelled => {}
        }
    }

    /// Charges a task that is over for `row`, or releases what was reserved for it.
    fn end_task(&mut self, number: u64, row: Option<UsageRow>, now: Moment) {
        let Some(task) = self.tasks.by_number.get_mut(&number) else {
            return;
        };
        let hold = std::mem::take(&mut task.hold);
        let (key, faults) = (task.key, task.faults.clone());
        let ahead = if faults.contains(&Fault::BillAtSubmit) {
            task.estimate
        } else {
            0
        };
        self.tell_end(number);
        if let Some(row) = row {
            return self.enter(&faults, row, (hold, ahead), now);
        }
        if !faults.contains(&Fault::HoldNeverReleased) {
            self.ledger.release(key, hold);
        }
        if ahead > 0 {
            self.ledger.pay_back(key, ahead, 0, now);
        }
    }

    /// Lets a task that has just ended be forgotten in time, and tells whom it has to tell.
    fn tell_end(&mut self, number: u64) {
        let Some(task) = self.tasks.by_number.get(&number) else {
            return;
        };
        let (at, callback) = (task.since(), task.callback.clone());
        let word = match task.status() {
            Status::Completed => "task.completed",
            Status::Failed => "task.failed",
            Status::Pending | Status::Running | Status::Cancelled => "task.cancelled",
        };
        self.tasks.over.push_back(number);
        self.appoint(at.plus(self.tasks.kept), Due::Forget(number));
        if let Some(url) = callback {
            self.tasks.calling -= 1;
            self.outbox.add(To::Task(number), word, &url, at);
        }
    }

    /// Cancels a task that is not over; one that is stays as it is. `price` is that of so many
    /// seconds of it.
    pub(crate) fn cancel_task(&mut self, number: u64, price: impl Fn(u64) -> i64, now: Moment) {
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
        let told = price(made);
        task.charged = told;
        let in_full = status == Status::Running && task.faults.contains(&Fault::BillCancelInFull);
        let charge = if in_full { task.estimate } else { told };
        let row = task.row(made, charge, now);
        let (key, whole) = (task.key, task.estimate);
        let wrongly = status == Status::Pending && task.faults.contains(&Fault::BillCancelledTask);
        self.end_task(number, (charge > 0).then_some(row), now);
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
