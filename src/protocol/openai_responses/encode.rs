//! Requests, written from a template.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::read_asked;
use crate::endpoint::Endpoint;
use crate::json;
use crate::protocol::prompt::{self, IMAGE_PNG_BASE64};
use crate::protocol::{Asked, Auth, Credential, Delivery, Draft};
use crate::scenario::request::{TextCall, ToolChoice};

/// The service refuses a smaller `max_output_tokens`.
const LEAST_OUTPUT: u32 = 16;

/// The request of a call. Same call and seed, same bytes.
pub fn encode(call: &TextCall, seed: u64) -> Draft {
    let body = body(call, seed);
    let mut asked = Asked::of(Endpoint::Responses, call.delivery);
    let told = json::Value::from(body.clone());
    read_asked(&mut asked, &told);
    let accept = match call.delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    let bytes = Bytes::from(body.to_string());
    asked.body = Some(told).into();
    Draft {
        method: "POST",
        path: "/v1/responses".to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("accept", accept.to_owned()),
        ],
        body: bytes,
        auth: Credential::Key(call.auth.unwrap_or(Auth::Bearer)),
        asked: asked.into(),
    }
}

fn body(call: &TextCall, seed: u64) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    put("model", json!(call.model));
    if let Some(system) = &call.system {
        put("instructions", json!(system));
    }
    put("input", input(call, seed));
    if let Some(limit) = call.max_tokens {
        put("max_output_tokens", json!(limit.max(LEAST_OUTPUT)));
    }
    if let Some(thousandths) = call.temperature {
        put("temperature", json!(f64::from(thousandths) / 1000.0));
    }
    if let Some(budget) = call.thinking {
        put(
            "reasoning",
            json!({"effort": effort(budget), "summary": "auto"}),
        );
    }
    if call.json {
        put("text", json!({"format": {"type": "json_object"}}));
    }
    if !call.tools.is_empty() {
        put("tools", tools(call));
    }
    if let Some(choice) = tool_choice(call) {
        put("tool_choice", choice);
    }
    put("stream", json!(call.delivery == Delivery::Sse));
    Value::Object(body)
}

fn input(call: &TextCall, seed: u64) -> Value {
    let text = prompt::text(&call.prompt, seed);
    if !call.image && call.history.is_empty() {
        return Value::String(text);
    }
    let content = if call.image {
        let url = format!("data:image/png;base64,{IMAGE_PNG_BASE64}");
        json!([
            {"type": "input_text", "text": text},
            {"type": "input_image", "image_url": url, "detail": "auto"},
        ])
    } else {
        Value::String(text)
    };
    let history = call.history.iter().flat_map(|turn| {
        [
            json!({"role": "user", "content": turn.user}),
            json!({"role": "assistant", "content": turn.assistant}),
        ]
    });
    let last = json!({"role": "user", "content": content});
    history.chain([last]).collect()
}

/// This protocol has no budget in tokens, so one is read as an effort.
fn effort(budget: u32) -> &'static str {
    match budget {
        0..2048 => "low",
        2048..8192 => "medium",
        8192.. => "high",
    }
}

fn tools(call: &TextCall) -> Value {
    let tools = call.tools.iter().map(|tool| {
        let tool = prompt::tool(*tool);
        json!({
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            "strict": true,
        })
    });
    tools.collect()
}

fn tool_choice(call: &TextCall) -> Option<Value> {
    Some(match call.tool_choice? {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::First => {
            let name = prompt::tool(*call.tools.first()?).name;
            json!({"type": "function", "name": name})
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::AskedToolChoice;
    use crate::scenario::request::{Prompt, TextProtocol, Tool};

    fn call() -> TextCall {
        TextCall {
            protocol: TextProtocol::OpenaiResponses,
            model: "gpt-5-4-mini".to_owned(),
            delivery: Delivery::Sse,
            history: Vec::new(),
            prompt: Prompt::Text("Weather in Oslo?".to_owned()),
            system: None,
            tools: Vec::new(),
            tool_choice: None,
            thinking: None,
            image: false,
            stop: Vec::new(),
            max_tokens: None,
            temperature: None,
            n: None,
            json: false,
            cache: false,
            auth: None,
        }
    }

    #[test]
    fn a_plain_call_is_written_to_the_byte() {
        let draft = encode(&call(), 7);
        assert_eq!(
            draft.body,
            r#"{"model":"gpt-5-4-mini","input":"Weather in Oslo?","stream":true}"#
        );
        assert_eq!(draft.path, "/v1/responses");
        assert_eq!(draft.auth, Credential::Key(Auth::Bearer));
    }

    #[test]
    fn every_option_finds_its_member_and_is_read_back() {
        let full = TextCall {
            delivery: Delivery::Unary,
            system: Some("Be brief.".to_owned()),
            tools: vec![Tool::Time],
            tool_choice: Some(ToolChoice::First),
            thinking: Some(4096),
            image: true,
            max_tokens: Some(5),
            temperature: Some(700),
            json: true,
            ..call()
        };
        let draft = encode(&full, 7);
        let body: Value = serde_json::from_slice(&draft.body).expect("JSON of ours");
        let keys: Vec<_> = body.as_object().expect("an object").keys().collect();
        assert_eq!(
            keys,
            [
                "model",
                "instructions",
                "input",
                "max_output_tokens",
                "temperature",
                "reasoning",
                "text",
                "tools",
                "tool_choice",
                "stream"
            ]
        );
        assert_eq!(body["max_output_tokens"], 16);
        assert_eq!(body["temperature"].to_string(), "0.7");
        assert_eq!(body["reasoning"]["effort"], "medium");
        assert_eq!(body["tools"][0]["strict"], true);
        assert_eq!(body["input"][0]["content"][1]["type"], "input_image");
        assert_eq!(draft.asked.max_tokens, Some(16));
        assert_eq!(draft.asked.tools, Some(vec!["get_time".to_owned()]));
        assert_eq!(
            draft.asked.tool_choice,
            Some(AskedToolChoice::Named("get_time".to_owned()))
        );
        assert_eq!(draft.asked.json, Some(true));
        assert_eq!(draft.asked.thinking, Some(true));
        assert_eq!(draft.asked.delivery, Delivery::Unary);
    }

    #[test]
    fn the_same_call_and_seed_make_the_same_bytes() {
        let call = TextCall {
            prompt: Prompt::Tokens(60),
            ..call()
        };
        assert_eq!(encode(&call, 3), encode(&call, 3));
        assert_ne!(encode(&call, 3).body, encode(&call, 4).body);
    }
}
