//! `/v1/tasks/*` and `/v1/videos/*`.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::answer::denied;
use super::callee::Callee;
use super::calls::Watched;
use super::problem::Problem;
use super::reply::{Reply, event};
use super::spoil;
use super::switches;
use super::task_request::Submission;
use super::task_spoil::Spoiled;
use super::tasks::{Fate, Status, Task};
use super::{Asked, Engine, State, fields};
use crate::catalog::Kind;
use crate::contract::{CancelBill, DuplicateTask};
use crate::edit::{self, Progress};
use crate::fault::Fault;
use crate::incoming::CallToken;
use crate::script::{Frame, FrameKind, Step};
use crate::seed;

/// How often a followed task is looked at, so that a cancel shows soon.
const LOOK: Duration = Duration::from_millis(100);
/// A stream in which nothing changes says so from time to time, so that nobody on the way takes it
/// for dead. How often is not documented.
const HEARTBEAT: Duration = Duration::from_secs(15);

impl Engine {
    pub(super) fn task_submit(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let task = self.submit(asked, &fields::object(&asked.incoming.body)?)?;
        Ok(self.submitted(&task))
    }

    fn submitted(&self, task: &Task) -> Reply {
        let mut reply = Reply::json(&self.submitted_object(task));
        if let Some(Err(why)) = task.callback.as_deref().map(Callee::parse) {
            let note = format!("callback_url will not be called: {why}");
            reply.headers.push(("x-replica-note".to_owned(), note));
        }
        reply
    }

    pub(super) fn video_submit(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let fields = fields::object(&asked.incoming.body)?;
        let task = self.submit(asked, &fields)?;
        if matches!(task.model.kind, Kind::Video(_)) {
            return Ok(self.submitted(&task));
        }
        Err(Problem::invalid("model", "this route makes clips"))
    }

    fn submit(&self, asked: &Asked<'_>, fields: &Map<String, Value>) -> Result<Task, Problem> {
        let contract = self.config.contract;
        let submission = Submission::read(fields, contract)?;
        let video = matches!(submission.model.kind, Kind::Video(_));
        if asked.route == super::route::Route::VideoSubmit && !video {
            return Err(Problem::invalid("model", "this route makes clips"));
        }
        self.check_group(asked, submission.model)?;
        let cost = self.submission_cost(&submission);
        let mut state = self.state(asked.now);
        let known = submission
            .own_id
            .as_ref()
            .and_then(|id| state.tasks.by_own_id(asked.key, id));
        if let Some(task) = known.and_then(|number| state.tasks.get(number)) {
            if task.fingerprint == submission.fingerprint {
                let task = task.clone();
                if asked.has(Fault::BillDuplicateSubmit) {
                    state.ledger.take(asked.key, task.estimate, asked.now);
                }
                return Ok(task);
            }
            let status = match contract.duplicate_task {
                DuplicateTask::Conflict409 => 409,
                DuplicateTask::BadRequest400 => 400,
            };
            let message = "`out_task_id` was used with other parameters";
            let kind = "invalid_request_error";
            return Err(Problem::new(status, "duplicate_out_task_id", kind, message));
        }
        // A failure put in the place of the answer must leave no task behind.
        if let Some(problem) = spoil::failure(&asked.faults) {
            return Err(problem);
        }
        state
            .ledger
            .admit(asked.key, cost, asked.now)
            .map_err(|denial| denied(&denial))?;
        let task = self.task(asked, submission, cost, state.tasks.next_number());
        state
            .start_task(task.clone())
            .map(|_| task)
            .ok_or_else(|| Problem::upstream(503))
    }

    fn submission_cost(&self, submission: &Submission) -> i64 {
        let price = self.prices.of(submission.model.slug);
        match submission.model.kind {
            Kind::Video(_) => price.clip(submission.seconds),
            Kind::Image(_) | Kind::Text(_) => price.images(submission.images),
        }
    }

