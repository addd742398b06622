//! Request bodies that cannot be answered are refused by the name of the field at fault.

mod conversations;

use serde_json::{Value, json};
use spikeproof_mock::text::{Delivery, Dialect, Refusal, ToolChoice, read};

fn fault(dialect: Dialect, body: &Value) -> String {
    match read(dialect, Some("gemini-replica"), None, body) {
        Ok(_) => "accepted".to_owned(),
        Err(Refusal::Missing { field }) => format!("missing {field}"),
        Err(Refusal::Invalid { field, .. }) => format!("invalid {field}"),
    }
}

/// Lays each change over the base and compares the fault.
pub(crate) fn check(dialect: Dialect, base: &Value, cases: &[(Value, &str)]) {
    assert_eq!(fault(dialect, base), "accepted");
    for (change, expected) in cases {
        let mut body = base.clone();
        for (key, value) in change.as_object().expect("an object") {
            body[key.as_str()] = value.clone();
        }
        assert_eq!(&fault(dialect, &body), expected, "{dialect:?} {change}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn messages_requests_are_checked_field_by_field() {
    let base = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}],
        "surprise": 1});
    let tool = json!({"name": "f", "input_schema": {"type": "object"}});
    let call = json!({"role": "assistant",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]});
    let thinks = json!({"type": "enabled", "budget_tokens": 1024});
    check(
        Dialect::AnthropicMessages,
        &base,
        &[
            (json!({"model": null}), "missing model"),
            (json!({"model": 5}), "invalid model"),
            (json!({"max_tokens": null}), "missing max_tokens"),
            (json!({"max_tokens": -1}), "invalid max_tokens"),
            (json!({"max_tokens": 1.5}), "invalid max_tokens"),
            (json!({"messages": null}), "missing messages"),
            (json!({"messages": []}), "invalid messages"),
            (
                json!({"messages": [{"role": "tool", "content": "x"}]}),
                "invalid messages.0.role",
            ),
            (
                json!({"messages": [{"content": "x"}]}),
                "missing messages.0.role",
            ),
            (
                json!({"messages": [{"role": "user"}]}),
                "missing messages.0.content",
            ),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}),
                "invalid messages.0.content.0.text",
            ),
            (
                json!({"messages": [{"role": "user", "content": "x"}, call]}),
                "invalid messages.1",
            ),
            (json!({"temperature": 1.1}), "invalid temperature"),
            (json!({"stream": "yes"}), "invalid stream"),
            (json!({"stop_sequences": [" "]}), "invalid stop_sequences"),
            (
                json!({"tools": [{"name": "f"}]}),
                "missing tools.0.input_schema",
            ),
            (
                json!({"tools": [{"name": "f g", "input_schema": {}}]}),
                "invalid tools.0.name",
            ),
            (json!({"tools": [tool, tool]}), "invalid tools"),
            (
                json!({"tool_choice": {"type": "tool", "name": "f"}}),
                "invalid tool_choice.name",
            ),
            (
                json!({"thinking": thinks}),
                "invalid thinking.budget_tokens",
            ),
            (
                json!({"thinking": {"type": "enabled"}}),
                "missing thinking.budget_tokens",
            ),
            (
                json!({"max_tokens": 2000, "thinking": thinks, "tools": [tool],
            "tool_choice": {"type": "any"}}),
                "invalid thinking",
            ),
        ],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn chat_requests_are_checked_field_by_field() {
    let base = json!({"model": "m", "messages": [{"role": "user", "content": "x"}], "odd": []});
    let call = json!({"role": "assistant", "content": null,
        "tool_calls": [{"id": "call_1", "type": "function"}]});
    let tool = json!({"type": "function", "function": {"name": "f"}});
    check(
        Dialect::OpenaiChat,
        &base,
        &[
            (json!({"model": null}), "missing model"),
            (json!({"messages": "x"}), "invalid messages"),
            (
                json!({"messages": [{"role": "bot", "content": "x"}]}),
                "invalid messages[0].role",
            ),
            (json!({"messages": [call]}), "invalid messages[0]"),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "sound"}]}]}),
                "invalid messages[0].content[0].type",
            ),
            (
                json!({"stream_options": {"include_usage": true}}),
                "invalid stream_options",
            ),
            (json!({"n": 0}), "invalid n"),
            (json!({"n": 129}), "invalid n"),
            (json!({"temperature": 2.1}), "invalid temperature"),
            (json!({"max_tokens": 0}), "invalid max_tokens"),
            (json!({"stop": ["a", "b", "c", "d", "e"]}), "invalid stop"),
            (json!({"top_logprobs": 2}), "invalid top_logprobs"),
            (json!({"tools": vec![tool.clone(); 129]}), "invalid tools"),
            (
                json!({"tools": [{"type": "function", "function": {"name": "a b"}}]}),
                "invalid tools[0].function.name",
            ),
            (json!({"tool_choice": "required"}), "invalid tool_choice"),
            (
                json!({"tools": [tool],
                    "tool_choice": {"type": "function", "function": {"name": "g"}}}),
                "invalid tool_choice.function.name",
            ),
            (
                json!({"response_format": {"type": "xml"}}),
                "invalid response_format.type",
            ),
            (
                json!({"reasoning_effort": "huge"}),
                "invalid reasoning_effort",
            ),
            (
                json!({"response_format": {"type": "json_schema", "json_schema": {"name": "w",
                    "strict": true, "schema": {"type": "object", "additionalProperties": false,
                        "properties": {"a": {"type": "string"}}, "required": []}}}}),
                "invalid response_format.json_schema.schema",
            ),
            (
                json!({"response_format": {"type": "json_schema", "json_schema": {"name": "w",
                    "strict": true, "schema": {"type": "object", "required": ["a"],
                        "additionalProperties": false, "properties": {"a": {"type": "array",
                            "items": {"type": "object", "properties": {}}}}}}}}),
                "invalid response_format.json_schema.schema.a.items",
            ),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "image_url",
                    "image_url": {"url": "data:image/png;base64,%%"}}]}]}),
                "invalid messages[0].content[0].image_url.url",
            ),
            (
                json!({"messages": [{"role": "user", "content": [{"type": "image_url",
                    "image_url": {"url": "data:text/html;base64,AAAA"}}]}]}),
                "invalid messages[0].content[0].image_url.url",
            ),
        ],
    );
}

