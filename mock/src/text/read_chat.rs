//! Reads a Chat Completions request. Ranges follow OpenAI's API description; what only some models
//! take is not checked here.

use std::collections::HashSet;

use serde_json::Value;

use super::count::input_tokens;
use super::fields::{Fields, function, invalid, known_tool, strings};
use super::read::streamed;
use super::{CacheUse, Delivery, Dialect, Maker, Marks, Prompt, Refusal, Tool, ToolChoice};
use super::{media, strict};

const ROLES: &[&str] = &[
    "developer",
    "system",
    "user",
    "assistant",
    "tool",
    "function",
];
pub(super) const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const MOST_TOOLS: usize = 128;

pub(super) fn read(fields: &Fields<'_>, body: &Value) -> Result<Prompt, Refusal> {
    let model = fields.required_text("model")?.to_owned();
    messages(fields)?;
    let delivery = streamed(fields)?;
    let (include_usage, obfuscation) = stream_options(fields, delivery)?;
    sampling(fields)?;
    let limit = fields.whole("max_completion_tokens", 1..=u64::MAX)?;
    let max_tokens = limit.or(fields.whole("max_tokens", 1..=u64::MAX)?);
    let choices = fields.whole("n", 1..=128)?.unwrap_or(1);
    let tools = tools(fields)?;
    let (tool_choice, tools) = tool_choice(fields, tools)?;
    let effort = fields.word("reasoning_effort", EFFORTS)?;
    Ok(Prompt {
        dialect: Dialect::OpenaiChat,
        model,
        delivery,
        input_tokens: input_tokens(Dialect::OpenaiChat, body),
        max_tokens,
        choices: u32::try_from(choices).unwrap_or(1),
        tools,
        tool_choice,
        thinking: effort.is_some_and(|effort| effort != "none") || switched_on(fields)?,
        stop_sequences: stop(fields)?,
        include_usage,
        obfuscation,
        json: response_format(fields)?,
        maker: Maker::of(Dialect::OpenaiChat),
        marks: Marks::default(),
        cache: CacheUse::default(),
        body: body.clone(),
    })
}

fn messages(fields: &Fields<'_>) -> Result<(), Refusal> {
    let list = fields.required_list("messages")?;
    let mut unanswered: HashSet<&str> = HashSet::new();
    for (at, value) in list.iter().enumerate() {
        let path = format!("messages[{at}]");
        let message = Fields::of(value, path.clone())?;
        let Some(role) = message.word("role", ROLES)? else {
            return Err(message.missing("role"));
        };
        if role == "tool" {
            let id = message.required_text("tool_call_id")?;
            if !unanswered.remove(id) {
                return Err(invalid(
                    path,
                    format!("answers no tool call before it: {id}"),
                ));
            }
        } else if !unanswered.is_empty() {
            return Err(unanswered_call(path, &unanswered));
        }
        content(&message)?;
        let calls = message.list("tool_calls")?.unwrap_or_default();
        for (at, value) in calls.iter().enumerate() {
            let call = Fields::of(value, message.path(&format!("tool_calls[{at}]")))?;
            unanswered.insert(call.required_text("id")?);
        }
        let speaks = message.get("content").is_some() || message.get("refusal").is_some();
        if !speaks && calls.is_empty() && message.get("function_call").is_none() {
            return Err(message.missing("content"));
        }
    }
    if unanswered.is_empty() {
        Ok(())
    } else {
        Err(unanswered_call(
            format!("messages[{}]", list.len() - 1),
            &unanswered,
        ))
    }
}

fn unanswered_call(path: String, ids: &HashSet<&str>) -> Refusal {
    let id = ids.iter().min().unwrap_or(&"");
    invalid(
        path,
        format!("a tool call is not followed by its tool message: {id}"),
    )
}

/// A string or a list of typed parts.
fn content(message: &Fields<'_>) -> Result<(), Refusal> {
    if message.get("content").is_none_or(Value::is_string) {
        return Ok(());
    }
    for (at, value) in message
        .list("content")?
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let part = Fields::of(value, message.path(&format!("content[{at}]")))?;
        let kinds = ["text", "image_url", "input_audio", "file", "refusal"];
        match part.word("type", &kinds)? {
            None => return Err(part.missing("type")),
            Some("text") => {
                part.present_text("text")?;
            }
            // The bare address is not documented, but taken.
            Some("image_url") if !part.get("image_url").is_some_and(Value::is_string) => {
                let image = part
                    .object("image_url")?
                    .ok_or_else(|| part.missing("image_url"))?;
                media::address(&image, "url")?;
            }
            Some("image_url") => media::address(&part, "image_url")?,
            Some(_) => {}
        }
    }
    Ok(())
}

fn stream_options(fields: &Fields<'_>, delivery: Delivery) -> Result<(bool, bool), Refusal> {
    let Some(options) = fields.object("stream_options")? else {
        return Ok((false, true));
    };
    if delivery == Delivery::Unary {
        return Err(fields.invalid("stream_options", "only allowed when `stream` is true"));
    }
    Ok((
        options.flag("include_usage")?.unwrap_or(false),
        options.flag("include_obfuscation")?.unwrap_or(true),
    ))
}

