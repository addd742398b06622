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
use crate::scenario::request::TextProtocol;
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
                match protocol {
                    TextProtocol::AnthropicMessages => messages::event(&event, &mut pieces),
                    TextProtocol::OpenaiChat => chat::chunk(&event, &mut pieces),
                    TextProtocol::OpenaiResponses => responses::event(&event, &mut pieces),
                    TextProtocol::Gemini => gemini::chunk(&event, &mut pieces),
                }
            }
        }
    }
    pieces.answer(protocol)
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
