//! What a stream of images has said so far.

use crate::json::Value;

use super::usage_of;
use crate::protocol::Usage;

/// The members that say how a picture came to look.
pub const LOOKS: [&str; 4] = ["size", "quality", "background", "output_format"];

/// Counters and the last values seen; no image is kept.
#[derive(Debug, Default)]
pub struct State {
    /// Events with JSON data.
    pub events: u32,
    pub partials: u32,
    /// Completed images, or those of a whole body.
    pub completed: u32,
    /// The highest `created_at` seen.
    pub created_at: Option<i64>,
    /// Those of the last completed image.
    pub usage: Option<Usage>,
    pub error: Option<(String, String)>,
    /// What the last event said of each of [`LOOKS`].
    pub looks: [Option<String>; 4],
    /// `[DONE]` was seen.
    pub done: bool,
}

impl State {
    pub(super) fn picture(&mut self, value: &Value, completed: bool) {
        if completed {
            self.completed += 1;
            self.usage = usage_of(value).or(self.usage);
        } else {
            self.partials += 1;
        }
        for (name, look) in LOOKS.iter().zip(&mut self.looks) {
            if let Some(found) = value.get(*name).and_then(Value::as_str) {
                // Longer ones are no looks and are not kept.
                *look = (found.len() < 64).then(|| found.to_owned());
            }
        }
        let created = value.get("created_at").and_then(Value::as_i64);
        self.created_at = self.created_at.max(created);
    }

    pub(super) fn fail(&mut self, value: &Value) {
        let error = value.get("error").unwrap_or(value);
        let word = |key: &str| error.get(key).and_then(Value::as_str);
        let kind = word("code").or_else(|| word("type")).unwrap_or_default();
        let message = word("message").unwrap_or_default();
        self.error = Some((kind.to_owned(), message.to_owned()));
    }

    pub(super) fn whole(&mut self, body: &Value) {
        let data = body.get("data").and_then(Value::as_array);
        let count = data.map_or(0, Vec::len);
        self.completed = u32::try_from(count).unwrap_or(u32::MAX);
        self.usage = usage_of(body);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::protocol::openai_images::OpenaiImages;
    use crate::protocol::{Event, Payload, Protocol};
    use crate::wire::frame::{Frame, Lines};

    use super::*;

    proptest! {
        #[test]
        fn no_json_upsets_the_state(texts in prop::collection::vec(
            "\\{\"type\":\"(error|image_edit.completed|image_generation.partial_image|x)\"\
             (,\"(b64_json|created_at|usage|error)\":(1|null|\"x\"|\\{\\}|-9|1e300))?\\}",
            0..8,
        )) {
            let mut state = State::default();
            for text in &texts {
                let payload = match crate::json::parse(text.as_bytes()) {
                    Ok(value) => Payload::Json(value),
                    Err(error) => Payload::NotJson(error.to_string()),
                };
                let frame = Frame {
                    index: 0,
                    offset: 0,
                    raw: text.as_bytes(),
                    name: None,
                    data: text.as_bytes().into(),
                    lines: Lines::default(),
                };
                OpenaiImages::apply(&mut state, &Event::new(&frame, payload));
            }
            OpenaiImages::facts(&state);
        }
    }
}
