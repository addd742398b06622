//! A task's life as one call sees it.
//!
//! ```text
//! submit ─▶ (resubmit) ─┬─ cancel: pending ──▶ cancel ─▶ last query ─▶ over
//!                       ├─ follow: stream ───▶ watch ──▶ over; polls where the stream fell short
//!                       ├─ follow: poll ─────▶ query … ─▶ over
//!                       └─ follow: none ─────▶ over
//! ```
//!
//! A completed task's assets are downloaded where the call wants that. `cancel: running` polls (in
//! a stream nothing can be sent) and cancels at the first answer that says `running`; a task that
//! was over before any did is cancelled too, which must change nothing. The number of polls is
//! bounded by the driver's timeout; the gap between two is never under `poll_every`.

use std::collections::VecDeque;

use super::encode::{self, Params};
use super::state::Status;
use crate::protocol::contract::Case;
use crate::protocol::conversation::{Answered, Conversation, Outgoing, TaskOutcome};
use crate::protocol::single::next_download;
use crate::protocol::step::Step;
use crate::protocol::{Draft, EarlierTask, TaskFacts, url};
use crate::scenario::request::{CancelWhen, Duplicate, Follow, TaskCall, TaskRoute};

pub struct TaskConversation {
    call: TaskCall,
    seed: u64,
    expect: Option<Vec<u16>>,
    /// What has been told of the task so far; the id is never empty.
    task: Option<TaskFacts>,
    cancelled_running: bool,
    /// The submit's answer showed it under way already: an earlier submit under the same id.
    known_before: bool,
    /// Nothing follows the next answer but downloads.
    closing: bool,
    downloads: VecDeque<String>,
}

impl TaskConversation {
    pub fn new(call: TaskCall, seed: u64, expect: Option<&[u16]>) -> Self {
        Self {
            call,
            seed,
            expect: expect.map(<[u16]>::to_vec),
            task: None,
            cancelled_running: false,
            known_before: false,
            closing: false,
            downloads: VecDeque::new(),
        }
    }

    fn status(&self) -> Option<Status> {
        Status::parse(&self.task.as_ref()?.status)
    }

    fn is_over(&self) -> bool {
        self.status().is_some_and(Status::is_terminal)
    }

    /// Takes in what an answer says of the task; a member that it leaves out stays as it was.
    fn learn(&mut self, answered: &Answered<'_>) {
        let Some(told) = &answered.facts.task else {
            return;
        };
        let task = match &mut self.task {
            Some(task) => task,
            None if told.task_id.is_empty() => return,
            None => self.task.insert(TaskFacts {
                task_id: told.task_id.clone(),
                ..TaskFacts::default()
            }),
        };
        if !told.status.is_empty() {
            task.status.clone_from(&told.status);
        }
        if told.credits_used.is_some() {
            task.credits_used.clone_from(&told.credits_used);
        }
        if !told.urls.is_empty() {
            task.urls.clone_from(&told.urls);
        }
    }

    fn send(&self, step: Step, case: Case, mut draft: Draft) -> Outgoing {
        draft.asked_mut().earlier = self.task.as_ref().map(|task| EarlierTask {
            task_id: task.task_id.clone(),
            status: task.status.clone(),
            resubmitted: case == Case::SameTask,
        });
        Outgoing::of(step, case, draft)
    }

    fn resubmit(&self, duplicate: Duplicate) -> Outgoing {
        let (params, case) = match duplicate {
            Duplicate::Same => (Params::AsGiven, Case::SameTask),
            Duplicate::Different => (Params::Changed, Case::OtherTask),
        };
        let draft = encode::submit(&self.call, self.seed, params);
        self.send(Step::Resubmit, case, draft)
            .deciding(self.expect.as_deref())
    }

