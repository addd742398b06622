//! OpenAI Images: generations and edits, whole and streamed.
//!
//! The gateway shows `{created, data: [{url, revised_prompt}]}`; the vendor's schema adds base64,
//! echoes and usage, and a stream of partial images that ends with the completed one.

pub mod encode;
mod state;

use crate::json::Value;

use super::{Asked, Event, Facts, Meaning, Payload, Protocol, Usage};
pub use state::{LOOKS, State};

pub struct OpenaiImages;

impl Protocol for OpenaiImages {
    type State = State;

    /// A completed image ends the stream of one; of several, each is taken for the end so far.
    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        let value = match &event.payload {
            Payload::Json(value) => value,
            Payload::Done => {
                state.done = true;
                return Meaning::default();
            }
            Payload::NotJson(_) | Payload::Empty => return Meaning::default(),
        };
        state.events += 1;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("");
        if kind == "error" || (kind.is_empty() && value.get("error").is_some()) {
            state.fail(value);
            return Meaning {
                terminal: true,
                ..Meaning::default()
            };
        }
        let completed = kind.ends_with(".completed");
        if !completed && !kind.ends_with(".partial_image") {
            return Meaning::default();
        }
        let picture = value.get("b64_json").and_then(Value::as_str);
        let carries = picture.is_some_and(|text| !text.is_empty());
        state.picture(value, completed);
        Meaning {
            token: carries,
            visible: carries,
            terminal: completed,
        }
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.whole(body);
    }

    fn facts(state: &State) -> Facts {
        Facts {
            usage: state.usage,
            complete: state.completed > 0 || state.error.is_some(),
            error: state.error.clone(),
            images: state.completed,
            ..Facts::default()
        }
    }
}

/// Token counts of a `usage` object, where it has them.
pub fn usage_of(value: &Value) -> Option<Usage> {
    let usage = value.get("usage")?;
    Some(Usage {
        input: usage.get("input_tokens")?.as_u64()?,
        output: usage.get("output_tokens")?.as_u64()?,
        cached: 0,
    })
}

/// Reads from a request body what the answer must fit.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    asked.model = body.get("model").and_then(Value::as_str).map(str::to_owned);
    // One is what is made when no number is named.
    asked.n = match body.get("n") {
        None | Some(Value::Null) => Some(1),
        Some(n) => n.as_u64().or_else(|| n.as_str()?.parse().ok()),
    };
}
