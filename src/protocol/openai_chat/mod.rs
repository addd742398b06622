//! Chat Completions: `POST /v1/chat/completions`, whole or in chunks.
//!
//! Every chunk has one shape; each choice opens with a role, goes on with deltas and finishes once,
//! then comes the usage if it was asked for, then the literal `[DONE]`. Follows the vendor's
//! published OpenAPI description. Nothing is judged here: a stream that makes no sense still has a
//! state.

mod choice;
mod encode;
mod state;

#[cfg(test)]
mod tests;

use crate::json::Value;

pub use choice::{Choice, ToolCall};
pub(crate) use choice::{identity, name as fragment_name, piece as fragment_piece};
pub use encode::encode;
pub use state::{Changed, Counts, Envelope, State};

pub(crate) use state::{is_filter_chunk, missing_member};

use super::repeat::{Hole, Repeat, Spot};
use super::{Asked, AskedToolChoice, Delivery, Event, Facts, Meaning, Protocol, Usage};

pub struct OpenaiChat;

impl Protocol for OpenaiChat {
    type State = State;

    const REPEATS: &'static [Repeat] = &[Repeat {
        of: None,
        fits: says_a_piece,
        holes: &[
            Hole::Text("/choices/0/delta/content"),
            Hole::Text("/choices/0/delta/refusal"),
            Hole::Text("/choices/0/delta/reasoning"),
            Hole::Text("/choices/0/delta/reasoning_content"),
            Hole::Text("/choices/0/delta/tool_calls/0/function/arguments"),
            Hole::Noise("/obfuscation"),
        ],
    }];

    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        state.apply(event)
    }

    fn repeat(state: &mut State, event: &Event<'_>) -> Meaning {
        state.repeat(event)
    }

    fn spot(state: &State, event: &Event<'_>) -> Option<Spot> {
        state.spot(event.json()?)
    }

    fn say(state: &mut State, spot: Spot, text: &str) {
        state.say(spot, text);
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.apply_completion(body);
    }

    fn facts(state: &State) -> Facts {
        let envelope = state.envelope.as_ref();
        Facts {
            usage: state.counts.map(|counts| Usage {
                input: counts.input,
                output: counts.output,
                cached: counts.cached,
            }),
            stop: state
                .choices
                .iter()
                .find_map(|choice| choice.finish.clone()),
            complete: state.done,
            error: state.error.clone(),
            model: envelope.and_then(|envelope| envelope.model.clone()),
            response_id: envelope.and_then(|envelope| envelope.id.clone()),
            ..Facts::default()
        }
    }

    fn is_over(state: &State) -> bool {
        state.is_over()
    }
}

/// Whether a chunk has one choice with a piece of what it says, and nothing that is told once.
fn says_a_piece(chunk: &Value) -> bool {
    let lacks = |value: &Value, names: &[&str]| {
        let mut names = names.iter();
        names.all(|name| value.get(*name).is_none_or(Value::is_null))
    };
    let choices = chunk.get("choices").and_then(Value::as_array);
    let Some([choice]) = choices.map(Vec::as_slice) else {
        return false;
    };
    let delta = choice.get("delta").filter(|delta| delta.is_object());
    lacks(chunk, &["error", "usage", "prompt_filter_results"])
        && lacks(choice, &["finish_reason", "logprobs"])
        && delta.is_some_and(|delta| lacks(delta, &["role", "function_call", "audio"]))
}

/// Reads from a request body what the answer must fit.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let number = |key: &str| body.get(key).and_then(Value::as_u64);
    if body.get("stream").and_then(Value::as_bool) == Some(true) {
        asked.delivery = Delivery::Sse;
    }
    asked.model = text("model").map(str::to_owned);
    asked.max_tokens = number("max_completion_tokens").or_else(|| number("max_tokens"));
    asked.n = Some(number("n").unwrap_or(1));
    asked.tools = Some(names(body));
    asked.tool_choice = body
        .get("tool_choice")
        .or_else(|| body.get("function_call"))
        .and_then(tool_choice);
    asked.thinking = text("reasoning_effort").map(|effort| effort != "none");
    asked.stop_sequences = Some(match body.get("stop") {
        Some(Value::Array(stops)) => stops
            .iter()
            .filter_map(|stop| stop.as_str().map(str::to_owned))
            .collect(),
        stop => {
            let stop = stop.and_then(Value::as_str);
            stop.map(str::to_owned).into_iter().collect()
        }
    });
    let usage = body.pointer("/stream_options/include_usage");
    asked.include_usage = Some(usage.and_then(Value::as_bool).unwrap_or(false));
    let format = body
        .pointer("/response_format/type")
        .and_then(Value::as_str);
    asked.json = Some(matches!(format, Some("json_object" | "json_schema")));
}

/// Names of all kinds of tool, the retired `functions` among them.
fn names(body: &Value) -> Vec<String> {
    let list = |key: &str| {
        body.get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let tools = list("tools").filter_map(|tool| {
        let kind = tool
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("function");
        tool.get(kind)?.get("name")?.as_str()
    });
    let functions = list("functions").filter_map(|function| function.get("name")?.as_str());
    tools.chain(functions).map(str::to_owned).collect()
}

fn tool_choice(choice: &Value) -> Option<AskedToolChoice> {
    if let Some(word) = choice.as_str() {
        return match word {
            "auto" => Some(AskedToolChoice::Auto),
            "none" => Some(AskedToolChoice::None),
            "required" => Some(AskedToolChoice::Required),
            _ => None,
        };
    }
    let named = choice
        .pointer("/function/name")
        .or_else(|| choice.pointer("/custom/name"))
        .or_else(|| choice.get("name"));
    Some(AskedToolChoice::Named(named?.as_str()?.to_owned()))
}
