//! What a request says to its model, whichever protocol it says it in.
//!
//! The words of an answer follow from this alone: asked whole or streamed, over one protocol or
//! another, the same question to the same model has the same answer, and so the same usage.

use serde_json::Value;

use super::count::SILENT;
use super::{Dialect, Prompt};
use crate::seed;

/// A number that follows from the model, the texts that it reads in their order, and the names of
/// its tools.
pub fn said(prompt: &Prompt, seed: u64) -> u64 {
    let (systems, messages): (&[&str], &str) = match prompt.dialect {
        Dialect::AnthropicMessages => (&["system"], "messages"),
        Dialect::OpenaiChat => (&[], "messages"),
        Dialect::OpenaiResponses => (&["instructions"], "input"),
        Dialect::Gemini => (&["systemInstruction", "system_instruction"], "contents"),
    };
    let mut hash = seed::hash(seed, &[b"said", prompt.model.as_bytes()]);
    for name in systems.iter().copied().chain([messages]) {
        hash = prompt
            .body
            .get(name)
            .map_or(hash, |value| read(value, hash));
    }
    for tool in &prompt.tools {
        hash = seed::hash(hash, &[tool.name.as_bytes()]);
    }
    hash
}

fn read(value: &Value, hash: u64) -> u64 {
    match value {
        Value::String(text) => seed::hash(hash, &[text.as_bytes()]),
        Value::Array(items) => items.iter().fold(hash, |hash, item| read(item, hash)),
        Value::Object(members) => {
            let read_by_model = |(name, _): &(&String, &Value)| !SILENT.contains(&name.as_str());
            let members = members.iter().filter(read_by_model);
            members.fold(hash, |hash, (_, member)| read(member, hash))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => hash,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::read as read_prompt;

    fn number(dialect: Dialect, body: &Value) -> u64 {
        let model = (dialect == Dialect::Gemini).then_some("a-model");
        said(&read_prompt(dialect, model, None, body).unwrap(), 1)
    }

    #[test]
    fn four_ways_to_say_the_same_are_the_same() {
        let text = "How many boats are in the harbour?";
        let turns = json!([{"role": "user", "content": text}]);
        let numbers = [
            number(
                Dialect::AnthropicMessages,
                &json!({"model": "a-model", "messages": turns, "max_tokens": 9, "stream": true}),
            ),
            number(
                Dialect::OpenaiChat,
                &json!({"model": "a-model", "messages": turns}),
            ),
            number(
                Dialect::OpenaiResponses,
                &json!({"model": "a-model", "input": text}),
            ),
            number(
                Dialect::Gemini,
                &json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
            ),
        ];
        assert_eq!(numbers, [numbers[0]; 4]);
    }

    #[test]
    fn another_word_model_or_turn_is_another_question() {
        let ask = |model: &str, turns: Value| {
            number(
                Dialect::OpenaiChat,
                &json!({"model": model, "messages": turns}),
            )
        };
        let turn = |text: &str| json!({"role": "user", "content": text});
        let numbers = [
            ask("a-model", json!([turn("one")])),
            ask("b-model", json!([turn("one")])),
            ask("a-model", json!([turn("two")])),
            ask("a-model", json!([turn("one"), turn("two")])),
            ask("a-model", json!([turn("onetwo")])),
        ];
        let distinct: std::collections::HashSet<_> = numbers.into_iter().collect();
        assert_eq!(distinct.len(), numbers.len());
    }
}
