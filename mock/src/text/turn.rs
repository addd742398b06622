//! Whose turn it is: whether a conversation ends with the results of tools.

use serde_json::Value;

use super::{Dialect, Prompt};

/// The last thing that was said is what a tool gave back. A model that may do as it likes then
/// speaks: one that called its tools again for ever would let no client's tool loop end.
pub(super) fn answers_calls(prompt: &Prompt) -> bool {
    let last = |list: &str| prompt.body[list].as_array().and_then(|all| all.last());
    match prompt.dialect {
        Dialect::AnthropicMessages => last("messages").is_some_and(|message| {
            parts(&message["content"]).any(|part| part["type"] == "tool_result")
        }),
        Dialect::OpenaiChat => last("messages").is_some_and(|message| message["role"] == "tool"),
        Dialect::OpenaiResponses => {
            last("input").is_some_and(|item| item["type"] == "function_call_output")
        }
        Dialect::Gemini => last("contents").is_some_and(|content| {
            let is_result = |part: &Value| {
                let mut names = ["functionResponse", "function_response"].iter();
                names.any(|name| part.get(*name).is_some())
            };
            is_result(&content["parts"]) || parts(&content["parts"]).any(is_result)
        }),
    }
}

fn parts(content: &Value) -> impl Iterator<Item = &Value> {
    content.as_array().into_iter().flatten()
}
