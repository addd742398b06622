//! Requests of every kind, the same ones in all four protocols.

use serde_json::{Value, json};
use spikeproof_mock::text::Dialect;

pub(crate) const WORDS: &str = "What is the weather in Tromsø, and \"when\" will it change?";

/// A request by the name of what is special about it.
pub(crate) type Case = (&'static str, Value);

pub(crate) fn cases(dialect: Dialect, stream: bool) -> Vec<Case> {
    match dialect {
        Dialect::AnthropicMessages => anthropic(stream),
        Dialect::OpenaiChat => chat(stream),
        Dialect::OpenaiResponses => responses(stream),
        Dialect::Gemini => crate::gemini_requests::gemini(),
    }
}

fn schema() -> Value {
    json!({"type": "object", "required": ["city", "days"], "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "at": {"type": "array", "items": {"type": "number"}},
        "deep": {"type": "object", "properties": {"on": {"type": "boolean"}}}}})
}

pub(crate) fn merged(base: &Value, more: Vec<(&'static str, Value)>) -> Vec<Case> {
    more.into_iter()
        .map(|(name, fields)| {
            let mut body = base.clone();
            for (key, value) in fields.as_object().expect("an object") {
                body[key.as_str()] = value.clone();
            }
            (name, body)
        })
        .collect()
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn anthropic(stream: bool) -> Vec<Case> {
    let tool = |name: &str| json!({"name": name, "input_schema": schema()});
    let none = json!({"name": "clock", "input_schema": {"type": "object"}});
    let base = json!({"model": "claude-replica", "max_tokens": 4096, "stream": stream,
        "messages": [{"role": "user", "content": WORDS}]});
    let thinks = json!({"type": "enabled", "budget_tokens": 2048});
    merged(
        &base,
        vec![
            ("text", json!({"system": "Be brief."})),
            (
                "image",
                json!({"messages": [{"role": "user", "content": [{"type": "text", "text": WORDS},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                "data": "AAAA"}}]}]}),
            ),
            ("thinking", json!({"thinking": thinks})),
            (
                "hidden thinking",
                json!({"thinking": {"type": "adaptive", "display": "omitted"}}),
            ),
            (
                "redacted thinking",
                json!({"thinking": thinks,
            "messages": [{"role": "user", "content": "[[redact]]"}]}),
            ),
            (
                "thinking between",
                json!({"thinking": {"type": "adaptive"}, "tools": [tool("weather")]}),
            ),
            (
                "refusal",
                json!({"messages": [{"role": "user", "content": "[[refuse]] this"}]}),
            ),
            (
                "thoughtful refusal",
                json!({"thinking": thinks, "tools": [tool("weather")],
                    "messages": [{"role": "user", "content": "[[refuse]] this"}]}),
            ),
            (
                "search",
                json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
            ),
            (
                "document",
                json!({"messages": [{"role": "user", "content": [
                    {"type": "document", "title": "Boats", "citations": {"enabled": true},
                        "source": {"type": "text", "media_type": "text/plain",
                            "data": "Größe: 7 🌊 boats in the harbour, and one kite."}},
                    {"type": "text", "text": WORDS}]}]}),
            ),
            ("tool", json!({"tools": [tool("weather")]})),
            ("two tools", json!({"tools": [tool("weather"), none]})),
            (
                "one at a time",
                json!({"tools": [tool("weather"), tool("wind")],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
            ),
            (
                "named tool",
                json!({"tools": [tool("weather"), tool("wind")],
            "tool_choice": {"type": "tool", "name": "wind"}}),
            ),
            (
                "no tool",
                json!({"tools": [tool("weather")], "tool_choice": {"type": "none"}}),
            ),
            (
                "thinking and tools",
                json!({"thinking": thinks,
            "tools": [tool("weather"), tool("wind")]}),
            ),
            ("stop", json!({"stop_sequences": ["the ", "END"]})),
            ("stop everywhere", json!({"stop_sequences": [" a", "e"]})),
            ("cut", json!({"max_tokens": 17})),
            ("cut to one", json!({"max_tokens": 1})),
            ("cut to nothing", json!({"max_tokens": 0})),
            (
                "cut tool",
                json!({"max_tokens": 3, "tools": [tool("weather")],
            "tool_choice": {"type": "any"}}),
            ),
            (
                "cut thinking",
                json!({"max_tokens": 5, "thinking": {"type": "adaptive"}}),
            ),
            (
                "json",
                json!({"output_config": {"format": {"type": "json_schema", "schema": schema()}}}),
            ),
            (
                "history",
                json!({"messages": [{"role": "user", "content": WORDS},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1",
                "name": "weather", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1",
                "content": "rain"}]}]}),
            ),
        ],
    )
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn chat(stream: bool) -> Vec<Case> {
    let tool = |name: &str| {
        let function = json!({"name": name, "parameters": schema()});
        json!({"type": "function", "function": function})
    };
    let none = json!({"type": "function", "function": {"name": "clock"}});
    let mut base = json!({"model": "gpt-replica", "stream": stream,
        "messages": [{"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": WORDS}, {"type": "image_url",
                "image_url": {"url": "https://example.com/a.png"}}]}]});
    let options = |value: Value| if stream { value } else { Value::Null };
    base["stream_options"] = options(json!({"include_usage": true}));
    merged(
        &base,
        vec![
            ("text", json!({})),
            ("no usage", json!({"stream_options": null})),
            (
                "no noise",
                json!({"stream_options":
            options(json!({"include_obfuscation": false, "include_usage": true}))}),
            ),
            ("thinking", json!({"reasoning_effort": "low"})),
            (
                "shown thinking",
                json!({"model": "deepseek-replica", "reasoning_effort": "low"}),
            ),
            (
                "shown thinking and a tool",
                json!({"model": "deepseek-replica", "thinking": {"type": "enabled"},
                    "tools": [tool("weather")]}),
            ),
            (
                "refusal",
                json!({"n": 2, "messages": [{"role": "user", "content": "[[refuse]] this"}]}),
            ),
            (
                "refusal with logprobs",
                json!({"logprobs": true, "tools": [tool("weather")],
                    "messages": [{"role": "user", "content": "[[refuse]] this"}]}),
            ),
            ("tool", json!({"tools": [tool("weather")]})),
            ("two tools", json!({"tools": [tool("weather"), none]})),
            (
                "one at a time",
                json!({"tools": [tool("weather"), none], "parallel_tool_calls": false}),
            ),
            (
                "named tool",
                json!({"tools": [tool("weather"), tool("wind")], "tool_choice":
            {"type": "function", "function": {"name": "wind"}}}),
            ),
            (
                "no tool",
                json!({"tools": [tool("weather")], "tool_choice": "none"}),
            ),
            (
                "thinking and tools",
                json!({"reasoning_effort": "high",
            "tools": [tool("weather"), tool("wind")]}),
            ),
            ("stop", json!({"stop": "the "})),
            ("cut", json!({"max_completion_tokens": 17})),
            (
                "cut tool",
                json!({"max_tokens": 2, "tools": [tool("weather")],
            "tool_choice": "required"}),
            ),
            ("two choices", json!({"n": 2})),
            (
                "two choices with tools",
                json!({"n": 2, "tools": [tool("weather"), tool("wind")]}),
            ),
            ("three choices cut", json!({"n": 3, "max_tokens": 5})),
            ("json", json!({"response_format": {"type": "json_object"}})),
            (
                "json schema",
                json!({"response_format": {"type": "json_schema",
            "json_schema": {"name": "w", "schema": schema()}}}),
            ),
            ("logprobs", json!({"logprobs": true, "top_logprobs": 2})),
            (
                "history",
                json!({"messages": [{"role": "user", "content": WORDS},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1",
                "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "rain"}]}),
            ),
        ],
    )
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn responses(stream: bool) -> Vec<Case> {
    let tool = |name: &str| json!({"type": "function", "name": name, "parameters": schema()});
    let none = json!({"type": "function", "name": "clock"});
    let base = json!({"model": "gpt-replica", "stream": stream, "input": WORDS,
        "instructions": "Be brief.", "metadata": {"run": "7"}});
    merged(
        &base,
        vec![
            ("text", json!({})),
            (
                "no noise",
                json!({"stream_options": {"include_obfuscation": false}}),
            ),
            (
                "thinking",
                json!({"reasoning": {"effort": "low"},
            "include": ["reasoning.encrypted_content"]}),
            ),
            (
                "summary",
                json!({"reasoning": {"effort": "low", "summary": "auto"}}),
            ),
            ("tool", json!({"tools": [tool("weather")]})),
            ("two tools", json!({"tools": [tool("weather"), none]})),
            (
                "one at a time",
                json!({"tools": [tool("weather"), none], "parallel_tool_calls": false}),
            ),
            (
                "named tool",
                json!({"tools": [tool("weather"), tool("wind")],
            "tool_choice": {"type": "function", "name": "wind"}}),
            ),
            (
                "no tool",
                json!({"tools": [tool("weather")], "tool_choice": "none"}),
            ),
            ("refusal", json!({"input": "[[refuse]] this"})),
            (
                "cut refusal",
                json!({"input": "[[refuse]] this", "max_output_tokens": 16,
                    "reasoning": {"summary": "auto"}}),
            ),
            (
                "summary and tools",
                json!({"reasoning": {"summary": "auto"},
            "tools": [tool("weather"), tool("wind")]}),
            ),
            ("cut", json!({"max_output_tokens": 16})),
            (
                "cut thinking",
                json!({"max_output_tokens": 16, "reasoning": {"summary": "auto"}}),
            ),
            ("json", json!({"text": {"format": {"type": "json_object"}}})),
            (
                "json schema",
                json!({"text": {"format": {"type": "json_schema", "name": "w",
            "schema": schema()}}}),
            ),
            (
                "logprobs",
                json!({"include": ["message.output_text.logprobs"], "top_logprobs": 2}),
            ),
            (
                "history",
                json!({"input": [
            {"role": "user", "content": [{"type": "input_text", "text": WORDS},
                {"type": "input_image", "image_url": "https://example.com/a.png"}]},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"}]}),
            ),
        ],
    )
}
