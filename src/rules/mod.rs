//! The rules: what an answer must be, each with its reasons and its proof.
//!
//! A rule is one item and, but for the shortest, one file. It holds everything that is said about
//! it anywhere (`explain`, `docs/rules.md`, reports) and pure functions that decide it: no clock,
//! no I/O, no state of its own. What a stream has said so far is the protocol's state; a rule
//! sees it as it was *before* the event in hand. A rule whose condition is unknown stays
//! [`Verdict::Silent`]; one that never spoke is reported as not exercised, never as passed.

pub mod anthropic_messages;
pub mod catalogue;
mod created;
mod day;
mod foreign;
pub mod framing;
pub mod gateway;
pub mod gemini;
pub mod management;
mod members;
mod model;
pub mod openai_chat;
pub mod openai_images;
pub mod openai_responses;
mod picture;
mod quoting;
mod repeated;
pub mod tasks;
mod token;
mod wire;

use std::ops::Range;

use crate::json::Value;

use crate::protocol::{Asked, BodyEnd, Event, Head};
use crate::reads;

/// One checkable requirement.
#[derive(Debug)]
pub struct Rule {
    /// `ANT-030`: a family and three digits, never used again.
    pub id: &'static str,
    /// What is wrong, in kebab case: `no-message-start`.
    pub name: &'static str,
    pub severity: Severity,
    /// Which document asks for it, or which recordings show it.
    pub source: &'static str,
    /// Why it matters to a client, and how to mend it.
    pub explanation: &'static str,
    /// Answers that break it, this rule first.
    pub violations: &'static [Sample],
    /// Answers that keep it, and every other rule.
    pub conforming: &'static [Sample],
    /// Faults of the replica that this rule must find and name first.
    pub faults: &'static [&'static str],
    pub check: Check,
}

/// How much a break weighs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A written requirement, or what the native service always does. Fails the run.
    Must,
    /// Usual; a correct server could do otherwise. Reported, does not fail the run.
    Should,
    /// What clients rely on though nobody wrote it.
    Note,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Note => "NOTE",
        }
    }
}

/// A small answer, for the explanation and for the proof that the rule works.
#[derive(Debug)]
pub enum Sample {
    /// The answer to one request. The request is its JSON body, or empty when it does not matter.
    /// In the body U+FFFD stands for a byte that is no UTF-8, U+FFFC for 17 MiB of blanks.
    Answer {
        request: &'static str,
        status: u16,
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
    },
    /// A run's money, in the words of `billing::history`.
    History(&'static str),
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule does not speak about this, or its condition is unknown.
    Silent,
    Pass,
    Fail(Blame),
}

/// Why, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// What was expected and what was found, values in backticks, no full stop.
    pub message: String,
    /// Offending bytes within the frame's `raw` (streams) or the body. `None`: the whole of it.
    pub at: Option<Range<usize>>,
}

impl Verdict {
    pub fn fail(message: impl Into<String>) -> Self {
        Self::Fail(Blame {
            message: message.into(),
            at: None,
        })
    }

    pub fn fail_at(message: impl Into<String>, at: Range<usize>) -> Self {
        Self::Fail(Blame {
            message: message.into(),
            at: Some(at),
        })
    }

    /// `Pass` when it holds, else the message.
    pub fn when(holds: bool, message: impl FnOnce() -> String) -> Self {
        if holds {
            Self::Pass
        } else {
            Self::fail(message())
        }
    }
}

/// Which answers a rule looks at, and how.
#[derive(Debug)]
pub enum Check {
    /// Every answer of every route: headers, error envelopes.
    Gateway(Hooks<()>),
    AnthropicMessages(Hooks<crate::protocol::anthropic_messages::State>),
    OpenaiChat(Hooks<crate::protocol::openai_chat::State>),
    OpenaiResponses(Hooks<crate::protocol::openai_responses::State>),
    Gemini(Hooks<crate::protocol::gemini::State>),
    OpenaiImages(Hooks<crate::protocol::openai_images::State>),
    Tasks(Hooks<crate::protocol::tasks::State>),
    Management(Hooks<crate::protocol::management::State>),
    /// Decided over the whole run by `billing`.
    Audit,
}

/// The moments at which a rule may look. Most use one.
#[derive(Debug)]
pub struct Hooks<S: 'static> {
    /// Status and headers are here.
    pub head: Option<fn(&Opened<'_>) -> Verdict>,
    /// One frame of a stream.
    pub event: Option<fn(&Transition<'_, S>) -> Verdict>,
    /// What `event` looks at: it is silent about every event that has none of these, and is not
    /// asked of them (`judge::topics`). None named: it may speak about any event.
    pub about: &'static [Topic],
    /// What `event` says may rest on the text of an event, or on what flows through the state
    /// (`crate::protocol::flow::Flow`): it is asked of every event, also of one that differs from
    /// the one before in its text alone ([`crate::protocol::repeat`]).
    pub asked_of_repeats: bool,
    /// A stream is over.
    pub end: Option<fn(&Ended<'_, S>) -> Verdict>,
    /// A whole successful body.
    pub body: Option<fn(&Whole<'_, S>) -> Verdict>,
    /// A whole body of a refusal (status 400 and above).
    pub refusal: Option<fn(&Whole<'_, S>) -> Verdict>,
}

/// What there may be in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// JSON whose `type` is this.
    Type(&'static str),
    /// JSON whose `type` begins with this.
    Types(&'static str),
    /// JSON with a member of this name, however deep.
    Member(&'static str),
    /// The same of one that is not null.
    Filled(&'static str),
    /// The marker `[DONE]`.
    Done,
    /// JSON of a form that the answer had not before ([`Event::is_new_form`]).
    NewForm,
}

impl<S> Hooks<S> {
    pub const NONE: Self = Self {
        head: None,
        event: None,
        about: &[],
        asked_of_repeats: false,
        end: None,
        body: None,
        refusal: None,
    };
}

pub struct Opened<'a> {
    pub asked: reads::Request<'a>,
    pub head: &'a Head,
}

/// One event. What is read of it, and of all else here, can be watched ([`crate::reads`]).
pub struct Transition<'a, S> {
    pub asked: reads::Request<'a>,
    pub head: reads::Heading<'a>,
    /// What the stream had said before this event.
    pub before: reads::Before<'a, S>,
    /// Whether the answer was over by then ([`crate::protocol::Protocol::is_over`]).
    pub is_over: bool,
    pub event: &'a Event<'a>,
}

impl<S> Clone for Transition<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Transition<'_, S> {}

pub struct Ended<'a, S> {
    pub asked: &'a Asked,
    pub head: &'a Head,
    pub state: &'a S,
    pub end: BodyEnd,
    pub tail: Tail,
}

/// How a stream's bytes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tail {
    pub bytes: u64,
    pub frames: u32,
    /// Bytes remained that no empty line closed (event streams), or the array was not closed.
    pub unclosed: bool,
    /// An event, or the body, was longer than is read.
    pub oversized: bool,
    pub array: Option<crate::wire::json_array::ArrayFault>,
}

pub struct Whole<'a, S> {
    pub asked: reads::Request<'a>,
    pub head: reads::Heading<'a>,
    /// After the body was folded in (refusals: empty).
    pub state: reads::Before<'a, S>,
    /// `Err`: not JSON, the parser's own words.
    pub body: Result<&'a Value, &'a str>,
    pub raw: reads::Raw<'a, [u8]>,
    pub end: BodyEnd,
}
