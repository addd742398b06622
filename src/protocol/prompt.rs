//! What requests say: texts of a wanted length from a seed, tool definitions, a small image.
//!
//! Requests must be a pure function of (scenario, seed), byte for byte, so nothing here depends on
//! a platform or a library's choice of generator beyond one that is fixed by its definition.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

use crate::scenario::request::{Prompt, Tool};

/// Common short words: each is about one token for the usual tokenizers.
const WORDS: &[&str] = &[
    "river", "stone", "light", "quiet", "market", "number", "garden", "paper", "winter", "signal",
    "harbor", "engine", "yellow", "answer", "bridge", "moment", "circle", "forest", "window",
    "letter", "copper", "island", "thread", "summer", "valley", "mirror", "candle", "rocket",
    "planet", "silver", "ladder", "basket",
];

/// The prompt's text. Seeded texts begin with the seed in hex, so that no two calls of a run say
/// the same and no cache in front of a model can answer.
pub fn text(prompt: &Prompt, seed: u64) -> String {
    let tokens = match prompt {
        Prompt::Text(text) => return text.clone(),
        Prompt::Tokens(tokens) => *tokens,
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut text = format!("Note {seed:016x}: continue this list.");
    // The opening is some twelve tokens long.
    for _ in 12..tokens {
        text.push(' ');
        text.push_str(WORDS[rng.random_range(0..WORDS.len())]);
    }
    text
}

/// A tool as every protocol describes it: a name, a sentence and a JSON Schema of its arguments.
pub struct ToolDefinition {
    pub name: &'static str,
    pub description: &'static str,
    pub parameters: Value,
}

/// The definition behind a tool's name in the scenario.
pub fn tool(tool: Tool) -> ToolDefinition {
    let (name, description, parameters) = match tool {
        Tool::Weather => (
            "get_weather",
            "Current weather of a city",
            json!({
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "City name"},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                    "days": {"type": "integer"}
                },
                "required": ["city", "unit", "days"],
                "additionalProperties": false
            }),
        ),
        Tool::Time => (
            "get_time",
            "Local time of a city",
            json!({
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": false
            }),
        ),
        Tool::Search => (
            "search",
            "Full-text search in a document store",
            json!({
                "type": "object",
                "properties": {
                    "query": {"type": "string"},
                    "limit": {"type": "integer"},
                    "tags": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["query", "limit", "tags"],
                "additionalProperties": false
            }),
        ),
    };
    ToolDefinition {
        name,
        description,
        parameters,
    }
}

/// A 16 by 16 black-and-white PNG, base64: the image part of a prompt and the source of an edit.
pub const IMAGE_PNG_BASE64: &str = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAAE0lEQVR42mPg\
     52eAow8fEAiHOAAqXw/xPczXZQAAAABJRU5ErkJggg==";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_a_function_of_its_seed_and_about_as_long_as_asked() {
        let prompt = Prompt::Tokens(200);
        assert_eq!(text(&prompt, 7), text(&prompt, 7));
        assert_ne!(text(&prompt, 7), text(&prompt, 8));
        assert_eq!(text(&prompt, 7).split(' ').count(), 5 + 200 - 12);
    }
}
