//! A request read back: what its answer must fit.

use crate::json::Value;
use crate::protocol::{Asked, AskedToolChoice};

/// Reads from a request body what the answer must fit. Both spellings that the service takes are
/// read. The model is not in the body.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    let config = either(body, "generationConfig", "generation_config");
    let config = config.unwrap_or(&Value::Null);
    asked.max_tokens =
        either(config, "maxOutputTokens", "max_output_tokens").and_then(Value::as_u64);
    let count = either(config, "candidateCount", "candidate_count");
    asked.n = Some(count.and_then(Value::as_u64).unwrap_or(1));
    let thinking = either(config, "thinkingConfig", "thinking_config");
    let thoughts =
        thinking.and_then(|thinking| either(thinking, "includeThoughts", "include_thoughts"));
    asked.thinking = Some(thoughts == Some(&Value::Bool(true)));
    let stops = either(config, "stopSequences", "stop_sequences").and_then(Value::as_array);
    let stops = stops.into_iter().flatten().filter_map(Value::as_str);
    asked.stop_sequences = Some(stops.map(str::to_owned).collect());
    let media_type = either(config, "responseMimeType", "response_mime_type");
    asked.json = Some(media_type.and_then(Value::as_str) == Some("application/json"));
    asked.tools = read_tools(body);
    asked.tool_choice = read_choice(body);
}

/// Names of declared functions. `None` when they may lie in a cache or on a server of tools.
fn read_tools(body: &Value) -> Option<Vec<String>> {
    if either(body, "cachedContent", "cached_content").is_some() {
        return None;
    }
    let mut names = Vec::new();
    // The service takes a lone member for a list of one.
    let tools = match body.get("tools") {
        Some(Value::Array(tools)) => tools.as_slice(),
        Some(tool) => std::slice::from_ref(tool),
        None => &[],
    };
    for tool in tools {
        if either(tool, "mcpServers", "mcp_servers").is_some() {
            return None;
        }
        let declared = either(tool, "functionDeclarations", "function_declarations");
        let declared = declared.and_then(Value::as_array).into_iter().flatten();
        for function in declared {
            names.push(function.get("name")?.as_str()?.to_owned());
        }
    }
    Some(names)
}

fn read_choice(body: &Value) -> Option<AskedToolChoice> {
    let config = either(body, "toolConfig", "tool_config")?;
    let config = either(config, "functionCallingConfig", "function_calling_config")?;
    match config.get("mode")?.as_str()? {
        "AUTO" => Some(AskedToolChoice::Auto),
        "NONE" => Some(AskedToolChoice::None),
        "ANY" => {
            let allowed = either(config, "allowedFunctionNames", "allowed_function_names");
            match allowed.and_then(Value::as_array).map(Vec::as_slice) {
                Some([name]) => Some(AskedToolChoice::Named(name.as_str()?.to_owned())),
                _ => Some(AskedToolChoice::Required),
            }
        }
        _ => None,
    }
}

fn either<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    value.get(camel).or_else(|| value.get(snake))
}
