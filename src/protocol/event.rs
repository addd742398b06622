//! One event of a stream, as rules and states see it.

use std::cell::Cell;

use crate::json::{self, Value};
use crate::reads::{self, Parts};
use crate::wire::frame::{Frame, Lines};

/// One frame of a stream with its data read.
#[derive(Debug)]
pub struct Event<'a> {
    frame: &'a Frame<'a>,
    pub payload: Payload,
    /// No event before it in the answer had this form ([`json::form`]), as far as that is
    /// remembered. What rests on the form alone need not be asked again.
    pub is_new_form: bool,
    /// Which of the forms that are remembered it has, when it is not the first of it.
    pub known_form: Option<usize>,
    /// The tag of its `type`; 0 where it has none.
    kind: u64,
    /// What the rules of one protocol ask of every event, answered once.
    asked_once: Cell<Option<bool>>,
}

#[derive(Debug)]
pub enum Payload {
    Json(Value),
    /// The data is exactly `[DONE]`.
    Done,
    /// Data that is no JSON document; the parser's own words.
    NotJson(String),
    /// No data at all: a comment, or a name alone.
    Empty,
}

impl<'a> Event<'a> {
    pub fn new(frame: &'a Frame<'a>, payload: Payload) -> Self {
        let mut event = Self {
            frame,
            payload,
            is_new_form: true,
            known_form: None,
            kind: 0,
            asked_once: Cell::new(None),
        };
        event.kind = event.type_name().map_or(0, json::tag);
        event
    }

    /// One that is known: of this type, and first of its form or not.
    pub fn again(frame: &'a Frame<'a>, value: Value, kind: u64, is_new_form: bool) -> Self {
        Self {
            frame,
            payload: Payload::Json(value),
            is_new_form,
            known_form: None,
            kind,
            asked_once: Cell::new(None),
        }
    }

    /// Its bytes, where they are, and all that follows.
    pub fn frame(&self) -> &'a Frame<'a> {
        reads::note(Parts::RAW);
        self.frame
    }

    /// What its lines are like.
    #[inline(always)]
    pub fn lines(&self) -> &'a Lines {
        &self.frame.lines
    }

    /// The value of its last `event` field.
    pub fn name(&self) -> Option<&'a str> {
        self.frame.name.as_deref()
    }

    /// Whether a standard reader would hand it on.
    pub fn dispatches(&self) -> bool {
        self.frame.dispatches()
    }

    /// The tag of its `type`; 0 where it has none.
    pub fn kind(&self) -> u64 {
        self.kind
    }

    /// Whether it is of that type. Most rules look at one type, so that this is asked a hundred
    /// times an event, with a name that the compiler knows.
    #[inline(always)]
    pub fn is_of(&self, name: &str) -> bool {
        self.kind == json::tag(name) && self.type_name() == Some(name)
    }

    /// What [`Self::once`] was answered, if it was asked.
    #[inline(always)]
    pub fn known_once(&self) -> Option<bool> {
        self.asked_once.get().filter(|_| !reads::is_on())
    }

    /// The answer to the one question that a protocol's rules have in common.
    pub fn once(&self, answer: impl FnOnce() -> bool) -> bool {
        if let Some(known) = self.known_once() {
            return known;
        }
        let answer = answer();
        self.asked_once.set(Some(answer));
        answer
    }
}

impl Event<'_> {
    /// What it holds; null where that is no JSON.
    pub fn into_json(self) -> Value {
        match self.payload {
            Payload::Json(value) => value,
            Payload::Done | Payload::NotJson(_) | Payload::Empty => Value::Null,
        }
    }

    pub fn json(&self) -> Option<&Value> {
        match &self.payload {
            Payload::Json(value) => Some(value),
            Payload::Done | Payload::NotJson(_) | Payload::Empty => None,
        }
    }

    /// The string member `type`, which most protocols name their events by.
    pub fn type_name(&self) -> Option<&str> {
        self.json()?.get("type")?.as_str()
    }
}
