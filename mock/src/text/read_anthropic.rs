//! Reads a Messages request. Ranges follow Anthropic's API reference; limits that depend on a model
//! are not checked here.

use serde_json::Value;

use super::count::input_tokens;
use super::fields::{Fields, function, known_tool, strings};
use super::read::streamed;
use super::{CacheUse, Dialect, Maker, Marks, Prompt, Refusal, Tool, ToolChoice};
use super::{anthropic_turns, cache_marks};

pub(super) fn read(fields: &Fields<'_>, body: &Value) -> Result<Prompt, Refusal> {
    let model = fields.required_text("model")?.to_owned();
    if fields.get("max_tokens").is_none() {
        return Err(fields.missing("max_tokens"));
    }
    let max_tokens = fields.whole("max_tokens", 0..=u64::MAX)?;
    anthropic_turns::messages(fields, &model)?;
    system(fields)?;
    cache_marks::check(body)?;
    sampling(fields)?;
    let stop_sequences = strings(fields, "stop_sequences", usize::MAX)?;
    if stop_sequences.iter().any(|one| one.trim().is_empty()) {
        let message = "each stop sequence must contain non-whitespace";
        return Err(fields.invalid("stop_sequences", message));
    }
    let (names, tools) = tools(fields)?;
    let tool_choice = tool_choice(fields, &names)?;
    let thinking = thinking(fields, max_tokens, &tool_choice)?;
    let format = match fields.object("output_config")? {
        Some(config) => config.object("format")?,
        None => None,
    };
    let json = match format {
        Some(format) if format.text("type")? == Some("json_schema") => {
            let schema = format.object("schema")?;
            schema
                .map(|_| true)
                .ok_or_else(|| format.missing("schema"))?
        }
        Some(_) | None => false,
    };
    Ok(Prompt {
        dialect: Dialect::AnthropicMessages,
        model,
        delivery: streamed(fields)?,
        input_tokens: input_tokens(Dialect::AnthropicMessages, body),
        max_tokens,
        choices: 1,
        tools,
        tool_choice,
        thinking,
        stop_sequences,
        include_usage: true,
        obfuscation: false,
        json,
        maker: Maker::of(Dialect::AnthropicMessages),
        marks: Marks::default(),
        cache: CacheUse::default(),
        body: body.clone(),
    })
}

fn system(fields: &Fields<'_>) -> Result<(), Refusal> {
    if fields.get("system").is_none_or(Value::is_string) {
        return Ok(());
    }
    for (at, value) in fields
        .list("system")?
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        Fields::of(value, format!("system.{at}"))?.required_text("text")?;
    }
    Ok(())
}

fn sampling(fields: &Fields<'_>) -> Result<(), Refusal> {
    fields.number("temperature", 0.0..=1.0)?;
    fields.number("top_p", 0.0..=1.0)?;
    fields.whole("top_k", 0..=u64::MAX)?;
    if let Some(metadata) = fields.object("metadata")? {
        let user = metadata.text("user_id")?.unwrap_or_default();
        if user.chars().count() > 256 {
            return Err(metadata.invalid("user_id", "has more than 256 characters"));
        }
    }
    Ok(())
}

/// The names of all tools, and those that the caller runs: the service's own are never called here.
fn tools(fields: &Fields<'_>) -> Result<(Vec<Tool>, Vec<Tool>), Refusal> {
    let mut names: Vec<Tool> = Vec::new();
    let mut own = Vec::new();
    for (at, value) in fields.list("tools")?.unwrap_or_default().iter().enumerate() {
        let tool = Fields::of(value, format!("tools.{at}"))?;
        let read = function(&tool, &["input_schema"], "_-", 128)?;
        if names.iter().any(|earlier| earlier.name == read.name) {
            return Err(fields.invalid("tools", format!("two tools have the name `{}`", read.name)));
        }
        if tool.text("type")?.unwrap_or("custom") == "custom" {
            if tool.get("input_schema").is_none() {
                return Err(tool.missing("input_schema"));
            }
            own.push(read.clone());
        }
        names.push(read);
    }
    Ok((names, own))
}

fn tool_choice(fields: &Fields<'_>, names: &[Tool]) -> Result<ToolChoice, Refusal> {
    let Some(choice) = fields.object("tool_choice")? else {
        return Ok(ToolChoice::Auto);
    };
    choice.flag("disable_parallel_tool_use")?;
    match choice.word("type", &["auto", "any", "tool", "none"])? {
        None => Err(choice.missing("type")),
        Some("any") if names.is_empty() => Err(choice.invalid("type", "needs tools")),
        Some("any") => Ok(ToolChoice::Required),
        Some("none") => Ok(ToolChoice::None),
        Some("tool") => {
            let name = choice.required_text("name")?;
            known_tool(names, name, "tool_choice.name")?;
            Ok(ToolChoice::Named(name.to_owned()))
        }
        Some(_) => Ok(ToolChoice::Auto),
    }
}

fn thinking(
    fields: &Fields<'_>,
    max_tokens: Option<u64>,
    choice: &ToolChoice,
) -> Result<bool, Refusal> {
    let Some(thinking) = fields.object("thinking")? else {
        return Ok(false);
    };
    match thinking.word("type", &["enabled", "adaptive", "disabled"])? {
        None => return Err(thinking.missing("type")),
        Some("disabled") => return Ok(false),
        Some("enabled") => {
            let Some(budget) = thinking.whole("budget_tokens", 1024..=u64::MAX)? else {
                return Err(thinking.missing("budget_tokens"));
            };
            if max_tokens.is_some_and(|most| budget >= most) {
                return Err(thinking.invalid("budget_tokens", "must be less than `max_tokens`"));
            }
        }
        Some(_) => {}
    }
    if fields
        .number("temperature", 0.0..=1.0)?
        .is_some_and(|own| own < 1.0)
    {
        let message = "may only be set to 1 when thinking is enabled";
        return Err(fields.invalid("temperature", message));
    }
    thinking.word("display", &["summarized", "omitted"])?;
    match choice {
        ToolChoice::Required | ToolChoice::Named(_) => {
            let message = "may not be enabled when `tool_choice` forces a tool";
            Err(fields.invalid("thinking", message))
        }
        ToolChoice::Auto | ToolChoice::None => Ok(true),
    }
}
