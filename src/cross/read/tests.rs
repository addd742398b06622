use serde_json::json;

use super::*;
use TextProtocol::{AnthropicMessages, Gemini, OpenaiChat, OpenaiResponses};

fn sse(events: &[serde_json::Value]) -> String {
    let lines = events.iter().map(|event| format!("data: {event}\n\n"));
    lines.collect()
}

fn whole(protocol: TextProtocol, body: serde_json::Value) -> Answer {
    read(protocol, Body::Whole(&body.into()))
}

fn streamed(protocol: TextProtocol, events: &[serde_json::Value]) -> Answer {
    read(protocol, Body::Sse(sse(events).as_bytes()))
}

/// A short text, a call and a usage, whole and streamed.
fn messages() -> [Answer; 2] {
    let whole = whole(
        AnthropicMessages,
        json!({"content": [{"type": "thinking", "thinking": "?"}, {"type": "text", "text": "Blue"},
            {"type": "tool_use", "id": "t", "name": "get_time", "input": {"city": "Oslo"}}],
            "stop_reason": "tool_use", "usage": {"input_tokens": 7, "output_tokens": 9}}),
    );
    let streamed = streamed(
        AnthropicMessages,
        &[
            json!({"type": "message_start", "message": {"content": [], "stop_reason": null,
                "usage": {"input_tokens": 7, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block":
                {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta":
                {"type": "text_delta", "text": "Bl"}}),
            json!({"type": "content_block_delta", "index": 0, "delta":
                {"type": "text_delta", "text": "ue"}}),
            json!({"type": "content_block_start", "index": 1, "content_block":
                {"type": "tool_use", "id": "t", "name": "get_time", "input": {}}}),
            json!({"type": "content_block_delta", "index": 1, "delta":
                {"type": "input_json_delta", "partial_json": "{\"city\":"}}),
            json!({"type": "content_block_delta", "index": 1, "delta":
                {"type": "input_json_delta", "partial_json": "\"Oslo\"}"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
                "usage": {"output_tokens": 9}}),
        ],
    );
    [whole, streamed]
}

fn chat() -> [Answer; 2] {
    let call = json!({"index": 0, "id": "t", "type": "function", "function":
        {"name": "get_time", "arguments": "{\"city\": \"Oslo\"}"}});
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16});
    let whole = whole(
        OpenaiChat,
        json!({"choices": [{"index": 0, "message": {"content": "Blue", "refusal": null,
            "tool_calls": [call]}, "finish_reason": "tool_calls"}], "usage": usage}),
    );
    let delta = |delta: serde_json::Value| json!({"choices": [{"index": 0, "delta": delta}]});
    let streamed = streamed(
        OpenaiChat,
        &[
            delta(json!({"role": "assistant", "content": ""})),
            delta(json!({"content": "Bl"})),
            delta(json!({"content": "ue"})),
            json!({"choices": [{"index": 1, "delta": {"content": "another choice"}}]}),
            delta(json!({"tool_calls": [{"index": 0, "function":
                {"name": "get_time", "arguments": ""}}]})),
            delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"city\":"}}]})),
            delta(json!({"tool_calls": [{"index": 0, "function": {"arguments": "\"Oslo\"}"}}]})),
            json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
            json!({"choices": [], "usage": usage}),
        ],
    );
    [whole, streamed]
}

fn responses() -> [Answer; 2] {
    let usage = json!({"input_tokens": 7, "output_tokens": 9, "total_tokens": 16});
    let whole = whole(
        OpenaiResponses,
        json!({"status": "completed", "incomplete_details": null, "usage": usage, "output": [
            {"type": "message", "content": [{"type": "output_text", "text": "Blue"}]},
            {"type": "function_call", "name": "get_time", "arguments": "{\"city\": \"Oslo\"}"}]}),
    );
    let streamed = streamed(
        OpenaiResponses,
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item":
                {"type": "message", "content": []}}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "Bl"}),
            json!({"type": "response.output_text.delta", "output_index": 0, "delta": "ue"}),
            json!({"type": "response.output_text.done", "output_index": 0, "text": "Blue"}),
            json!({"type": "response.output_item.added", "output_index": 1, "item":
                {"type": "function_call", "name": "get_time", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 1,
                "delta": "{\"city\":\"Oslo\"}"}),
            json!({"type": "response.function_call_arguments.done", "output_index": 1,
                "arguments": "{\"city\":\"Oslo\"}"}),
            json!({"type": "response.completed", "response":
                {"status": "completed", "incomplete_details": null, "usage": usage}}),
        ],
    );
    [whole, streamed]
}

