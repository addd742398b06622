//! From a call to its request.

use serde_json::{Map, Value, json};

use crate::endpoint::Endpoint;
use crate::protocol::{self, Auth, Credential, Delivery, Draft, prompt};
use crate::scenario::request::{TextCall, ToolChoice};

const VERSION: &str = "2023-06-01";
/// The field is required; a call that has no limit of its own gets this one.
const MAX_TOKENS: u64 = 256;
/// The documented minimum of a thinking budget.
const MIN_BUDGET: u64 = 1024;

/// Writes the request. The same call and seed give the same bytes. `n` and `json` have no field in
/// this protocol.
pub fn encode(call: &TextCall, seed: u64) -> Draft {
    let body = body(call, seed);
    let accept = match call.delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    Draft {
        method: "POST",
        path: "/v1/messages".to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("anthropic-version", VERSION.to_owned()),
            ("accept", accept.to_owned()),
        ],
        body: body.to_string().into(),
        auth: Credential::Key(call.auth.unwrap_or(Auth::XApiKey)),
        asked: protocol::asked(Endpoint::Messages, call.delivery, Some(body.into())).into(),
    }
}

fn body(call: &TextCall, seed: u64) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    let budget = call
        .thinking
        .map(|budget| u64::from(budget).max(MIN_BUDGET));
    put("model", json!(call.model));
    put("max_tokens", json!(max_tokens(call, budget)));
    if let Some(system) = &call.system {
        let marked = || json!([marked(json!({"type": "text", "text": system}))]);
        put("system", if call.cache { marked() } else { json!(system) });
    }
    put("messages", messages(call, seed));
    if !call.tools.is_empty() {
        put("tools", call.tools.iter().copied().map(tool).collect());
    }
    if let Some(choice) = tool_choice(call) {
        put("tool_choice", choice);
    }
    if let Some(budget) = budget {
        put(
            "thinking",
            json!({"type": "enabled", "budget_tokens": budget}),
        );
    } else if let Some(temperature) = call.temperature {
        // With thinking on, the vendor refuses any but the default.
        put("temperature", json!(f64::from(temperature) / 1000.0));
    }
    if !call.stop.is_empty() {
        put("stop_sequences", json!(call.stop));
    }
    if call.delivery != Delivery::Unary {
        put("stream", json!(true));
    }
    Value::Object(body)
}

/// The limit covers thinking too, and must exceed its budget.
fn max_tokens(call: &TextCall, budget: Option<u64>) -> u64 {
    let asked = call.max_tokens.map_or(MAX_TOKENS, u64::from);
    match budget {
        Some(budget) if asked <= budget => budget + asked.max(1),
        Some(_) | None => asked,
    }
}

fn messages(call: &TextCall, seed: u64) -> Value {
    let history = call.history.iter().flat_map(|turn| {
        [
            json!({"role": "user", "content": turn.user}),
            json!({"role": "assistant", "content": turn.assistant}),
        ]
    });
    let last = json!({"role": "user", "content": content(call, seed)});
    history.chain([last]).collect()
}

fn content(call: &TextCall, seed: u64) -> Value {
    let text = prompt::text(&call.prompt, seed);
    let is_marked = call.cache && call.system.is_none();
    let block = json!({"type": "text", "text": text});
    match (call.image, is_marked) {
        (false, false) => return json!(text),
        (false, true) => return json!([marked(block)]),
        (true, _) => {}
    }
    json!([
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": "image/png",
                "data": prompt::IMAGE_PNG_BASE64
            }
        },
        if is_marked { marked(block) } else { block }
    ])
}

/// Everything up to this block is to be kept.
fn marked(mut block: Value) -> Value {
    block["cache_control"] = json!({"type": "ephemeral"});
    block
}

fn tool(tool: crate::scenario::request::Tool) -> Value {
    let tool = prompt::tool(tool);
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.parameters
    })
}

fn tool_choice(call: &TextCall) -> Option<Value> {
    Some(match call.tool_choice? {
        ToolChoice::Auto => json!({"type": "auto"}),
        ToolChoice::None => json!({"type": "none"}),
        ToolChoice::Required => json!({"type": "any"}),
        ToolChoice::First => {
            let first = prompt::tool(*call.tools.first()?);
            json!({"type": "tool", "name": first.name})
        }
    })
}