#[test]
fn responses_requests_are_checked_field_by_field() {
    let base = json!({"model": "m", "input": "x", "odd": {}});
    let output = json!({"type": "function_call_output", "call_id": "c", "output": "x"});
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    check(
        Dialect::OpenaiResponses,
        &base,
        &[
            (json!({"input": null}), "missing input"),
            (json!({"input": 7}), "invalid input"),
            (
                json!({"input": [{"role": "bot", "content": "x"}]}),
                "invalid input[0].role",
            ),
            (json!({"input": [call]}), "invalid input"),
            (json!({"input": [output]}), "invalid input"),
            (
                json!({"input": [output], "previous_response_id": "resp_1"}),
                "accepted",
            ),
            (json!({"input": [call, output]}), "accepted"),
            (
                json!({"max_output_tokens": 15}),
                "invalid max_output_tokens",
            ),
            (json!({"temperature": -1}), "invalid temperature"),
            (
                json!({"tools": [{"type": "function"}]}),
                "missing tools[0].name",
            ),
            (
                json!({"text": {"format": {"type": "json_schema"}}}),
                "missing text.format.schema",
            ),
            (
                json!({"reasoning": {"effort": "huge"}}),
                "invalid reasoning.effort",
            ),
            (
                json!({"input": [{"role": "user", "content": [{"type": "input_image",
                    "image_url": "ftp://example.com/a.png"}]}]}),
                "invalid input[0].content[0].image_url",
            ),
            (
                json!({"text": {"format": {"type": "json_schema", "name": "w", "strict": true,
                    "schema": {"type": "object", "properties": {}}}}}),
                "invalid text.format.schema",
            ),
        ],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn gemini_requests_are_checked_field_by_field() {
    let base = json!({"contents": [{"role": "user", "parts": [{"text": "x"}]}], "odd": 1});
    check(
        Dialect::Gemini,
        &base,
        &[
            (json!({"contents": null}), "missing contents"),
            (json!({"contents": []}), "missing contents"),
            (
                json!({"systemInstruction": {"parts": {"text": "x"}}}),
                "accepted",
            ),
            (
                json!({"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}),
                "invalid contents[0].role",
            ),
            (
                json!({"contents": [{"parts": []}]}),
                "invalid contents[0].parts",
            ),
            (
                json!({"generationConfig": {"temperature": 3}}),
                "invalid generationConfig.temperature",
            ),
            (
                json!({"generation_config": {"max_output_tokens": 0}}),
                "invalid generation_config.max_output_tokens",
            ),
            (
                json!({"generationConfig": {"stopSequences": ["1", "2", "3", "4", "5", "6"]}}),
                "invalid generationConfig.stopSequences",
            ),
            (
                json!({"generationConfig": {"responseMimeType": "text/xml"}}),
                "invalid generationConfig.responseMimeType",
            ),
            (
                json!({"generationConfig": {"responseSchema": {"type": "OBJECT"}}}),
                "invalid generationConfig.responseSchema",
            ),
            (
                json!({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png",
                    "data": "%"}}]}]}),
                "invalid contents[0].parts[0].inlineData.data",
            ),
            (
                json!({"contents": [{"role": "model", "parts": [{"functionCall":
                    {"name": "f", "args": {}}}]}]}),
                "invalid contents[0]",
            ),
            (
                json!({"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
                "invalid toolConfig.functionCallingConfig.mode",
            ),
        ],
    );
    assert_eq!(
        read(Dialect::Gemini, None, None, &base).unwrap_err(),
        Refusal::Missing {
            field: "model".to_owned()
        }
    );
}

#[test]
fn bodies_that_are_no_objects_are_refused() {
    for dialect in [
        Dialect::AnthropicMessages,
        Dialect::OpenaiChat,
        Dialect::OpenaiResponses,
        Dialect::Gemini,
    ] {
        for body in [json!(null), json!([]), json!("x"), json!(1)] {
            assert_eq!(fault(dialect, &body), "invalid ");
        }
    }
}

#[test]
fn the_body_decides_the_delivery_except_for_gemini() {
    let chat =
        json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": "x"}]});
    let prompt = read(Dialect::OpenaiChat, None, Some(Delivery::Unary), &chat).unwrap();
    assert_eq!(
        (prompt.delivery, prompt.model.as_str()),
        (Delivery::Sse, "m")
    );
    assert_eq!(prompt.tool_choice, ToolChoice::Auto);
    let gemini = json!({"model": "other", "contents": [{"parts": [{"text": "x"}]}]});
    let prompt = read(Dialect::Gemini, Some("g"), Some(Delivery::Array), &gemini).unwrap();
    assert_eq!(
        (prompt.delivery, prompt.model.as_str()),
        (Delivery::Array, "g")
    );
}
