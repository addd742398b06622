//! One request and its answer, with times. Facts only: whether they are good is said elsewhere.

use crate::endpoint::Endpoint;
use crate::judge::Judgement;
use crate::outcome::{Failure, Outcome};
use crate::protocol::Head;
use crate::protocol::conversation::{TaskOutcome, Turns};
use crate::protocol::step::Step;
use crate::recording::{Raw, Reference};
use crate::scenario::TemplateId;

/// Nanoseconds since the run's epoch, on its one monotonic clock.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Nanos(pub u64);

impl Nanos {
    /// `None` when `earlier` is later: a duration below zero is a fault, not a zero.
    pub fn since(self, earlier: Self) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }

    pub fn after(self, duration: std::time::Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// No earlier than the epoch.
    pub fn before(self, duration: std::time::Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(nanos))
    }
}

/// A planned call within its run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct CallKey {
    pub phase: u16,
    /// Ordinal in its phase, from 0.
    pub number: u64,
}

/// When things happened. What did not happen is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// When the plan said, or for a later request of a call, when the answer before allowed it.
    pub due: Nanos,
    pub dispatched: Nanos,
    /// A connection was made for this request; `None`: an open one was used.
    pub connected: Option<Nanos>,
    /// The last byte of the request was handed to the connection.
    pub sent: Option<Nanos>,
    pub head: Option<Nanos>,
    pub first_byte: Option<Nanos>,
    pub first_event: Option<Nanos>,
    /// The first event with generated payload.
    pub first_token: Option<Nanos>,
    pub last_token: Option<Nanos>,
    /// The first text, tool or image payload.
    pub visible: Option<Nanos>,
    /// The protocol's last event; for a whole body, its last byte.
    pub terminal: Option<Nanos>,
    pub closed: Option<Nanos>,
}

/// One request of a call and what came of it.
#[derive(Debug)]
pub struct Exchange {
    pub call: CallKey,
    pub template: TemplateId,
    /// Number of the key that it was sent with; 0: the main one.
    pub key: u8,
    pub step: Step,
    /// Ordinal in its call, from 0.
    pub ordinal: u32,
    pub endpoint: Endpoint,
    pub times: Times,
    /// Events that carried payload.
    pub tokens: u32,
    pub longest_gap: Option<u64>,
    pub request_bytes: u64,
    pub head: Option<Head>,
    /// `None`: no head came.
    pub judgement: Option<Judgement>,
    pub failure: Option<Failure>,
    pub outcome: Outcome,
    /// Whether the status was one that the request may get.
    pub expected: Vec<u16>,
    /// A success of this request is billed by the end of its call.
    pub bills: bool,
    /// The step that the scenario's expectation is about.
    pub decides: bool,
    /// All its bytes, until they are recorded or given up.
    pub raw: Option<Box<Raw>>,
    /// Where they are recorded.
    pub recorded: Option<Reference>,
}

/// A call as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEnd {
    pub call: CallKey,
    pub template: TemplateId,
    /// Number of the key that it was made with.
    pub key: u8,
    pub due: Nanos,
    pub ended: Nanos,
    /// How many it sent.
    pub requests: u32,
    /// All of them got the answers that they should.
    pub as_expected: bool,
    pub task: Option<TaskOutcome>,
    /// How far a session has come. `None`: it was none.
    pub turns: Option<Turns>,
}

impl Exchange {
    pub fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// The id that the target gave this request, whatever it calls the header.
    pub fn request_id(&self) -> Option<&str> {
        let head = self.head.as_ref()?;
        head.header("x-request-id")
            .or_else(|| head.header("request-id"))
    }
}

impl Exchange {
    /// Output tokens as the answer's own usage counts them.
    pub fn output_tokens(&self) -> Option<u64> {
        Some(self.judgement.as_ref()?.facts.usage?.output)
    }

    /// For tests: an exchange of which nothing is known but its outcome.
    #[cfg(test)]
    pub(crate) fn example(outcome: Outcome) -> Self {
        Self {
            call: CallKey {
                phase: 0,
                number: 0,
            },
            template: TemplateId(0),
            key: 0,
            step: Step::Call,
            ordinal: 0,
            endpoint: Endpoint::Messages,
            times: Times::default(),
            tokens: 0,
            longest_gap: None,
            request_bytes: 0,
            head: None,
            judgement: None,
            failure: None,
            outcome,
            expected: vec![200],
            bills: true,
            decides: true,
            raw: None,
            recorded: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn set_output_tokens(&mut self, output: u64) {
        let usage = Some(crate::protocol::Usage {
            output,
            ..Default::default()
        });
        let facts = crate::protocol::Facts {
            usage,
            ..Default::default()
        };
        self.judgement = Some(Judgement {
            facts,
            ..Judgement::example()
        });
    }
}
