//! What one call sends: usually one request, for tasks several, each after the answer before it.
//!
//! Pure: a conversation is told what came back and says what is next and after how long a wait.
//! The driver does the sending and the waiting, the same for every call.

use std::time::Duration;

use serde_json::Value;

use super::{Draft, Facts, Head};

/// A request with its place in the call.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub step: Step,
    /// To wait after the answer before it.
    pub after: Duration,
    pub draft: Draft,
    /// Statuses that are right for this request, from the documents. The scenario's own `expect`
    /// replaces those of the step that `decides`.
    pub expected: Vec<u16>,
    /// The step whose answer the scenario's `expect` and `mistake` are about.
    pub decides: bool,
    /// A success is billed by the end of this call (false: free, or billed through another step).
    pub bills: bool,
}

/// A request's role in its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The only request, or the first.
    Call,
    Submit,
    Resubmit,
    Query,
    Cancel,
    Watch,
    Download,
    List,
    Update,
    Deliveries,
    Delete,
    Reveal,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Submit => "submit",
            Self::Resubmit => "resubmit",
            Self::Query => "query",
            Self::Cancel => "cancel",
            Self::Watch => "watch",
            Self::Download => "download",
            Self::List => "list",
            Self::Update => "update",
            Self::Deliveries => "deliveries",
            Self::Delete => "delete",
            Self::Reveal => "reveal",
        }
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
}

/// One call, request by request.
pub trait Conversation: Send {
    fn first(&mut self) -> Outgoing;

    /// `None`: the call is over.
    fn next(&mut self, answered: &Answered<'_>) -> Option<Outgoing>;

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
}
