//! From a call to its request.

use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::protocol::{self, Auth, Credential, Delivery, Draft, prompt};
use crate::scenario::request::{TextCall, Tool, ToolChoice};

/// Writes the request. The same call and seed give the same bytes.
pub fn encode(call: &TextCall, seed: u64) -> Draft {
    let body = body(call, seed);
    let accept = match call.delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    Draft {
        method: "POST",
        path: "/v1/chat/completions".to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("accept", accept.to_owned()),
        ],
        body: body.to_string().into(),
        auth: Credential::Key(call.auth.unwrap_or(Auth::Bearer)),
        asked: protocol::asked(Endpoint::ChatCompletions, call.delivery, Some(body.into())).into(),
    }
}

fn body(call: &TextCall, seed: u64) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("model", json!(call.model));
    put("messages", messages(call, seed));
    if let Some(max_tokens) = call.max_tokens {
        put("max_tokens", json!(max_tokens));
    }
    if let Some(temperature) = call.temperature {
        put("temperature", json!(f64::from(temperature) / 1000.0));
    }
    if let Some(n) = call.n {
        put("n", json!(n));
    }
    if !call.stop.is_empty() {
        put("stop", json!(call.stop));
    }
    if !call.tools.is_empty() {
        put("tools", call.tools.iter().copied().map(tool).collect());
    }
    if let Some(choice) = tool_choice(call) {
        put("tool_choice", choice);
    }
    if call.json {
        put("response_format", json!({"type": "json_object"}));
    }
    if let Some(budget) = call.thinking {
        put("reasoning_effort", json!(effort(budget)));
    }
    if call.delivery != Delivery::Unary {
        put("stream", json!(true));
        put("stream_options", json!({"include_usage": true}));
    }
    Value::Object(body)
}

/// The protocol knows no budget, only words.
fn effort(budget: u32) -> &'static str {
    match budget {
        0..2048 => "low",
        2048..8192 => "medium",
        _ => "high",
    }
}

fn messages(call: &TextCall, seed: u64) -> Value {
    let text = prompt::text(&call.prompt, seed);
    let content = if call.image {
        let url = format!("data:image/png;base64,{}", prompt::IMAGE_PNG_BASE64);
        json!([
            {"type": "text", "text": text},
            {"type": "image_url", "image_url": {"url": url}}
        ])
    } else {
        json!(text)
    };
    let system = call.system.iter();
    let system = system.map(|system| json!({"role": "system", "content": system}));
    let history = call.history.iter().flat_map(|turn| {
        [
            json!({"role": "user", "content": turn.user}),
            json!({"role": "assistant", "content": turn.assistant}),
        ]
    });
    let last = json!({"role": "user", "content": content});
    system.chain(history).chain([last]).collect()
}

fn tool(tool: Tool) -> Value {
    let tool = prompt::tool(tool);
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters
        }
    })
}

fn tool_choice(call: &TextCall) -> Option<Value> {
    Some(match call.tool_choice? {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::First => {
            let first = prompt::tool(*call.tools.first()?);
            json!({"type": "function", "function": {"name": first.name}})
        }
    })
}
