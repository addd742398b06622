//! Asynchronous tasks: submit, query, cancel, watch; and the second video protocol.
//!
//! The pages describe a task in three dialects (C-12). Requests are written in the reference one;
//! answers are read in any: `output[].url`, `result.video_url` or `result_url`; `credits_used` or
//! `credits`; `pending` or `queued` (C-13).

pub mod conversation;
pub mod encode;
mod state;

use crate::json::Value;

use super::{Asked, Event, Facts, Meaning, Payload, Protocol};
pub use state::{State, Status, own_id, task_of};

pub struct Tasks;

impl Protocol for Tasks {
    type State = State;

    /// A task stream generates nothing: its events are states. The one that says that the task is
    /// over is the last, and so is an error.
    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        let terminal = match &event.payload {
            Payload::Json(value) => state.take(value),
            Payload::Done => {
                state.done = true;
                false
            }
            Payload::NotJson(_) | Payload::Empty => false,
        };
        Meaning {
            terminal,
            ..Meaning::default()
        }
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.take(body);
        state.complete = true;
    }

    fn facts(state: &State) -> Facts {
        let task = state.task.clone();
        let media = task.as_ref().map_or(0, |task| task.urls.len());
        Facts {
            complete: state.complete,
            error: state.error.clone(),
            stop: task.as_ref().map(|task| task.status.clone()),
            response_id: task.as_ref().map(|task| task.task_id.clone()),
            images: u32::try_from(media).unwrap_or(u32::MAX),
            task,
            ..Facts::default()
        }
    }
}

/// Reads from a request body what the answer must fit.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    asked.model = body.get("model").and_then(Value::as_str).map(str::to_owned);
}
