//! OpenAI Responses: `POST /v1/responses`, one JSON body or a stream of named events.
//!
//! Written after OpenAI's published API description and after what its service was recorded to
//! send. Background runs, stored responses and the WebSocket transport are not asked for.

mod asked;
mod encode;
mod item;
mod member;
mod state;
mod steps;

use crate::json::Value;

pub use asked::read_asked;
pub use encode::encode;
pub use item::{Item, Part, PartStage, Place, TextEvent};
pub use state::{Finish, Numbering, State};
pub use steps::{Command, Phase, Steps};

use super::repeat::{Hole, Repeat};
use super::{Event, Facts, Meaning, Payload, Protocol};

pub struct OpenaiResponses;

impl Protocol for OpenaiResponses {
    type State = State;

    const REPEATS: &'static [Repeat] = &[
        delta("response.output_text.delta"),
        delta("response.reasoning_summary_text.delta"),
        delta("response.reasoning_text.delta"),
        delta("response.refusal.delta"),
        delta("response.function_call_arguments.delta"),
        delta("response.custom_tool_call_input.delta"),
        delta("response.mcp_call_arguments.delta"),
        delta("response.code_interpreter_call_code.delta"),
    ];

    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        match &event.payload {
            Payload::Json(value) => match event_type(event) {
                Some(kind) => {
                    let lines = event.lines();
                    state.has_odd_line |= lines.id + lines.retry > 0;
                    state.has_odd_form |= lines.crlf + lines.cr + lines.unspaced > 0
                        || lines.data > 1
                        || lines.data_before_event;
                    state.misnamed |= event.name() != Some(kind);
                    state.take(kind, value, event.frame().data.len())
                }
                None => Meaning::default(),
            },
            Payload::Done => {
                state.done_marker = true;
                Meaning::default()
            }
            Payload::NotJson(_) | Payload::Empty => Meaning::default(),
        }
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.take_body(body);
    }

    fn facts(state: &State) -> Facts {
        state.facts()
    }

    fn is_over(state: &State) -> bool {
        state.finish.is_some()
    }
}

/// A piece of a text.
const fn delta(kind: &'static str) -> Repeat {
    Repeat {
        of: Some(kind),
        fits: |event| {
            let logged = event.get("logprobs");
            logged.is_none_or(|logged| logged.as_array().is_some_and(Vec::is_empty))
        },
        holes: &[
            Hole::Text("/delta"),
            Hole::Noise("/obfuscation"),
            Hole::Number("/sequence_number"),
        ],
    }
}

/// The string member `type`.
pub fn event_type<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    event.type_name()
}
