//! The protocols: how a request is written, how an answer is read, what it has said so far.
//!
//! One folder a protocol. Each knows one vendor's JSON and nothing of sockets, clocks, money or
//! rules: `encode` makes a [`Draft`] from a template, `asked` reads the same facts back from any
//! request body, and the [`Protocol`] implementation folds events into its state. That state is
//! computed once an event; rules, metrics and the audit all look at it.

pub mod anthropic_messages;
pub mod calls;
pub mod contract;
pub mod conversation;
pub mod drafts;
mod event;
pub(crate) mod flow;
pub mod gemini;
pub(crate) mod logged;
pub mod management;
pub mod mistake;
pub mod oddities;
pub mod openai_chat;
pub mod openai_images;
pub mod openai_responses;
pub mod prompt;
pub mod repeat;
pub mod session;
pub mod shape;
pub mod single;
pub mod step;
pub mod tasks;
pub mod url;

use std::sync::Arc;

use crate::json::Value;
use crate::reads;
use bytes::Bytes;
use compact_str::CompactString;

use crate::contract::Contract;
use crate::endpoint::{Endpoint, ProtocolId};
pub use crate::scenario::request::{Auth, Delivery, Mistake};
pub use event::{Event, Payload};
use repeat::{Repeat, Spot};

/// A request, complete but for the key.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub method: &'static str,
    /// Path and query, from the first `/`. For [`Endpoint::Asset`] the whole URL as the gateway
    /// wrote it: whoever sends it must refuse one whose authority is not the target's own
    /// ([`url::path_on`]), since an answer must not make us call other people's hosts.
    pub path: String,
    /// Lower-case names; no credential among them.
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    pub auth: Credential,
    /// Shared with the judge: it holds the whole document.
    pub asked: Arc<Asked>,
}

impl Draft {
    pub fn asked_mut(&mut self) -> &mut Asked {
        Arc::make_mut(&mut self.asked)
    }
}

/// Where the key goes, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// The run's key, put where `Auth` says.
    Key(Auth),
    /// A key that cannot be valid (mistake `wrong-key`).
    Wrong(Auth),
    /// None at all (mistake `no-key`, asset downloads).
    Absent,
}

/// What a request asked for, as far as it is known: rules whose condition is unknown stay silent.
/// Made by a protocol's `asked` from a request body, so that a recorded request and one of ours
/// are read by the same code.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub endpoint: Endpoint,
    pub delivery: Delivery,
    /// Path and query as they were sent, no key among them; `None`: unknown. See
    /// [`Asked::parameters`].
    pub target: Option<String>,
    /// The request was wrong on purpose.
    pub mistake: Option<Mistake>,
    pub model: Option<String>,
    pub max_tokens: Option<u64>,
    /// Choices, candidates or images; `None`: unknown, not one.
    pub n: Option<u64>,
    /// Names of the tools offered; `Some(vec![])`: none were.
    pub tools: Option<Vec<String>>,
    pub tool_choice: Option<AskedToolChoice>,
    pub thinking: Option<bool>,
    pub stop_sequences: Option<Vec<String>>,
    /// Chat: `stream_options.include_usage`.
    pub include_usage: Option<bool>,
    pub json: Option<bool>,
    /// The answer comes from the gateway under test, so its own promises hold for it. False for
    /// files of unknown origin, which may be a vendor's.
    pub gateway: bool,
    /// The readings of its documents that it is held to.
    pub contract: Contract,
    /// Tasks: what an earlier answer of the same call said of this task.
    pub earlier: Option<EarlierTask>,
    /// The request body, where a rule needs a field that is not above. `None`: unknown or not JSON.
    pub body: reads::RequestBody,
}

impl Asked {
    /// Nothing known but where it went and how the answer should come.
    pub fn of(endpoint: Endpoint, delivery: Delivery) -> Self {
        Self {
            endpoint,
            delivery,
            target: None,
            mistake: None,
            model: None,
            max_tokens: None,
            n: None,
            tools: None,
            tool_choice: None,
            thinking: None,
            stop_sequences: None,
            include_usage: None,
            json: None,
            gateway: false,
            contract: Contract::ANY,
            earlier: None,
            body: None.into(),
        }
    }

    /// The query's parameters in their order, decoded. `None`: what was asked is unknown, not
    /// nothing.
    pub fn parameters(&self) -> Option<Vec<(String, String)>> {
        let target = self.target.as_deref()?;
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Some(pairs.map(url::parameter).collect())
    }

    /// Whether all else of two requests but their bodies is the same.
    pub fn is_alike(&self, other: &Self) -> bool {
        let Self {
            endpoint,
            delivery,
            target,
            mistake,
            model,
            max_tokens,
            n,
            tools,
            tool_choice,
            thinking,
            stop_sequences,
            include_usage,
            json,
            gateway,
            contract,
            earlier,
            body: _,
        } = self;
        *endpoint == other.endpoint
            && *delivery == other.delivery
            && *max_tokens == other.max_tokens
            && *n == other.n
            && *gateway == other.gateway
            && *thinking == other.thinking
            && *include_usage == other.include_usage
            && *json == other.json
            && *target == other.target
            && *mistake == other.mistake
            && *model == other.model
            && *tools == other.tools
            && *tool_choice == other.tool_choice
            && *stop_sequences == other.stop_sequences
            && *contract == other.contract
            && *earlier == other.earlier
    }

