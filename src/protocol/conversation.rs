//! What one call sends: usually one request, for tasks several, each after the answer before it.
//!
//! Pure: a conversation is told what came back and says what is next and after how long a wait.
//! The driver does the sending and the waiting, the same for every call.

use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::json::Value;

use super::contract::{self, Case};
use super::step::Step;
use super::{Draft, Facts, Head};

/// A request with its place in the call.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub step: Step,
    /// To wait after the answer before it.
    pub after: Duration,
    /// Not before so long after the call was due.
    pub since: Option<Duration>,
    pub draft: Draft,
    /// Statuses that are right for this request, from the documents. The scenario's own `expect`
    /// replaces those of the step that `decides`.
    pub expected: Vec<u16>,
    /// The step whose answer the scenario's `expect` and `mistake` are about.
    pub decides: bool,
    /// A success is billed by the end of this call (false: free, or billed through another step).
    pub bills: bool,
}

impl Outgoing {
    /// A request at once, with the statuses that the documents allow, which does not decide.
    pub fn of(step: Step, case: Case, mut draft: Draft) -> Self {
        // A result lies anywhere, under a URL that may be signed.
        let is_ours = draft.asked.endpoint != Endpoint::Asset;
        let target = is_ours.then(|| draft.path.clone());
        draft.asked_mut().target = target;
        Self {
            step,
            after: Duration::ZERO,
            since: None,
            expected: contract::statuses(&draft, step, case).to_vec(),
            decides: false,
            bills: matches!(case, Case::Healthy)
                && step != Step::Resubmit
                && draft.asked.endpoint.is_billable(),
            draft,
        }
    }

    pub fn after(mut self, wait: Duration) -> Self {
        self.after = wait;
        self
    }

    /// The scenario's own expectation is about this one.
    pub fn deciding(mut self, expect: Option<&[u16]>) -> Self {
        self.decides = true;
        if let Some(statuses) = expect {
            self.expected = statuses.to_vec();
        }
        self
    }
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    pub step: Step,
    pub head: &'a Head,
    pub facts: &'a Facts,
    /// A whole JSON body.
    pub body: Option<&'a Value>,
    /// What the model has said, where the conversation has turns.
    pub said: Option<&'a str>,
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    pub planned: u32,
    /// Turns with an answer to go on with.
    pub answered: u32,
}

/// One call, request by request.
pub trait Conversation: Send {
    fn first(&mut self) -> Outgoing;

    /// `None`: the call is over.
    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing>;

    /// The turns of a session. `None`: it is none.
    fn turns(&self) -> Option<Turns> {
        None
    }

    /// What became of a task, once the call is over. `None`: the call makes no task.
    fn task(&self) -> Option<TaskOutcome> {
        None
    }
}

/// The end of a task's life as the call saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskOutcome {
    pub task_id: String,
    /// The last status seen.
    pub status: String,
    pub credits_used: Option<String>,
    /// It was cancelled by us after a query had said `running`.
    pub cancelled_running: bool,
    /// It was no new task: a run with the same seed had submitted it before, under the same id.
    pub known_before: bool,
}