fn gemini() -> [Answer; 2] {
    let usage = json!({"promptTokenCount": 7, "candidatesTokenCount": 9, "totalTokenCount": 16});
    let chunk = |parts: serde_json::Value| json!({"candidates": [{"content": {"parts": parts}}]});
    let call = json!({"functionCall": {"name": "get_time", "args": {"city": "Oslo"}}});
    let whole = whole(
        Gemini,
        json!({"candidates": [{"content": {"parts": [{"text": "?", "thought": true},
            {"text": "Blue"}, call]}, "finishReason": "STOP"}], "usageMetadata": usage}),
    );
    let last = json!({"candidates": [{"finishReason": "STOP"}], "usageMetadata": usage});
    let chunks = [
        chunk(json!([{"text": "Bl"}])),
        chunk(json!([{"text": "ue"}])),
        chunk(json!([call])),
        last,
    ];
    let array = read(
        Gemini,
        Body::Array(json!(chunks.to_vec()).to_string().as_bytes()),
    );
    assert_eq!(array, streamed(Gemini, &chunks));
    [whole, array]
}

#[test]
fn the_same_answer_is_read_of_every_protocol_and_form() {
    let all = [
        (AnthropicMessages, messages()),
        (OpenaiChat, chat()),
        (OpenaiResponses, responses()),
        (Gemini, gemini()),
    ];
    let all = all.map(|(protocol, answers)| answers.map(|answer| (protocol, answer)));
    for (protocol, answer) in all.into_iter().flatten() {
        assert_eq!(answer.text, "Blue", "{protocol:?}");
        let [call] = &answer.calls[..] else {
            panic!("{protocol:?}: {:?}", answer.calls)
        };
        assert_eq!(call.name, "get_time", "{protocol:?}");
        let oslo = Value::from(json!({"city": "Oslo"}));
        assert_eq!(call.arguments, Ok(oslo), "{protocol:?}");
        let counts = answer.counts.expect("a usage");
        assert_eq!((counts.input, counts.output), (7, 9), "{protocol:?}");
        let means = answer.means(protocol).expect("a known word");
        assert_eq!(means.told(), "tool calls", "{protocol:?}");
    }
}

#[test]
fn arguments_that_are_no_json_are_kept_as_they_are() {
    let answer = whole(
        OpenaiChat,
        json!({"choices": [{"message": {"tool_calls": [
            {"function": {"name": "get_time", "arguments": "{\"city\":"}}]}}]}),
    );
    assert_eq!(answer.calls[0].arguments, Err("{\"city\":".to_owned()));
    assert_eq!(answer.counts, None);
}

#[test]
fn refusals_are_no_text() {
    let chat = whole(
        OpenaiChat,
        json!({"choices": [{"message": {"content": null, "refusal": "No."},
            "finish_reason": "stop"}]}),
    );
    let responses = streamed(
        OpenaiResponses,
        &[
            json!({"type": "response.refusal.delta", "output_index": 0, "delta": "No."}),
            json!({"type": "response.completed", "response": {"status": "completed"}}),
        ],
    );
    for (protocol, answer) in [(OpenaiChat, chat), (OpenaiResponses, responses)] {
        assert_eq!((answer.text.as_str(), answer.refusal.as_str()), ("", "No."));
        assert_eq!(
            answer.means(protocol).map(|row| row.told()).as_deref(),
            Some("refusal")
        );
    }
}
