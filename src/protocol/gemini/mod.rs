//! Google Gemini: `:generateContent` and `:streamGenerateContent`, as events or as one array.
//!
//! Written after Google's published API reference and protocol buffers and after what its service
//! was recorded to send. Every piece of a stream is a whole response object with running totals.

mod asked;
mod encode;
mod part;
mod state;

use crate::json::{self, Value};

pub use asked::read_asked;
pub use encode::encode;
pub use part::{Payload as PartPayload, payload_of};
pub use state::{Call, Candidate, Counts, Fall, State, server_side};

use super::repeat::{Hole, Repeat};
use super::{Event, Facts, Meaning, Payload, Protocol};

pub struct Gemini;

impl Protocol for Gemini {
    type State = State;

    const REPEATS: &'static [Repeat] = &[Repeat {
        of: None,
        fits: says_a_piece,
        holes: &[
            Hole::Text("/candidates/0/content/parts/0/text"),
            Hole::Number("/usageMetadata/candidatesTokenCount"),
            Hole::Number("/usageMetadata/thoughtsTokenCount"),
            Hole::Number("/usageMetadata/totalTokenCount"),
        ],
    }];

    fn apply(state: &mut State, event: &Event<'_>) -> Meaning {
        let lines = event.lines();
        let odd = lines.comment + lines.event + lines.id + lines.retry + lines.unspaced;
        state.odd_lines |= odd > 0;
        match &event.payload {
            Payload::Json(chunk) => state.take(chunk),
            Payload::Done => {
                state.done_marker = true;
                Meaning::default()
            }
            Payload::Empty => match raw_error(event.frame().raw) {
                Some(error) => state.take(&error),
                None => Meaning::default(),
            },
            Payload::NotJson(_) => Meaning::default(),
        }
    }

    fn apply_body(state: &mut State, body: &Value) {
        state.take(body);
    }

    fn facts(state: &State) -> Facts {
        state.facts()
    }

    fn is_over(state: &State) -> bool {
        state.is_over()
    }
}

/// Whether a chunk has one candidate with one part, and nothing that ends it.
fn says_a_piece(chunk: &Value) -> bool {
    let candidates = chunk.get("candidates").and_then(Value::as_array);
    let Some([candidate]) = candidates.map(Vec::as_slice) else {
        return false;
    };
    let parts = candidate.pointer("/content/parts");
    let is_one = parts.and_then(Value::as_array).map(Vec::len) == Some(1);
    let ends = candidate.get("finishReason").is_some() || chunk.get("promptFeedback").is_some();
    is_one && !ends && chunk.get("error").is_none()
}

/// An error that stands in an event stream as plain JSON, without `data:`. The service was seen to
/// send its errors in either form.
pub fn raw_error(block: &[u8]) -> Option<Value> {
    if !block.starts_with(b"{") {
        return None;
    }
    let value = json::parse(block).ok()?;
    value.get("error").is_some().then_some(value)
}
