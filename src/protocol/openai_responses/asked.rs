//! A request read back: what its answer must fit.

use crate::json::Value;
use crate::protocol::{Asked, AskedToolChoice, Delivery};

/// Reads from a request body what the answer must fit.
pub fn read_asked(asked: &mut Asked, body: &Value) {
    if body.get("stream") == Some(&Value::Bool(true)) && asked.delivery == Delivery::Unary {
        asked.delivery = Delivery::Sse;
    }
    asked.model = body.get("model").and_then(Value::as_str).map(str::to_owned);
    asked.max_tokens = body.get("max_output_tokens").and_then(Value::as_u64);
    asked.n = Some(1);
    asked.tools = read_tools(body.get("tools")).filter(|_| !brings_tools(body));
    asked.tool_choice = body.get("tool_choice").and_then(read_choice);
    asked.thinking = Some(body.get("reasoning").is_some_and(Value::is_object));
    asked.stop_sequences = Some(Vec::new());
    let format = body.pointer("/text/format/type").and_then(Value::as_str);
    asked.json = Some(matches!(format, Some("json_object" | "json_schema")));
}

/// Names of function and custom tools. `None` when other tools could bring functions along.
fn read_tools(tools: Option<&Value>) -> Option<Vec<String>> {
    let Some(tools) = tools.filter(|tools| !tools.is_null()) else {
        return Some(Vec::new());
    };
    let mut names = Vec::new();
    for tool in tools.as_array()? {
        match tool.get("type")?.as_str()? {
            "function" | "custom" => names.push(tool.get("name")?.as_str()?.to_owned()),
            // These never lead to a call of a function by name.
            "web_search" | "web_search_preview" | "file_search" | "code_interpreter"
            | "image_generation" => {}
            _ => return None,
        }
    }
    Some(names)
}

/// Whether the conversation itself carries further tools, or what found some.
fn brings_tools(body: &Value) -> bool {
    let items = body.get("input").and_then(Value::as_array);
    let mut kinds = items
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("type"));
    kinds.any(|kind| {
        matches!(
            kind.as_str(),
            Some("additional_tools" | "tool_search_output")
        )
    })
}

fn read_choice(choice: &Value) -> Option<AskedToolChoice> {
    match choice.as_str() {
        Some("auto") => return Some(AskedToolChoice::Auto),
        Some("none") => return Some(AskedToolChoice::None),
        Some("required") => return Some(AskedToolChoice::Required),
        _ => {}
    }
    match choice.get("type")?.as_str()? {
        "function" | "custom" => {
            let name = choice.get("name")?.as_str()?;
            Some(AskedToolChoice::Named(name.to_owned()))
        }
        _ => None,
    }
}
