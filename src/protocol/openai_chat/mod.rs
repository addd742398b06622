//! Chat Completions.

use serde_json::Value;

use super::{Asked, Event, Facts, Meaning, Protocol};

pub struct OpenaiChat;

#[derive(Debug, Default)]
pub struct State {}

impl Protocol for OpenaiChat {
    type State = State;

    fn apply(_state: &mut State, _event: &Event<'_>) -> Meaning {
        Meaning::default()
    }

    fn apply_body(_state: &mut State, _body: &Value) {}

    fn facts(_state: &State) -> Facts {
        Facts::default()
    }
}

/// Reads from a request body what the answer must fit.
pub fn read_asked(_asked: &mut Asked, _body: &Value) {}
