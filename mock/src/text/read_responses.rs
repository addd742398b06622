//! Reads a Responses request. Ranges follow OpenAI's API description; what only some models take is
//! not checked here.

use std::collections::HashSet;

use serde_json::Value;

use super::count::input_tokens;
use super::fields::{Fields, function, invalid, known_tool};
use super::read::streamed;
use super::read_chat::{EFFORTS, allowed_tools, mode, response_format};
use super::{CacheUse, Dialect, Maker, Marks, Prompt, Refusal, Tool, ToolChoice};
use super::{media, strict};

pub(super) fn read(fields: &Fields<'_>, body: &Value) -> Result<Prompt, Refusal> {
    let model = fields.required_text("model")?.to_owned();
    input(fields)?;
    sampling(fields)?;
    let obfuscation = match fields.object("stream_options")? {
        Some(options) => options.flag("include_obfuscation")?.unwrap_or(true),
        None => true,
    };
    let tools = tools(fields)?;
    let (tool_choice, tools) = tool_choice(fields, tools)?;
    Ok(Prompt {
        dialect: Dialect::OpenaiResponses,
        model,
        delivery: streamed(fields)?,
        input_tokens: input_tokens(Dialect::OpenaiResponses, body),
        max_tokens: fields.whole("max_output_tokens", 16..=u64::MAX)?,
        choices: 1,
        tools,
        tool_choice,
        thinking: thinking(fields)?,
        stop_sequences: Vec::new(),
        include_usage: true,
        obfuscation,
        json: json(fields)?,
        maker: Maker::of(Dialect::OpenaiResponses),
        marks: Marks::default(),
        cache: CacheUse::default(),
        body: body.clone(),
    })
}

fn input(fields: &Fields<'_>) -> Result<(), Refusal> {
    match fields.get("input") {
        None => return Err(fields.missing("input")),
        Some(Value::String(_)) => return Ok(()),
        Some(_) => {}
    }
    let (mut calls, mut outputs) = (HashSet::new(), HashSet::new());
    let mut refers = false;
    for (at, value) in fields.required_list("input")?.iter().enumerate() {
        let item = Fields::of(value, format!("input[{at}]"))?;
        match item.text("type")?.unwrap_or("message") {
            "message" => message(&item)?,
            "function_call" => {
                item.required_text("name")?;
                calls.insert(item.required_text("call_id")?);
            }
            "function_call_output" => {
                outputs.insert(item.required_text("call_id")?);
            }
            "item_reference" => refers = true,
            _ => {}
        }
    }
    // A continued response may answer calls that this request only points to.
    let continues = refers
        || ["previous_response_id", "conversation"]
            .iter()
            .any(|key| fields.get(key).is_some());
    if let Some(id) = calls.difference(&outputs).min() {
        return Err(unanswered(id));
    }
    match outputs.difference(&calls).min() {
        Some(id) if !continues => Err(uncalled(id)),
        Some(_) | None => Ok(()),
    }
}

fn unanswered(id: &str) -> Refusal {
    invalid(
        "input",
        format!("No tool output found for function call {id}."),
    )
}

fn uncalled(id: &str) -> Refusal {
    invalid(
        "input",
        format!("No tool call found for function call output with call_id {id}."),
    )
}

/// Checks a request that continues a response against the calls which that one left open: each must
/// be answered, and nothing else. A request that points to single items is not checked.
pub(crate) fn check_outputs(body: &Value, open: &[String]) -> Result<(), Refusal> {
    let items = || body["input"].as_array().into_iter().flatten();
    let ids = |kind: &'static str| {
        let of_kind = items().filter(move |item| item["type"] == kind);
        of_kind.filter_map(|item| item["call_id"].as_str())
    };
    if items().any(|item| item["type"] == "item_reference") {
        return Ok(());
    }
    let calls: HashSet<&str> = ids("function_call").collect();
    let outputs: HashSet<&str> = ids("function_call_output").collect();
    let open: HashSet<&str> = open.iter().map(String::as_str).collect();
    if let Some(id) = open.difference(&outputs).min() {
        return Err(unanswered(id));
    }
    let unknown = outputs
        .iter()
        .filter(|id| !open.contains(*id) && !calls.contains(*id));
    unknown.min().map_or(Ok(()), |id| Err(uncalled(id)))
}

