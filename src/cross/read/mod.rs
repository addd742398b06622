//! What a client makes of an answer: texts joined, calls put together, the usage that counts.
//!
//! Apart from the protocols' states, which keep what rules need and no whole texts. Nothing is
//! judged here: what makes no sense is read as far as a client could.

mod chat;
mod gemini;
mod messages;
mod responses;

use super::answer::{Answer, ToolCall};
use super::counts::Counts;
use crate::json::{self, Value};
use crate::scenario::request::{Delivery, TextProtocol};
use crate::wire::frame::Frame;
use crate::wire::{json_array, sse};

/// The body of a successful answer.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    Whole(&'a Value),
    Sse(&'a [u8]),
    Array(&'a [u8]),
}

/// What one protocol's reader has put together.
#[derive(Debug, Default)]
struct Pieces {
    text: String,
    refusal: String,
    calls: Vec<Pending>,
    stop: Option<String>,
    usages: Vec<Value>,
}

/// A call whose arguments come as text, or as JSON already.
#[derive(Debug, Default)]
struct Pending {
    /// What later pieces of it name it by.
    index: u64,
    name: String,
    text: String,
    whole: Option<Value>,
}

/// Reads an answer.
pub fn read(protocol: TextProtocol, body: Body<'_>) -> Answer {
    let mut pieces = Pieces::default();
    match body {
        Body::Whole(value) => match protocol {
            TextProtocol::AnthropicMessages => messages::whole(value, &mut pieces),
            TextProtocol::OpenaiChat => chat::whole(value, &mut pieces),
            TextProtocol::OpenaiResponses => responses::whole(value, &mut pieces),
            TextProtocol::Gemini => gemini::chunk(value, &mut pieces),
        },
        Body::Sse(_) | Body::Array(_) => {
            for event in events(body) {
                take_event(protocol, &event, &mut pieces);
            }
        }
    }
    pieces.answer(protocol)
}

/// Bytes of an answer that is listened to; nothing of a longer one was heard.
const MOST_HEARD: usize = 1 << 20;

/// Hears what a stream says while it comes, and keeps nothing else of it.
pub struct Listener {
    protocol: TextProtocol,
    form: Form,
    pieces: Pieces,
    is_too_long: bool,
}

enum Form {
    Sse(sse::Reader),
    Array(json_array::Reader),
}

impl Listener {
    /// `None`: the answer comes whole.
    pub fn new(protocol: TextProtocol, delivery: Delivery) -> Option<Self> {
        let form = match delivery {
            Delivery::Unary => return None,
            Delivery::Sse => Form::Sse(sse::Reader::new()),
            Delivery::Array => Form::Array(json_array::Reader::new()),
        };
        Some(Self {
            protocol,
            form,
            pieces: Pieces::default(),
            is_too_long: false,
        })
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let Self {
            protocol,
            form,
            pieces,
            is_too_long,
        } = self;
        if *is_too_long {
            return;
        }
        let mut take = |frame: &Frame<'_>| {
            if frame.lines.closed
                && let Ok(value) = json::parse(&frame.data)
            {
                take_event(*protocol, &value, pieces);
                // Each chunk may count anew, and no count is wanted.
                pieces.usages.clear();
            }
        };
        match form {
            Form::Sse(reader) => reader.push(bytes, &mut take),
            Form::Array(reader) => reader.push(bytes, &mut take),
        }
        *is_too_long = pieces.text.len() > MOST_HEARD;
    }

    /// `None`: it was too long to be kept.
    pub fn heard(self) -> Option<String> {
        (!self.is_too_long).then_some(self.pieces.text)
    }
}

fn take_event(protocol: TextProtocol, event: &Value, pieces: &mut Pieces) {
    match protocol {
        TextProtocol::AnthropicMessages => messages::event(event, pieces),
        TextProtocol::OpenaiChat => chat::chunk(event, pieces),
        TextProtocol::OpenaiResponses => responses::event(event, pieces),
        TextProtocol::Gemini => gemini::chunk(event, pieces),
    }
}

/// The JSON events that a client gets to see.
fn events(body: Body<'_>) -> Vec<Value> {
    let mut events = Vec::new();
    let mut take = |frame: &Frame<'_>| {
        if frame.lines.closed
            && let Ok(value) = json::parse(&frame.data)
        {
            events.push(value);
        }
    };
    match body {
        Body::Whole(_) => {}
        Body::Sse(bytes) => {
            let mut reader = sse::Reader::new();
            reader.push(bytes, &mut take);
            reader.finish(&mut take);
        }
        Body::Array(bytes) => {
            let mut reader = json_array::Reader::new();
            reader.push(bytes, &mut take);
            reader.finish();
        }
    }
    events
}

impl Pieces {
    fn answer(self, protocol: TextProtocol) -> Answer {
        let usages: Vec<_> = self.usages.iter().collect();
        Answer {
            counts: Counts::of(protocol, &usages),
            text: self.text,
            refusal: self.refusal,
            calls: self.calls.into_iter().map(Pending::call).collect(),
            stop: self.stop,
        }
    }

    /// The call that later pieces of that index belong to.
    fn call(&mut self, index: u64) -> Option<&mut Pending> {
        self.calls.iter_mut().rev().find(|call| call.index == index)
    }
}

impl Pending {
    fn call(self) -> ToolCall {
        let arguments = match self.whole {
            Some(whole) if self.text.is_empty() => Ok(whole),
            Some(_) | None => json::parse(self.text.as_bytes()).map_err(|_| self.text),
        };
        ToolCall {
            name: self.name,
            arguments,
        }
    }
}

fn word<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path)?.as_str()
}

fn list<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.pointer(path).and_then(Value::as_array);
    list.into_iter().flatten()
}

#[cfg(test)]
mod tests;