    fn task(&self, asked: &Asked<'_>, submission: Submission, cost: i64, number: u64) -> Task {
        let mut dice = asked.dice();
        let starts = asked.now.plus(self.config.task_queue.sample(&mut dice));
        let run = self.render_time(submission.model).sample(&mut dice);
        let timeout = self.config.task_timeout;
        let (run, fate) = if submission.fate == Fate::Hangs || run >= timeout {
            (timeout, Fate::Hangs)
        } else if submission.fate == Fate::Completes && asked.has(Fault::TaskFails) {
            (run, Fate::Fails)
        } else {
            (run, submission.fate)
        };
        let ends = starts.plus(run);
        let tag = seed::hash(asked.turn, &[&number.to_le_bytes()]);
        let mut letters = seed::dice(tag);
        let id = format!("task_{}", seed::letters(&mut letters, seed::CROCKFORD, 26));
        Task {
            id,
            key: asked.key,
            own_id: submission.own_id,
            model: submission.model,
            fingerprint: submission.fingerprint,
            seed: asked.hash,
            seconds: submission.seconds,
            images: submission.images,
            size: submission.size,
            resolution: submission.resolution,
            audio: submission.audio,
            format: submission.format,
            transparent: submission.transparent,
            callback: submission.callback,
            estimate: cost,
            created: asked.now,
            starts,
            ends,
            fate,
            history: vec![(Status::Pending, asked.now)],
            charged: 0,
            hold: cost,
            endpoint: asked.route.endpoint(),
            request_id: format!("task_{tag:016x}"),
            faults: asked.faults.clone(),
        }
    }

    pub(super) fn task_query(&self, asked: &Asked<'_>) -> Result<Reply, Problem> {
        let mut state = self.state(asked.now);
        let number = named_task(&state, asked, None)?;
        state.looked_at(number, asked.now);
        self.told(&state, number)
    }

    pub(super) fn task_cancel(
        &self,
        asked: &Asked<'_>,
        id: Option<&str>,
    ) -> Result<Reply, Problem> {
        let mut state = self.state(asked.now);
        let number = named_task(&state, asked, id)?;
        let slug = state.tasks.get(number).map_or("", |task| task.model.slug);
        let price = self.prices.of(slug);
        let is_free = self.config.contract.cancel_bill == CancelBill::Free;
        let worth = |seconds| if is_free { 0 } else { price.clip(seconds) };
        state.cancel_task(number, worth, asked.now);
        self.told(&state, number)
    }

    fn told(&self, state: &State, number: u64) -> Result<Reply, Problem> {
        let task = state
            .tasks
            .get(number)
            .ok_or_else(Problem::task_not_found)?;
        Ok(Reply::json(&self.task_object(task)))
    }

    pub(super) fn video_query(&self, asked: &Asked<'_>, id: &str) -> Result<Reply, Problem> {
        let mut state = self.state(asked.now);
        let number = state
            .tasks
            .by_id(asked.key, id)
            .ok_or_else(Problem::task_not_found)?;
        state.looked_at(number, asked.now);
        let task = state
            .tasks
            .get(number)
            .ok_or_else(Problem::task_not_found)?;
        Ok(Reply::json(&self.video_object(task)))
    }

    /// Begins with the state that holds now, whatever came before it.
    pub(super) fn task_stream(&self, asked: &Asked<'_>, id: &str) -> Result<Reply, Problem> {
        let state = self.state(asked.now);
        let number = state
            .tasks
            .by_id(asked.key, id)
            .ok_or_else(Problem::task_not_found)?;
        let task = state
            .tasks
            .get(number)
            .ok_or_else(Problem::task_not_found)?;
        let mut watched = Watched {
            task: number,
            told: task.history.len() - 1,
            said: asked.now,
            spoiled: Spoiled::new(&asked.faults),
            edits: switches::edits(&asked.faults, &asked.incoming.path)
                .into_iter()
                .map(|edit| (edit, Progress::default()))
                .collect(),
        };
        let mut steps = self.tell(task, &mut watched);
        steps.extend(wait(task, &watched, asked.now));
        let mut reply = Reply::sse(steps);
        reply.watched = Some(watched);
        Ok(reply)
    }