fn message(item: &Fields<'_>) -> Result<(), Refusal> {
    if item
        .word("role", &["user", "assistant", "system", "developer"])?
        .is_none()
    {
        return Err(item.missing("role"));
    }
    match item.get("content") {
        None => return Err(item.missing("content")),
        Some(Value::String(_)) => return Ok(()),
        Some(_) => {}
    }
    for (at, value) in item.list("content")?.unwrap_or_default().iter().enumerate() {
        let part = Fields::of(value, item.path(&format!("content[{at}]")))?;
        match part.required_text("type")? {
            "input_text" | "output_text" => {
                part.present_text("text")?;
            }
            "input_image" if part.text("file_id")?.is_none() => {
                media::address(&part, "image_url")?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn sampling(fields: &Fields<'_>) -> Result<(), Refusal> {
    fields.text("instructions").or_else(|refusal| {
        // Echoed objects of earlier responses hold a list here.
        if fields.list("instructions").is_ok() {
            Ok(None)
        } else {
            Err(refusal)
        }
    })?;
    fields.number("temperature", 0.0..=2.0)?;
    fields.number("top_p", 0.0..=1.0)?;
    fields.number("presence_penalty", -2.0..=2.0)?;
    fields.number("frequency_penalty", -2.0..=2.0)?;
    fields.whole("top_logprobs", 0..=20)?;
    fields.whole("max_tool_calls", 1..=u64::MAX)?;
    fields.flag("parallel_tool_calls")?;
    fields.flag("store")?;
    fields.flag("background")?;
    fields.text("previous_response_id")?;
    fields.word("truncation", &["auto", "disabled"])?;
    fields.list("include")?;
    if let Some(metadata) = fields.get("metadata") {
        let map = metadata
            .as_object()
            .ok_or_else(|| invalid("metadata", "expected an object"))?;
        if map.len() > 16 {
            return Err(invalid("metadata", "has more than 16 entries"));
        }
    }
    Ok(())
}

/// Function tools; hosted and other kinds are accepted and never called.
fn tools(fields: &Fields<'_>) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    for (at, value) in fields.list("tools")?.unwrap_or_default().iter().enumerate() {
        let tool = Fields::of(value, format!("tools[{at}]"))?;
        if tool.required_text("type")? == "function" {
            tools.push(function(&tool, &["parameters"], "_-", 64)?);
        }
    }
    Ok(tools)
}

fn tool_choice(fields: &Fields<'_>, tools: Vec<Tool>) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    if fields.get("tool_choice").is_some_and(Value::is_string) {
        return Ok((mode(fields, "tool_choice", &tools)?, tools));
    }
    let Some(choice) = fields.object("tool_choice")? else {
        return Ok((ToolChoice::Auto, tools));
    };
    match choice.required_text("type")? {
        "function" => {
            let name = choice.required_text("name")?;
            known_tool(&tools, name, "tool_choice.name")?;
            Ok((ToolChoice::Named(name.to_owned()), tools))
        }
        "allowed_tools" => allowed_tools(&choice, &tools),
        _ => Ok((ToolChoice::Auto, tools)),
    }
}

/// Asked for by an effort other than none, or by wanting a summary.
fn thinking(fields: &Fields<'_>) -> Result<bool, Refusal> {
    let Some(reasoning) = fields.object("reasoning")? else {
        return Ok(false);
    };
    let summary = reasoning.word("summary", &["auto", "concise", "detailed"])?;
    Ok(match reasoning.word("effort", EFFORTS)? {
        Some(effort) => effort != "none",
        None => summary.is_some(),
    })
}

/// `text.format`; some clients put Chat's `response_format` here instead.
fn json(fields: &Fields<'_>) -> Result<bool, Refusal> {
    let format = match fields.object("text")? {
        Some(text) => text.object("format")?,
        None => None,
    };
    let Some(format) = format else {
        return response_format(fields);
    };
    match format.word("type", &["text", "json_object", "json_schema"])? {
        None => Err(format.missing("type")),
        Some("json_schema") if format.get("schema").is_none() => Err(format.missing("schema")),
        Some("json_schema") => strict::format(&format).map(|()| true),
        Some(kind) => Ok(kind != "text"),
    }
}
