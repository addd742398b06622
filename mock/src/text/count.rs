//! How the replica counts the tokens of a request: by bytes, so that anyone can check the sum.

use serde_json::Value;

use super::Dialect;

/// Fixed costs, in tokens. The image's is what Gemini charges for a small one.
pub(super) const A_MESSAGE: u64 = 4;
pub(super) const A_TOOL: u64 = 8;
pub(super) const AN_IMAGE: u64 = 258;

/// Keys of a message whose strings are not read by the model.
pub(super) const SILENT: &[&str] = &[
    "type",
    "role",
    "id",
    "call_id",
    "tool_use_id",
    "tool_call_id",
    "cache_control",
    "signature",
    "thoughtSignature",
    "thought_signature",
    "mimeType",
    "mime_type",
    "media_type",
    "status",
    "encrypted_content",
    "item_id",
];

/// Tokens of a request's input: a quarter of the UTF-8 bytes of its texts, rounded up, plus 4 a
/// message, 8 a tool (whose name, description and schema are texts too) and 258 an image. At
/// least 1. Instructions are no message wherever they stand, and a tool counts as what every
/// protocol can say of it, so that the same question has the same count in all four.
pub fn input_tokens(dialect: Dialect, body: &Value) -> u64 {
    let sum = tally(dialect, body);
    (sum.bytes.div_ceil(4) + sum.fixed + sum.images * AN_IMAGE).max(1)
}

/// The part of [`input_tokens`] that is for images.
pub(super) fn image_tokens(dialect: Dialect, body: &Value) -> u64 {
    tally(dialect, body).images * AN_IMAGE
}

#[derive(Default)]
struct Tally {
    bytes: u64,
    fixed: u64,
    images: u64,
}

fn tally(dialect: Dialect, body: &Value) -> Tally {
    let mut sum = Tally::default();
    let (messages, systems): (&[&str], &[&str]) = match dialect {
        Dialect::AnthropicMessages => (&["messages"], &["system"]),
        Dialect::OpenaiChat => (&["messages"], &[]),
        Dialect::OpenaiResponses => (&["input"], &["instructions"]),
        Dialect::Gemini => (&["contents"], &["systemInstruction", "system_instruction"]),
    };
    for value in messages.iter().filter_map(|key| body.get(key)) {
        let turns = |list: &Vec<Value>| list.iter().filter(|one| !instructs(one)).count();
        let count = value.as_array().map_or(1, turns);
        sum.fixed += A_MESSAGE * u64::try_from(count).unwrap_or(u64::MAX / 8);
        sum.read(value);
    }
    for value in systems.iter().filter_map(|key| body.get(key)) {
        sum.read(value);
    }
    let tools = match &body["tools"] {
        Value::Array(tools) => tools.as_slice(),
        one @ Value::Object(_) => std::slice::from_ref(one),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => &[],
    };
    for tool in tools {
        let declared = ["functionDeclarations", "function_declarations"]
            .iter()
            .find_map(|key| tool[*key].as_array());
        match declared {
            Some(functions) => functions.iter().for_each(|function| sum.tool(function)),
            None => sum.tool(tool),
        }
    }
    sum
}

impl Tally {
    fn tool(&mut self, tool: &Value) {
        self.fixed += A_TOOL;
        self.bytes += u64::try_from(tool_text(tool).len()).unwrap_or(0);
    }

    fn read(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.bytes += u64::try_from(text.len()).unwrap_or(0),
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            Value::Object(_) if is_image(value) => self.images += 1,
            Value::Object(map) => {
                for (_, member) in map
                    .iter()
                    .filter(|(key, _)| !SILENT.contains(&key.as_str()))
                {
                    self.read(member);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Whether a message holds instructions, which others say apart from their messages.
pub(super) fn instructs(message: &Value) -> bool {
    matches!(message["role"].as_str(), Some("system" | "developer"))
}

/// What the model reads of a tool. Of one with a schema: name, description and the schema but for
/// `additionalProperties`, which Gemini's declarations cannot say.
pub(super) fn tool_text(tool: &Value) -> String {
    let function = tool.get("function").unwrap_or(tool);
    let schemas = ["parameters", "input_schema", "parametersJsonSchema"];
    let schema = schemas.iter().find_map(|key| function.get(*key));
    let Some(schema) = schema else {
        return tool.to_string();
    };
    let word = |key: &str| function[key].as_str().unwrap_or_default();
    let schema = open(schema);
    format!("{} {} {schema}", word("name"), word("description"))
}

/// A schema that says nothing of members it does not name.
fn open(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(key, _)| *key != "additionalProperties");
            kept.map(|(key, member)| (key.clone(), open(member)))
                .collect()
        }
        Value::Array(items) => items.iter().map(open).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

pub(super) fn is_image(part: &Value) -> bool {
    matches!(
        part["type"].as_str(),
        Some("image" | "image_url" | "input_image")
    ) || ["inlineData", "inline_data", "fileData", "file_data"]
        .iter()
        .any(|key| part.get(*key).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_sum_is_bytes_by_four_and_fixed_costs() {
        let body = json!({"system": "12345678", "messages": [
            {"role": "user", "content": "naïve"},
            {"role": "user", "content": [{"type": "text", "text": "ab"},
                {"type": "image", "source": {"type": "base64", "data": "AAAAAAAAAAAA"}}]}]});
        // 8 + 6 + 2 bytes, two messages, one image.
        assert_eq!(input_tokens(Dialect::AnthropicMessages, &body), 4 + 8 + 258);
        assert_eq!(
            input_tokens(Dialect::OpenaiResponses, &json!({"input": "12345"})),
            2 + 4
        );
        assert_eq!(input_tokens(Dialect::Gemini, &json!({})), 1);
    }

    #[test]
    fn the_four_protocols_count_the_same_words_alike() {
        let (text, system) = ("How many boats are in the harbour?", "Be brief.");
        let schema = json!({"type": "object", "properties": {"port": {"type": "string"}}});
        let mut strict = schema.clone();
        strict["additionalProperties"] = json!(false);
        let (name, about) = ("boats", "Counts boats");
        let bodies = [
            (
                Dialect::AnthropicMessages,
                json!({"system": system, "messages": [{"role": "user", "content": text}], "tools":
                    [{"name": name, "description": about, "input_schema": strict}]}),
            ),
            (
                Dialect::OpenaiChat,
                json!({"messages": [{"role": "system", "content": system},
                    {"role": "user", "content": text}], "tools": [{"type": "function", "function":
                    {"name": name, "description": about, "parameters": strict, "strict": true}}]}),
            ),
            (
                Dialect::OpenaiResponses,
                json!({"instructions": system, "input": text, "tools": [{"type": "function",
                    "name": name, "description": about, "parameters": strict}]}),
            ),
            (
                Dialect::Gemini,
                json!({"systemInstruction": {"parts": [{"text": system}]},
                    "contents": [{"role": "user", "parts": [{"text": text}]}], "tools":
                    [{"functionDeclarations":
                        [{"name": name, "description": about, "parameters": schema}]}]}),
            ),
        ];
        let tool = "boats Counts boats ".len() + schema.to_string().len();
        let bytes = u64::try_from(text.len() + system.len() + tool).unwrap();
        for (dialect, body) in bodies {
            let counted = input_tokens(dialect, &body);
            assert_eq!(counted, bytes.div_ceil(4) + 4 + 8, "{dialect:?}");
        }
    }
}
