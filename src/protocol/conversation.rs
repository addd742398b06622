//! What one call sends: usually one request, for tasks several, each after the answer before it.
//!
//! Pure: a conversation is told what came back and says what is next and after how long a wait.
//! The driver does the sending and the waiting, the same for every call.

use std::time::Duration;

use serde_json::Value;

use super::contract::{self, Case};
use super::management::cycle;
use super::mistake;
use super::single::Single;
use super::tasks::conversation::TaskConversation;
use super::{Draft, Facts, Head, management, openai_images, tasks};
use crate::scenario::request::{Call, Template, TextCall, UtilityCall};

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

impl Outgoing {
    /// A request at once, with the statuses that the documents allow, which does not decide.
    pub fn of(step: Step, case: Case, draft: Draft) -> Self {
        Self {
            step,
            after: Duration::ZERO,
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
    /// It was no new task: a run with the same seed had submitted it before, under the same id.
    pub known_before: bool,
}

/// Writes a request of any of the text protocols.
pub type TextEncoder = fn(&TextCall, u64) -> Draft;

/// The conversation of one call. All that it sends follows from the template, the seed and the
/// answers, byte for byte.
///
/// A call with a mistake sends its first request only, spoiled.
pub fn conversation(template: &Template, seed: u64, text: TextEncoder) -> Box<dyn Conversation> {
    let expect = template.expect.as_ref().map(|expect| &*expect.status);
    if let Some(mistake) = template.mistake {
        let (step, draft) = mistake::draft(&template.call, mistake, seed, text);
        let outgoing = Outgoing::of(step, Case::Mistake(mistake), draft).deciding(expect);
        return Box::new(Single::new(outgoing));
    }
    let first = || {
        let draft = first_draft(&template.call, seed, text);
        Outgoing::of(Step::Call, Case::Healthy, draft).deciding(expect)
    };
    match &template.call {
        Call::Text(_) => Box::new(Single::new(first())),
        Call::Images(call) if call.download => Box::new(Single::with_downloads(first())),
        Call::Images(_) => Box::new(Single::new(first())),
        Call::Task(call) => Box::new(TaskConversation::new(call.clone(), seed, expect)),
        Call::Utility(UtilityCall::WebhooksCycle) => {
            Box::new(cycle::WebhooksCycle::new(first(), seed))
        }
        Call::Utility(UtilityCall::KeysCycle) => Box::new(cycle::KeysCycle::new(first())),
        Call::Utility(_) => Box::new(Single::new(first())),
    }
}

/// The first request of a call, without mistakes.
pub fn first_draft(call: &Call, seed: u64, text: TextEncoder) -> Draft {
    match call {
        Call::Text(call) => text(call, seed),
        Call::Images(call) => openai_images::encode::encode(call, seed),
        Call::Task(call) => tasks::encode::submit(call, seed, tasks::encode::Params::AsGiven),
        Call::Utility(call) => management::encode::encode(call, seed),
    }
}
