//! Streams of the replica that have many events alike.

use serde_json::json;
use spikeproof_mock::Config;

use super::streamed::{Streamed, streamed};
use crate::endpoint::Endpoint;
use crate::protocol::{self, Asked, Delivery, Head};

pub(super) struct Stream {
    pub(super) endpoint: Endpoint,
    pub(super) request: serde_json::Value,
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

impl Stream {
    pub(super) fn asked(&self) -> Asked {
        let request = self.request.clone().into();
        let mut asked = protocol::asked(self.endpoint, Delivery::Sse, Some(request));
        asked.gateway = true;
        asked
    }
}

fn stream(seed: u64, endpoint: Endpoint, target: &str, request: serde_json::Value) -> Stream {
    let config = Config {
        seed,
        output_tokens: Some(40),
        ..Config::default()
    };
    let Streamed { headers, frames } = streamed(config, target, &request);
    Stream {
        endpoint,
        request,
        head: Head::new(200, headers),
        body: frames.concat(),
    }
}

/// The replica's ids and texts come of its seed.
pub(super) fn streams(seed: u64) -> Vec<Stream> {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"]});
    let mut streams = Vec::new();
    for more in [
        json!({}),
        json!({"stop_sequences": ["zzz"]}),
        json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        json!({"tools": [{"name": "weather", "input_schema": schema}]}),
    ] {
        let request = json!({"model": "claude-sonnet-4-6", "max_tokens": 4096, "stream": true,
            "messages": [{"role": "user", "content": "Tell me of kites."}]});
        let request = with(request, more);
        streams.push(stream(seed, Endpoint::Messages, "/v1/messages", request));
    }
    for more in [
        json!({}),
        json!({"stream_options": {"include_usage": true}}),
        json!({"stop": ["zzz"], "stream_options": {"include_obfuscation": false}}),
        json!({"reasoning_effort": "low"}),
        json!({"n": 2}),
        json!({"tools": [{"type": "function", "function": {"name": "weather",
            "description": "d", "parameters": schema}}]}),
    ] {
        let request = json!({"model": "gpt-5-4", "stream": true,
            "messages": [{"role": "user", "content": "Tell me of kites."}]});
        let path = "/v1/chat/completions";
        streams.push(stream(
            seed,
            Endpoint::ChatCompletions,
            path,
            with(request, more),
        ));
    }
    for more in [
        json!({}),
        json!({"max_output_tokens": 4096, "stream_options": {"include_obfuscation": false}}),
        json!({"reasoning": {"effort": "low", "summary": "auto"}}),
        json!({"tools": [{"type": "function", "name": "weather", "parameters": schema,
            "strict": false}]}),
    ] {
        let request = json!({"model": "gpt-5-5", "stream": true, "input": "Tell me of kites."});
        streams.push(stream(
            seed,
            Endpoint::Responses,
            "/v1/responses",
            with(request, more),
        ));
    }
    for more in [
        json!({}),
        json!({"generationConfig": {"stopSequences": ["zzz"], "maxOutputTokens": 4096}}),
        json!({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}}),
        json!({"generationConfig": {"candidateCount": 2}}),
    ] {
        let request = json!({"contents": [{"role": "user", "parts": [{"text": "Kites."}]}]});
        let path = "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse";
        let endpoint = Endpoint::StreamGenerateContent;
        streams.push(stream(seed, endpoint, path, with(request, more)));
    }
    streams
}

fn with(mut body: serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    if let (Some(body), serde_json::Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}
