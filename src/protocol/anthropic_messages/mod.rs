//! Anthropic Messages: `POST /v1/messages`, whole or as named events.
//!
//! A stream is a nest of blocks: `message_start`, for each block a start, deltas and a stop, then
//! `message_delta` with the stop reason and the final counts, then `message_stop`. Follows the
//! vendor's public documentation of streaming and of the Messages API, version 2023-06-01. Nothing
//! is judged here: a stream that makes no sense still has a state.

mod block;
mod encode;
mod joined;
mod server_tools;
mod state;

#[cfg(test)]
mod tests;

use crate::json::Value;

pub use block::{Block, BlockKind};
pub use encode::encode;
pub use state::{Age, Counts, State, ToolUse};

pub(crate) use state::is_inner;

use super::repeat::{Hole, Repeat};
use super::{Asked, AskedToolChoice, Delivery, Event, Facts, Meaning, Protocol, Usage};

pub struct AnthropicMessages;

impl Protocol for AnthropicMessages {
    type State = State;

    const REPEATS: &'static [Repeat] = &[Repeat {
        of: Some("content_block_delta"),
        fits: |event| {
            let kind = event.pointer("/delta/type").and_then(Value::as_str);
            matches!(
                kind,
                Some("text_delta" | "thinking_delta" | "input_json_delta")
            )
        },
        holes: &[
            Hole::Text("/delta/text"),
            Hole::Text("/delta/thinking"),
            Hole::Text("/delta/partial_json"),
            // As the vendor hides the length of what is said.
            Hole::Padding(15),
        ],
    }];

    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        state.apply(event)
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.apply_message(body);
    }

    fn facts(state: &State) -> Facts {
        let counts = &state.counts;
        let known = counts.input.is_some() || counts.output.is_some();
        let cached = counts.cache_read.unwrap_or(0);
        let input = counts.input.unwrap_or(0);
        let created = counts.cache_creation.unwrap_or(0);
        Facts {
            usage: known.then(|| Usage {
                input: input.saturating_add(cached).saturating_add(created),
                output: counts.output.unwrap_or(0),
                cached,
            }),
            stop: state.stop_reason.clone(),
            complete: state.stopped,
            error: state.error.clone(),
            model: state.model.clone(),
            response_id: state.id.clone(),
            ..Facts::default()
        }
    }

    fn is_over(state: &State) -> bool {
        state.is_over()
    }
}

/// Reads from a request body what the answer must fit.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    if body.get("stream").and_then(Value::as_bool) == Some(true) {
        asked.delivery = Delivery::Sse;
    }
    asked.model = body.get("model").and_then(Value::as_str).map(str::to_owned);
    asked.max_tokens = body.get("max_tokens").and_then(Value::as_u64);
    asked.n = Some(1);
    asked.tools = Some(names(body.get("tools")));
    asked.tool_choice = body.get("tool_choice").and_then(tool_choice);
    let thinking = body.pointer("/thinking/type").and_then(Value::as_str);
    asked.thinking = match thinking {
        Some("enabled") => Some(true),
        Some("disabled") | None => Some(false),
        Some(_) => None,
    };
    let sequences = body.get("stop_sequences").and_then(Value::as_array);
    asked.stop_sequences = Some(
        sequences
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    );
}

fn names(tools: Option<&Value>) -> Vec<String> {
    let tools = tools.and_then(Value::as_array).into_iter().flatten();
    tools
        .filter_map(|tool| tool.get("name")?.as_str())
        .map(str::to_owned)
        .collect()
}

fn tool_choice(choice: &Value) -> Option<AskedToolChoice> {
    match choice.get("type")?.as_str()? {
        "auto" => Some(AskedToolChoice::Auto),
        "none" => Some(AskedToolChoice::None),
        "any" => Some(AskedToolChoice::Required),
        "tool" => Some(AskedToolChoice::Named(
            choice.get("name")?.as_str()?.to_owned(),
        )),
        _ => None,
    }
}
