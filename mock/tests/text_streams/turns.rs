//! Conversations that end with what a tool gave back.

use serde_json::{Value, json};
use spikeproof_mock::text::{Delivery, Dialect};

use crate::{DIALECTS, bytes, frames, prompt, read_whole};

/// A conversation in which the model has called `weather` and was told what it wanted to know.
fn answered(dialect: Dialect) -> Value {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let function = json!({"name": "weather", "parameters": schema});
    match dialect {
        Dialect::AnthropicMessages => json!({"model": "m", "max_tokens": 400,
            "tools": [{"name": "weather", "input_schema": schema}],
            "messages": [{"role": "user", "content": "Rain?"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t",
                    "name": "weather", "input": {}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t",
                    "content": "rain"}]}]}),
        Dialect::OpenaiChat => json!({"model": "m",
            "tools": [{"type": "function", "function": function}],
            "messages": [{"role": "user", "content": "Rain?"},
                {"role": "assistant", "tool_calls": [{"id": "t", "type": "function",
                    "function": {"name": "weather", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "t", "content": "rain"}]}),
        Dialect::OpenaiResponses => json!({"model": "m",
            "tools": [{"type": "function", "name": "weather", "parameters": schema}],
            "input": [{"role": "user", "content": "Rain?"},
                {"type": "function_call", "call_id": "t", "name": "weather", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "t", "output": "rain"}]}),
        Dialect::Gemini => json!({"tools": [{"functionDeclarations": [function]}],
            "contents": [{"role": "user", "parts": [{"text": "Rain?"}]},
                {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {}}}]},
                {"role": "user", "parts": [{"functionResponse": {"name": "weather",
                    "response": {"sky": "rain"}}}]}]}),
    }
}

#[test]
fn a_model_that_has_its_results_speaks_unless_it_must_call_again() {
    for dialect in DIALECTS {
        let body = answered(dialect);
        let calls = |body: &Value| {
            let prompt = prompt(dialect, Delivery::Unary, body);
            let said = read_whole(&prompt, &bytes(&frames(&prompt, 1))).expect("it is healthy");
            (said.choices[0].calls.len(), said.choices[0].text.is_empty())
        };
        assert_eq!(calls(&body), (0, false), "{dialect:?}");
        let mut forced = body.clone();
        match dialect {
            Dialect::AnthropicMessages => forced["tool_choice"] = json!({"type": "any"}),
            Dialect::OpenaiChat | Dialect::OpenaiResponses => {
                forced["tool_choice"] = json!("required");
            }
            Dialect::Gemini => {
                forced["toolConfig"] = json!({"functionCallingConfig": {"mode": "ANY"}});
            }
        }
        assert_eq!(calls(&forced).0, 1, "{dialect:?}");
        let list = ["messages", "input", "contents"]
            .into_iter()
            .find(|list| body.get(list).is_some())
            .expect("there is a list");
        let mut asked_again = body.clone();
        let question = body[list][0].clone();
        asked_again[list]
            .as_array_mut()
            .expect("it is a list")
            .push(question);
        assert_eq!(calls(&asked_again).0, 1, "{dialect:?}");
    }
}
