//! Requests, written from a template.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::read_asked;
use crate::endpoint::Endpoint;
use crate::json;
use crate::protocol::prompt::{self, IMAGE_PNG_BASE64};
use crate::protocol::{Asked, Auth, Credential, Delivery, Draft};
use crate::scenario::request::{TextCall, ToolChoice};

/// The members of a JSON Schema that function declarations know (`Schema` in the API reference).
const SCHEMA_KEYS: [&str; 20] = [
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "enum",
    "items",
    "maxItems",
    "minItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "anyOf",
    "propertyOrdering",
];

/// The request of a call. Same call and seed, same bytes.
pub fn encode(call: &TextCall, seed: u64) -> Draft {
    let body = body(call, seed);
    let (endpoint, method) = match call.delivery {
        Delivery::Unary => (Endpoint::GenerateContent, "generateContent"),
        Delivery::Sse => (
            Endpoint::StreamGenerateContent,
            "streamGenerateContent?alt=sse",
        ),
        Delivery::Array => (Endpoint::StreamGenerateContent, "streamGenerateContent"),
    };
    let mut asked = Asked::of(endpoint, call.delivery);
    let told = json::Value::from(body.clone());
    read_asked(&mut asked, &told);
    asked.model = Some(call.model.clone());
    let accept = match call.delivery {
        Delivery::Sse => "text/event-stream",
        Delivery::Unary | Delivery::Array => "application/json",
    };
    let bytes = Bytes::from(body.to_string());
    asked.body = Some(told).into();
    Draft {
        method: "POST",
        path: format!("/v1beta/models/{}:{method}", escaped(&call.model)),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("accept", accept.to_owned()),
        ],
        body: bytes,
        auth: Credential::Key(call.auth.unwrap_or(Auth::XGoogApiKey)),
        asked: asked.into(),
    }
}

/// A model's name as one path segment.
fn escaped(model: &str) -> String {
    use std::fmt::Write as _;
    let mut path = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    path
}

fn body(call: &TextCall, seed: u64) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
    if let Some(system) = &call.system {
        put("systemInstruction", json!({"parts": [{"text": system}]}));
    }
    let mut parts = vec![json!({"text": prompt::text(&call.prompt, seed)})];
    if call.image {
        let image = json!({"mimeType": "image/png", "data": IMAGE_PNG_BASE64});
        parts.push(json!({"inlineData": image}));
    }
    let history = call.history.iter().flat_map(|turn| {
        [
            json!({"role": "user", "parts": [{"text": turn.user}]}),
            json!({"role": "model", "parts": [{"text": turn.assistant}]}),
        ]
    });
    let last = json!({"role": "user", "parts": parts});
    put("contents", history.chain([last]).collect());
    if !call.tools.is_empty() {
        put(
            "tools",
            json!([{"functionDeclarations": declarations(call)}]),
        );
    }
    if let Some(config) = call.tool_choice.and_then(|choice| calling(call, choice)) {
        put("toolConfig", json!({"functionCallingConfig": config}));
    }
    let config = generation_config(call);
    if !config.is_empty() {
        put("generationConfig", Value::Object(config));
    }
    Value::Object(body)
}

fn declarations(call: &TextCall) -> Value {
    let tools = call.tools.iter().map(|tool| {
        let tool = prompt::tool(*tool);
        json!({
            "name": tool.name,
            "description": tool.description,
            "parameters": known_schema(&tool.parameters),
        })
    });
    tools.collect()
}

/// A JSON Schema without the members that function declarations do not know.
fn known_schema(schema: &Value) -> Value {
    let Some(members) = schema.as_object() else {
        return schema.clone();
    };
    let known = members
        .iter()
        .filter(|(key, _)| SCHEMA_KEYS.contains(&key.as_str()));
    let kept = known.map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, schema)| (name.clone(), known_schema(schema)))
                .collect(),
            ("anyOf", Value::Array(schemas)) => schemas.iter().map(known_schema).collect(),
            ("items", schema) => known_schema(schema),
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    Value::Object(kept.collect())
}

