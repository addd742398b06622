//! An answer in one neutral form, and where it came from.

use super::charge::Charged;
use super::counts::Counts;
use super::stops::{self, Content, Stopping};
use crate::endpoint::ProtocolId;
use crate::json::Value;
use crate::scenario::request::{Delivery, TextProtocol};

/// One protocol in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub protocol: TextProtocol,
    pub delivery: Delivery,
}

impl Place {
    /// All forms of a protocol, whole first.
    pub fn all(protocol: TextProtocol) -> impl Iterator<Item = Self> {
        let array = (protocol == TextProtocol::Gemini).then_some(Delivery::Array);
        [Delivery::Unary, Delivery::Sse]
            .into_iter()
            .chain(array)
            .map(move |delivery| Self { protocol, delivery })
    }

    pub fn protocol_name(self) -> &'static str {
        name(self.protocol)
    }

    pub fn form(self) -> &'static str {
        match self.delivery {
            Delivery::Unary => "whole",
            Delivery::Sse => "streamed",
            Delivery::Array => "streamed as an array",
        }
    }
}

/// The protocol's one name, everywhere.
pub(crate) fn name(protocol: TextProtocol) -> &'static str {
    let id = match protocol {
        TextProtocol::AnthropicMessages => ProtocolId::AnthropicMessages,
        TextProtocol::OpenaiChat => ProtocolId::OpenaiChat,
        TextProtocol::OpenaiResponses => ProtocolId::OpenaiResponses,
        TextProtocol::Gemini => ProtocolId::Gemini,
    };
    id.name()
}

/// What a client has read, whatever the protocol.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// All that was said, without thoughts and refusals.
    pub text: String,
    /// What was said instead of an answer.
    pub refusal: String,
    pub calls: Vec<ToolCall>,
    /// The protocol's own word for its end.
    pub stop: Option<String>,
    /// `None`: it has no usage, or one that cannot be read.
    pub counts: Option<Counts>,
}

/// A call that the client is to carry out.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCall {
    pub name: String,
    /// `Err`: the text, where it is no JSON.
    pub arguments: Result<Value, String>,
}

impl Answer {
    pub fn content(&self) -> Content {
        if !self.refusal.is_empty() {
            Content::Refusal
        } else if self.calls.is_empty() {
            Content::Words
        } else {
            Content::Calls
        }
    }

    /// What its stop means. `None`: it has none, or no document knows the word.
    pub fn means(&self, protocol: TextProtocol) -> Option<&'static Stopping> {
        stops::meaning(protocol, self.stop.as_deref()?, self.content())
    }
}

/// What came of asking one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub place: Place,
    pub came: Came,
    /// MUST rules that the answer broke, and how: `ANT-039: …`.
    pub broken: Vec<String>,
    pub charged: Charged,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    Answer(Answer),
    /// The target would not: status, and what its error says.
    Refused {
        status: u16,
        error: String,
    },
    /// No whole answer came: broken off, out of time, a server's failure.
    Failed(String),
    /// The protocol has no way to ask it.
    Unasked(&'static str),
}

impl Heard {
    pub fn answer(&self) -> Option<&Answer> {
        match &self.came {
            Came::Answer(answer) => Some(answer),
            Came::Refused { .. } | Came::Failed(_) | Came::Unasked(_) => None,
        }
    }
}