    /// The steps that follow a [`Step::Continue`]: changes since the last look, then the next one.
    #[must_use]
    pub fn proceed(&self, call: &CallToken) -> Vec<Step> {
        let now = self.clock.now();
        let mut state = self.state(now);
        let watched = state.calls.get_mut(&call.number);
        let Some(mut watched) = watched.and_then(|open| open.watched.take()) else {
            return Vec::new();
        };
        // Its record ran out while somebody looked on.
        let Some(task) = state.tasks.get(watched.task) else {
            return Vec::new();
        };
        let mut steps = self.tell(task, &mut watched);
        if !steps.is_empty() {
            watched.said = now;
        } else if now.since(watched.said) >= HEARTBEAT {
            watched.said = now;
            steps.push(Step::Frame(heartbeat()));
        }
        steps.extend(wait(task, &watched, now));
        if let Some(open) = state.calls.get_mut(&call.number) {
            open.watched = Some(watched);
        }
        steps
    }

    /// Instead of [`Engine::proceed`], for a front that does not wait: the changes that will come
    /// unless somebody cancels.
    #[must_use]
    pub fn foresee(&self, call: &CallToken) -> Vec<Step> {
        let state = self.state(self.clock.now());
        let watched = state
            .calls
            .get(&call.number)
            .and_then(|open| open.watched.as_ref());
        let task = watched.and_then(|watched| state.tasks.get(watched.task));
        let (Some(watched), Some(mut task)) = (watched, task.cloned()) else {
            return Vec::new();
        };
        while let Some(next) = task.next() {
            task.history.push(next);
            if next.0 == Status::Completed {
                task.charged = task.estimate;
            }
        }
        self.tell(&task, &mut watched.clone())
    }

    /// The events of the states that were not told yet.
    fn tell(&self, task: &Task, watched: &mut Watched) -> Vec<Step> {
        let states = watched.told..task.history.len();
        watched.told = task.history.len();
        let mut frames = Vec::new();
        for state in states {
            let event = self.update(task, state);
            let earlier = state
                .checked_sub(1)
                .map(|earlier| self.update(task, earlier));
            watched.spoiled.say(event, earlier, &mut frames);
        }
        let mut steps = frames.into_iter().map(Step::Frame).collect();
        for (edit, progress) in &mut watched.edits {
            edit::steps(*edit, &mut steps, progress, false);
        }
        steps
    }

    /// The event for one of a task's states.
    fn update(&self, task: &Task, state: usize) -> Frame {
        let mut then = task.clone();
        then.history.truncate(state + 1);
        let kind = if then.status().is_terminal() {
            FrameKind::Terminal
        } else {
            FrameKind::Plumbing
        };
        event("task.updated", &self.task_object(&then), kind)
    }
}

/// A comment, which readers of event streams skip.
fn heartbeat() -> Frame {
    Frame {
        bytes: Bytes::from_static(b": keep-alive\n\n"),
        kind: FrameKind::Plumbing,
    }
}

fn wait(task: &Task, watched: &Watched, now: crate::clock::Moment) -> Vec<Step> {
    match task.next() {
        Some((_, at)) if !watched.spoiled.is_over() => {
            vec![Step::Wait(at.since(now).min(LOOK)), Step::Continue]
        }
        Some(_) | None => Vec::new(),
    }
}

/// The task that a query or cancel means: by path, by body, or by query parameters.
fn named_task(state: &State, asked: &Asked<'_>, path: Option<&str>) -> Result<u64, Problem> {
    let (id, own) = match path {
        Some(id) => (Some(id.to_owned()), None),
        None => ids(asked)?,
    };
    let found = match (id, own) {
        (Some(id), None) => state.tasks.by_id(asked.key, &id),
        (None, Some(own)) => state.tasks.by_own_id(asked.key, &own),
        (Some(_), Some(_)) | (None, None) => {
            let message = "exactly one of `task_id` and `out_task_id` is needed";
            return Err(Problem::invalid("task_id", message));
        }
    };
    found.ok_or_else(Problem::task_not_found)
}

fn ids(asked: &Asked<'_>) -> Result<(Option<String>, Option<String>), Problem> {
    let incoming = asked.incoming;
    let by_query = (
        incoming.parameter("task_id"),
        incoming.parameter("out_task_id"),
    );
    if incoming.body.is_empty() && by_query != (None, None) {
        return Ok(by_query);
    }
    if incoming.body.is_empty() {
        return Ok((None, None));
    }
    let fields = fields::object(&incoming.body)?;
    let field = |name| fields::text(&fields, name).map(|text| text.map(str::to_owned));
    Ok((field("task_id")?, field("out_task_id")?))
}