fn calling(call: &TextCall, choice: ToolChoice) -> Option<Value> {
    Some(match choice {
        ToolChoice::Auto => json!({"mode": "AUTO"}),
        ToolChoice::None => json!({"mode": "NONE"}),
        ToolChoice::Required => json!({"mode": "ANY"}),
        ToolChoice::First => {
            let name = prompt::tool(*call.tools.first()?).name;
            json!({"mode": "ANY", "allowedFunctionNames": [name]})
        }
    })
}

fn generation_config(call: &TextCall) -> Map<String, Value> {
    let mut config = Map::new();
    let mut put = |key: &str, value: Value| config.insert(key.to_owned(), value);
    if let Some(limit) = call.max_tokens {
        put("maxOutputTokens", json!(limit));
    }
    if let Some(thousandths) = call.temperature {
        put("temperature", json!(f64::from(thousandths) / 1000.0));
    }
    if !call.stop.is_empty() {
        put("stopSequences", json!(call.stop));
    }
    if let Some(n) = call.n {
        put("candidateCount", json!(n));
    }
    if call.json {
        put("responseMimeType", json!("application/json"));
    }
    if let Some(budget) = call.thinking {
        put(
            "thinkingConfig",
            json!({"includeThoughts": true, "thinkingBudget": budget}),
        );
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::AskedToolChoice;
    use crate::scenario::request::{Prompt, TextProtocol, Tool};

    fn call() -> TextCall {
        TextCall {
            protocol: TextProtocol::Gemini,
            model: "gemini-3-flash".to_owned(),
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
            r#"{"contents":[{"role":"user","parts":[{"text":"Weather in Oslo?"}]}]}"#
        );
        assert_eq!(draft.auth, Credential::Key(Auth::XGoogApiKey));
    }

    #[test]
    fn the_delivery_picks_the_route() {
        let path = |delivery, model: &str| {
            let model = model.to_owned();
            let call = TextCall {
                delivery,
                model,
                ..call()
            };
            encode(&call, 1).path
        };
        assert_eq!(
            path(Delivery::Unary, "gemini-3-flash"),
            "/v1beta/models/gemini-3-flash:generateContent"
        );
        assert_eq!(
            path(Delivery::Array, "gemini-3-flash"),
            "/v1beta/models/gemini-3-flash:streamGenerateContent"
        );
        assert_eq!(
            path(Delivery::Sse, "a/b?c"),
            "/v1beta/models/a%2Fb%3Fc:streamGenerateContent?alt=sse"
        );
    }

    #[test]
    fn every_option_finds_its_member_and_is_read_back() {
        let full = TextCall {
            system: Some("Be brief.".to_owned()),
            tools: vec![Tool::Weather],
            tool_choice: Some(ToolChoice::First),
            thinking: Some(4096),
            image: true,
            stop: vec!["END".to_owned()],
            max_tokens: Some(64),
            temperature: Some(1500),
            n: Some(2),
            json: true,
            ..call()
        };
        let draft = encode(&full, 7);
        let body: Value = serde_json::from_slice(&draft.body).expect("JSON of ours");
        let parameters = &body["tools"][0]["functionDeclarations"][0]["parameters"];
        assert!(parameters.get("additionalProperties").is_none());
        assert_eq!(parameters["properties"]["unit"]["enum"][0], "celsius");
        let image = &body["contents"][0]["parts"][1]["inlineData"];
        assert_eq!(image["mimeType"], "image/png");
        assert_eq!(
            body["generationConfig"].to_string(),
            concat!(
                r#"{"maxOutputTokens":64,"temperature":1.5,"stopSequences":["END"],"#,
                r#""candidateCount":2,"responseMimeType":"application/json","#,
                r#""thinkingConfig":{"includeThoughts":true,"thinkingBudget":4096}}"#
            )
        );
        let asked = draft.asked;
        assert_eq!(asked.max_tokens, Some(64));
        assert_eq!(asked.n, Some(2));
        assert_eq!(asked.tools, Some(vec!["get_weather".to_owned()]));
        assert_eq!(
            asked.tool_choice,
            Some(AskedToolChoice::Named("get_weather".to_owned()))
        );
        assert_eq!(asked.thinking, Some(true));
        assert_eq!(asked.json, Some(true));
        assert_eq!(asked.stop_sequences, Some(vec!["END".to_owned()]));
        assert_eq!(asked.model.as_deref(), Some("gemini-3-flash"));
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