    /// The request that watching begins with.
    fn follow(&mut self) -> Option<Outgoing> {
        match (self.call.cancel, self.call.follow) {
            (Some(CancelWhen::Pending), _) => self.cancel(),
            (Some(CancelWhen::Running), _) | (None, Follow::Poll) => self.advance(),
            (None, Follow::Stream) => {
                let draft = encode::watch(&self.task.as_ref()?.task_id);
                Some(self.send(Step::Watch, Case::Healthy, draft))
            }
            (None, Follow::None) => None,
        }
    }

    /// What a task in its present state calls for.
    fn advance(&mut self) -> Option<Outgoing> {
        let running = self.status() == Some(Status::Running);
        let wants_cancel = self.call.cancel == Some(CancelWhen::Running);
        if wants_cancel && (running || self.is_over()) {
            self.cancelled_running = running;
            return self.cancel();
        }
        if self.is_over() {
            return self.finish();
        }
        let draft = encode::query(self.call.route, &self.task.as_ref()?.task_id);
        let query = self.send(Step::Query, Case::Healthy, draft);
        Some(query.after(self.call.poll_every))
    }

    fn cancel(&mut self) -> Option<Outgoing> {
        let draft = encode::cancel(&self.task.as_ref()?.task_id);
        Some(self.send(Step::Cancel, Case::Healthy, draft))
    }

    /// The look after a cancel goes by our own id where the route has one; it must find the same
    /// task.
    fn last_look(&mut self) -> Option<Outgoing> {
        self.closing = true;
        let draft = match self.call.route {
            TaskRoute::Video | TaskRoute::Image => encode::query_by_out_task_id(self.seed),
            TaskRoute::Videos => encode::query(self.call.route, &self.task.as_ref()?.task_id),
        };
        Some(self.send(Step::Query, Case::Healthy, draft))
    }

    fn finish(&mut self) -> Option<Outgoing> {
        if !self.call.download || self.status() != Some(Status::Completed) {
            return None;
        }
        let urls = std::mem::take(&mut self.task.as_mut()?.urls);
        self.downloads = urls
            .into_iter()
            .filter(|url| url::parts(url).is_some())
            .collect();
        next_download(&mut self.downloads)
    }

    fn after_query(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        if self.closing {
            return self.finish();
        }
        // A poll may be refused for the moment; only a lasting refusal ends the watch.
        let status = answered.head.status;
        if answered.head.is_success() || status == 429 || status >= 500 {
            self.advance()
        } else {
            None
        }
    }
}

impl Conversation for TaskConversation {
    fn first(&mut self) -> Outgoing {
        let draft = encode::submit(&self.call, self.seed, Params::AsGiven);
        let submit = self.send(Step::Submit, Case::Healthy, draft);
        if self.call.duplicate.is_some() {
            submit
        } else {
            submit.deciding(self.expect.as_deref())
        }
    }

    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing> {
        // What a resubmit says may be of another task; the rules judge that.
        if answered.head.is_success() && answered.step != Step::Resubmit {
            self.learn(answered);
        }
        self.task.as_ref()?;
        if answered.step == Step::Submit {
            self.known_before = self.status() != Some(Status::Pending);
        }
        match answered.step {
            Step::Submit => match self.call.duplicate {
                Some(duplicate) => Some(self.resubmit(duplicate)),
                None => self.follow(),
            },
            Step::Resubmit => self.follow(),
            Step::Query => self.after_query(answered),
            Step::Watch if !answered.head.is_success() => None,
            Step::Watch => self.advance(),
            Step::Cancel => self.last_look(),
            Step::Download => next_download(&mut self.downloads),
            Step::Call
            | Step::Turn
            | Step::List
            | Step::Update
            | Step::Deliveries
            | Step::Delete
            | Step::Reveal => None,
        }
    }

    fn task(&self) -> Option<TaskOutcome> {
        let task = self.task.as_ref()?;
        Some(TaskOutcome {
            task_id: task.task_id.clone(),
            status: task.status.clone(),
            credits_used: task.credits_used.clone(),
            cancelled_running: self.cancelled_running,
            known_before: self.known_before,
        })
    }
}

#[cfg(test)]
mod tests;