fn sampling(fields: &Fields<'_>) -> Result<(), Refusal> {
    fields.number("temperature", 0.0..=2.0)?;
    fields.number("top_p", 0.0..=1.0)?;
    fields.number("presence_penalty", -2.0..=2.0)?;
    fields.number("frequency_penalty", -2.0..=2.0)?;
    let wants = fields.flag("logprobs")?.unwrap_or(false);
    if fields.whole("top_logprobs", 0..=20)?.is_some() && !wants {
        return Err(fields.invalid("top_logprobs", "needs `logprobs` to be true"));
    }
    fields.flag("parallel_tool_calls")?;
    fields.object("metadata")?;
    Ok(())
}

/// How DeepSeek's API switches thinking on; the gateway takes it for all models.
fn switched_on(fields: &Fields<'_>) -> Result<bool, Refusal> {
    match fields.object("thinking")? {
        Some(thinking) => Ok(thinking.word("type", &["enabled", "disabled"])? == Some("enabled")),
        None => Ok(false),
    }
}

fn stop(fields: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    match fields.get("stop") {
        Some(Value::String(one)) if !one.is_empty() => Ok(vec![one.clone()]),
        Some(Value::String(_)) => Ok(Vec::new()),
        Some(_) | None => strings(fields, "stop", 4),
    }
}

/// Function tools; other kinds are accepted and never called.
fn tools(fields: &Fields<'_>) -> Result<Vec<Tool>, Refusal> {
    let list = fields.list("tools")?.unwrap_or_default();
    if list.len() > MOST_TOOLS {
        return Err(fields.invalid("tools", format!("has more than {MOST_TOOLS} entries")));
    }
    let mut tools = Vec::new();
    for (at, value) in list.iter().enumerate() {
        let tool = Fields::of(value, format!("tools[{at}]"))?;
        if tool
            .word("type", &["function", "custom"])?
            .ok_or_else(|| tool.missing("type"))?
            == "function"
        {
            let declared = tool
                .object("function")?
                .ok_or_else(|| tool.missing("function"))?;
            tools.push(function(&declared, &["parameters"], "_-", 64)?);
        }
    }
    Ok(tools)
}

/// The choice, and the tools that it leaves.
fn tool_choice(fields: &Fields<'_>, tools: Vec<Tool>) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    let choice = match fields.get("tool_choice") {
        None => ToolChoice::Auto,
        Some(Value::String(_)) => mode(fields, "tool_choice", &tools)?,
        Some(_) => {
            let Some(choice) = fields.object("tool_choice")? else {
                return Ok((ToolChoice::Auto, tools));
            };
            match choice.required_text("type")? {
                "function" => {
                    let named = choice.object("function")?;
                    let named = named.ok_or_else(|| choice.missing("function"))?;
                    let name = named.required_text("name")?;
                    known_tool(&tools, name, "tool_choice.function.name")?;
                    ToolChoice::Named(name.to_owned())
                }
                "allowed_tools" => {
                    let allowed = choice.object("allowed_tools")?.unwrap_or(choice);
                    return allowed_tools(&allowed, &tools);
                }
                _ => ToolChoice::Auto,
            }
        }
    };
    Ok((choice, tools))
}

/// `none`, `auto` or `required`; the last needs something to require.
pub(super) fn mode(fields: &Fields<'_>, key: &str, tools: &[Tool]) -> Result<ToolChoice, Refusal> {
    match fields.word(key, &["none", "auto", "required"])? {
        Some("none") => Ok(ToolChoice::None),
        Some("required") if tools.is_empty() => {
            // Tools of other kinds satisfy the rule, but the replica calls none of them.
            match fields.list("tools")? {
                None | Some([]) => Err(fields.invalid(key, "needs tools")),
                Some(_) => Ok(ToolChoice::Auto),
            }
        }
        Some("required") => Ok(ToolChoice::Required),
        Some(_) | None => Ok(ToolChoice::Auto),
    }
}

/// `{mode, tools}`, the tools as in the request or by name only.
pub(super) fn allowed_tools(
    allowed: &Fields<'_>,
    tools: &[Tool],
) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    let mut left = Vec::new();
    for value in allowed.required_list("tools")? {
        let name = value["name"]
            .as_str()
            .or_else(|| value["function"]["name"].as_str());
        let name = name.unwrap_or_default();
        known_tool(tools, name, &allowed.path("tools"))?;
        left.extend(tools.iter().find(|tool| tool.name == name).cloned());
    }
    Ok((mode(allowed, "mode", &left)?, left))
}

pub(super) fn response_format(fields: &Fields<'_>) -> Result<bool, Refusal> {
    let Some(format) = fields.object("response_format")? else {
        return Ok(false);
    };
    match format.word("type", &["text", "json_object", "json_schema"])? {
        None => Err(format.missing("type")),
        Some("json_schema") => {
            let schema = format.object("json_schema")?;
            let schema = schema.ok_or_else(|| format.missing("json_schema"))?;
            schema.required_text("name")?;
            strict::format(&schema)?;
            Ok(true)
        }
        Some(kind) => Ok(kind == "json_object"),
    }
}
