//! management.

use serde_json::Value;

use super::{Event, Facts, Meaning, Protocol};

pub struct Management;

#[derive(Debug, Default)]
pub struct State {}

impl Protocol for Management {
    type State = State;

    fn apply(_state: &mut State, _event: &Event<'_>) -> Meaning {
        Meaning::default()
    }

    fn apply_body(_state: &mut State, _body: &Value) {}

    fn facts(_state: &State) -> Facts {
        Facts::default()
    }
}