    /// The path's last segment, decoded: the id of what is asked about.
    pub fn last_segment(&self) -> Option<String> {
        let path = self.target.as_deref()?.split(['?', '#']).next()?;
        Some(url::decoded(path.rsplit('/').next()?))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedToolChoice {
    Auto,
    None,
    Required,
    Named(String),
}

/// What the calls before this one in a task's life have shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierTask {
    pub task_id: String,
    pub status: String,
    /// Whether a repeated submit of the same params preceded this (the same id must come back).
    pub resubmitted: bool,
}

/// Status line and headers of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    pub status: u16,
    /// In the order received, names in lower case. A value that is not UTF-8 is kept lossily.
    pub headers: Vec<(CompactString, CompactString)>,
}

impl Head {
    /// `headers`: as they were received, names in lower case.
    pub fn new<T: Into<CompactString>>(
        status: u16,
        headers: impl IntoIterator<Item = (T, T)>,
    ) -> Self {
        let headers = headers.into_iter();
        Self {
            status,
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }

    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let place = self.headers.iter().position(|(key, _)| key == name)?;
        reads::note_header(place);
        Some(self.headers[place].1.as_str())
    }

    /// All of them, in the order received.
    pub fn each_header(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.headers.len()).for_each(reads::note_header);
        let headers = self.headers.iter();
        headers.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Their names, in the order received.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<CompactString> {
        let value = self.header("content-type")?;
        let essence = value.split(';').next().unwrap_or(value);
        let mut essence = CompactString::from(essence.trim());
        essence.make_ascii_lowercase();
        Some(essence)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What one event means for time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Meaning {
    /// Carries generated payload: text, reasoning, tool arguments, image data; never a role, ping,
    /// empty delta or usage.
    pub token: bool,
    /// Carries payload that a user sees: text, a tool call, an image; not reasoning.
    pub visible: bool,
    /// The protocol's last event.
    pub terminal: bool,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyEnd {
    /// As HTTP says it should: last chunk, or the announced length.
    Clean,
    /// The connection broke, or time ran out.
    Broken,
    /// We stopped reading on purpose.
    Left,
}

/// What an answer amounts to, for metrics and the audit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    pub usage: Option<Usage>,
    /// The protocol's own word for why it ended.
    pub stop: Option<String>,
    /// The terminal event (or a whole body) was seen.
    pub complete: bool,
    /// An error event, or the error of a failed body: `type` or `code`, and the message.
    pub error: Option<(String, String)>,
    pub model: Option<String>,
    pub response_id: Option<String>,
    /// Pieces of media delivered.
    pub images: u32,
    pub task: Option<TaskFacts>,
    /// A safety check refused the prompt, and a success says so: no model answered.
    pub is_blocked: bool,
}

/// Token counts as the answer reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// All input, cached parts included.
    pub input: u64,
    pub output: u64,
    pub cached: u64,
}

/// What an answer about a task says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFacts {
    pub task_id: String,
    pub status: String,
    /// As written, so that the audit can read it exactly.
    pub credits_used: Option<String>,
    pub estimated_credits: Option<String>,
    pub urls: Vec<String>,
}

/// A protocol's reading side.
pub trait Protocol: 'static {
    /// All that the answer has said so far.
    type State: Default + Send + std::fmt::Debug + 'static;

    /// Which of its events repeat each other but for a text.
    const REPEATS: &'static [Repeat] = &[];

    /// Folds one event of a stream into the state.
    fn apply(state: &mut Self::State, event: &Event<'_>) -> Meaning;

    /// Does with an event that repeats one before ([`repeat`]) what `apply` does, where there is a
    /// shorter way.
    fn repeat(state: &mut Self::State, event: &Event<'_>) -> Meaning {
        Self::apply(state, event)
    }

    /// Where the text of a repetition goes that has only one, if that is all there is to know: such
    /// an event need not be read, and [`Self::say`] does what `repeat` would do with it.
    fn spot(_state: &Self::State, _event: &Event<'_>) -> Option<Spot> {
        None
    }

    /// Takes in the text of a further repetition, which is not empty.
    fn say(_state: &mut Self::State, _spot: Spot, _text: &str) {}

    /// Folds a whole successful body into the state.
    fn apply_body(state: &mut Self::State, body: &Value);

    fn facts(state: &Self::State) -> Facts;

    /// Whether a stream has said that it is over, so that what comes now is one finding and not
    /// one of each rule.
    fn is_over(_state: &Self::State) -> bool {
        false
    }
}

/// Reads from a request body what the answer must fit. `body`: `None` when it is unknown.
pub fn asked(endpoint: Endpoint, delivery: Delivery, body: Option<Value>) -> Asked {
    let mut asked = Asked::of(endpoint, delivery);
    if let Some(body) = &body {
        match endpoint.protocol() {
            ProtocolId::AnthropicMessages => anthropic_messages::read_asked(&mut asked, body),
            ProtocolId::OpenaiChat => openai_chat::read_asked(&mut asked, body),
            ProtocolId::OpenaiResponses => openai_responses::read_asked(&mut asked, body),
            ProtocolId::Gemini => gemini::read_asked(&mut asked, body),
            ProtocolId::OpenaiImages => openai_images::read_asked(&mut asked, body),
            ProtocolId::Tasks => tasks::read_asked(&mut asked, body),
            ProtocolId::Management => {}
        }
    }
    asked.body = body.into();
    asked
}
