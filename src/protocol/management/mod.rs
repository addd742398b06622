//! Models, usage, balance, account, transactions, webhooks, groups and keys.
//!
//! Plain JSON, no streams, nothing that is billed. There is no common shape, so the state holds
//! only that a body came; rules look at the body itself by its endpoint.

pub mod cycle;
pub mod encode;

use crate::json::Value;

use super::{Event, Facts, Meaning, Protocol};

pub struct Management;

/// Whether a whole body was read.
#[derive(Debug, Default)]
pub struct State {
    pub complete: bool,
}

impl Protocol for Management {
    type State = State;

    fn apply(_state: &mut State, _event: &Event<'_>) -> Meaning {
        Meaning::default()
    }

    fn apply_body(state: &mut State, _body: &Value) {
        state.complete = true;
    }

    fn facts(state: &State) -> Facts {
        Facts {
            complete: state.complete,
            ..Facts::default()
        }
    }
}
