//! What the requests of `settings` cannot say in a scenario: pasts, schemas, tools of the service.

use serde_json::Value;
use spikeproof::protocol::{self, Asked, Draft};

/// What a scenario cannot say, by the name of its request: members that take the place of the
/// body's own.
const BODIES: &[(&str, &str)] = &[
    ("claude-adaptive", r#"{"thinking": {"type": "adaptive"}}"#),
    (
        "claude-omitted",
        r#"{"thinking": {"type": "adaptive", "display": "omitted"}}"#,
    ),
    (
        "claude-search",
        r#"{"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]}"#,
    ),
    (
        "claude-cited",
        r#"{"messages": [{"role": "user", "content": [{"type": "document", "title": "Boats",
            "citations": {"enabled": true}, "source": {"type": "text", "media_type": "text/plain",
            "data": "Größe 7: \"seven\" boats 🌊 in the harbour, and one kite over it."}},
            {"type": "text", "text": "How many?"}]}]}"#,
    ),
    (
        "claude-schema",
        r#"{"output_config": {"format": {"type": "json_schema", "schema": {"type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["city", "days"], "additionalProperties": false}}}}"#,
    ),
    (
        "claude-history",
        r#"{"messages": [{"role": "user", "content": "Weather?"}, {"role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm", "signature": "AAAA"},
            {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1",
            "content": [{"type": "text", "text": "rain"}]}, {"type": "text", "text": "So?"}]}]}"#,
    ),
    ("chat-logprobs", r#"{"logprobs": true, "top_logprobs": 3}"#),
    ("chat-single", r#"{"parallel_tool_calls": false}"#),
    ("chat-uncounted", r#"{"stream_options": null}"#),
    ("chat-refuse-logprobs", r#"{"logprobs": true}"#),
    (
        "chat-schema",
        r#"{"response_format": {"type": "json_schema", "json_schema": {"name": "place",
            "strict": true, "schema": {"type": "object", "properties": {"city": {"type":
            "string"}}, "required": ["city"], "additionalProperties": false}}}}"#,
    ),
    (
        "chat-history",
        r#"{"messages": [{"role": "user", "content": "Weather?"}, {"role": "assistant",
            "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function":
            {"name": "get_weather", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id":
            "call_1", "content": "rain"}]}"#,
    ),
    (
        "responses-encrypted",
        r#"{"store": false, "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "high", "summary": "detailed"}}"#,
    ),
    (
        "responses-logprobs",
        r#"{"include": ["message.output_text.logprobs"], "top_logprobs": 2,
            "stream_options": {"include_obfuscation": false}}"#,
    ),
    (
        "responses-schema",
        r#"{"text": {"format": {"type": "json_schema", "name": "place", "strict": true, "schema":
            {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
            "additionalProperties": false}}}}"#,
    ),
    (
        "responses-history",
        r#"{"input": [{"role": "user", "content": "Weather?"}, {"type": "function_call",
            "call_id": "call_1", "name": "get_weather", "arguments": "{}"}, {"type":
            "function_call_output", "call_id": "call_1", "output": "rain"}]}"#,
    ),
    (
        "responses-cut",
        r#"{"tools": [{"type": "function", "name": "get_time", "strict": true, "parameters":
            {"type": "object", "properties": {"year": {"type": "integer"}, "month": {"type":
            "integer"}, "day": {"type": "integer"}, "hour": {"type": "integer"}, "minute":
            {"type": "integer"}, "second": {"type": "integer"}, "zone": {"type": "string"}},
            "required": ["year", "month", "day", "hour", "minute", "second", "zone"],
            "additionalProperties": false}}]}"#,
    ),
    ("responses-single", r#"{"parallel_tool_calls": false}"#),
    ("no-previous", r#"{"previous_response_id": "resp_0"}"#),
    ("bad-heat", r#"{"temperature": -1}"#),
    (
        "gemini-schema",
        r#"{"generationConfig": {"responseMimeType": "application/json", "responseSchema":
            {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}}"#,
    ),
    (
        "gemini-enum",
        r#"{"generationConfig": {"responseMimeType": "text/x.enum", "responseSchema":
            {"type": "STRING", "enum": ["rain", "sun", "snow \u2744"]}}}"#,
    ),
    (
        "gemini-history",
        r#"{"contents": [{"role": "user", "parts": [{"text": "Weather?"}]}, {"role": "model",
            "parts": [{"functionCall": {"name": "get_weather", "args": {}},
            "thoughtSignature": "AAAA"}]}, {"role": "user", "parts": [{"functionResponse":
            {"name": "get_weather", "response": {"sky": "rain"}}}]}]}"#,
    ),
];

/// The request of this name, with the members that only [`BODIES`] has.
pub(crate) fn completed(name: &str, draft: Draft) -> Draft {
    let own = name.split('.').next().unwrap_or(name);
    let Some((_, members)) = BODIES.iter().find(|(known, _)| *known == own) else {
        return draft;
    };
    let members: Value = serde_json::from_str(members).expect(name);
    let mut body: Value = serde_json::from_slice(&draft.body).expect(name);
    for (key, value) in members.as_object().expect(name) {
        body[key.as_str()] = value.clone();
    }
    let asked = &draft.asked;
    Draft {
        body: body.to_string().into(),
        asked: Asked {
            target: asked.target.clone(),
            model: asked.model.clone(),
            ..protocol::asked(asked.endpoint, asked.delivery, Some(body.into()))
        }
        .into(),
        ..draft
    }
}
