//! Reads a `generateContent` request. Ranges follow Google's API reference; both spellings of a
//! field's name are taken, as there.

use serde_json::Value;

use super::count::input_tokens;
use super::fields::{Fields, function, invalid, known_tool, strings};
use super::gemini_turns;
use super::media;
use super::{CacheUse, Delivery, Dialect, Maker, Marks, Prompt, Refusal, Tool, ToolChoice};

const MOST_STOPS: usize = 5;
const MOST_CANDIDATES: u64 = 8;
const LARGEST: u64 = 2_147_483_647;

pub(super) fn read(
    fields: &Fields<'_>,
    body: &Value,
    path_model: Option<&str>,
    delivery: Delivery,
) -> Result<Prompt, Refusal> {
    let model = path_model.filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| fields.missing("model"))?;
    contents(fields)?;
    gemini_turns::check(body, model)?;
    let tools = tools(fields)?;
    let (tool_choice, tools) = tool_choice(fields, tools)?;
    let mut prompt = Prompt {
        dialect: Dialect::Gemini,
        model: model.to_owned(),
        delivery,
        input_tokens: input_tokens(Dialect::Gemini, body),
        max_tokens: None,
        choices: 1,
        tools,
        tool_choice,
        thinking: false,
        stop_sequences: Vec::new(),
        include_usage: true,
        obfuscation: false,
        json: false,
        maker: Maker::of(Dialect::Gemini),
        marks: Marks::default(),
        cache: CacheUse::default(),
        body: body.clone(),
    };
    if let Some(config) = fields.object(fields.either("generationConfig", "generation_config"))? {
        generation(&config, &mut prompt)?;
    }
    Ok(prompt)
}

fn contents(fields: &Fields<'_>) -> Result<(), Refusal> {
    let list = match fields.list("contents")? {
        None | Some([]) => return Err(fields.missing("contents")),
        Some(list) => list,
    };
    for (at, value) in list.iter().enumerate() {
        let content = Fields::of(value, format!("contents[{at}]"))?;
        content.word("role", &["user", "model", "function"])?;
        parts(&content)?;
    }
    let system = fields.either("systemInstruction", "system_instruction");
    fields
        .object(system)?
        .map_or(Ok(()), |system| parts(&system))
}

/// At least one part, each with exactly one kind of content.
fn parts(content: &Fields<'_>) -> Result<(), Refusal> {
    let list = content
        .list_or_one("parts")?
        .ok_or_else(|| content.missing("parts"))?;
    if list.is_empty() {
        return Err(content.invalid("parts", "must have at least one entry"));
    }
    for (at, value) in list.iter().enumerate() {
        let part = Fields::of(value, content.path(&format!("parts[{at}]")))?;
        part.text("text")?;
        if let Some(image) = part.object(part.either("inlineData", "inline_data"))? {
            image.required_text(image.either("mimeType", "mime_type"))?;
            media::either_base64(&image, "data")?;
        }
        if let Some(call) = part.object(part.either("functionCall", "function_call"))? {
            call.required_text("name")?;
            call.object("args")?;
        }
        let response = part.either("functionResponse", "function_response");
        if let Some(response) = part.object(response)? {
            response.required_text("name")?;
            response.object("response")?;
        }
        let kinds = [
            "text",
            "inlineData",
            "functionCall",
            "functionResponse",
            "fileData",
        ];
        if kinds.iter().filter(|kind| part.get(kind).is_some()).count() > 1 {
            return Err(invalid(
                content.path(&format!("parts[{at}]")),
                "has several kinds of data",
            ));
        }
    }
    Ok(())
}

fn generation(config: &Fields<'_>, prompt: &mut Prompt) -> Result<(), Refusal> {
    let most = config.either("maxOutputTokens", "max_output_tokens");
    prompt.max_tokens = config.whole(most, 1..=LARGEST)?;
    let count = config.either("candidateCount", "candidate_count");
    let choices = config.whole(count, 1..=MOST_CANDIDATES)?.unwrap_or(1);
    prompt.choices = u32::try_from(choices).unwrap_or(1);
    let stops = config.either("stopSequences", "stop_sequences");
    prompt.stop_sequences = strings(config, stops, MOST_STOPS)?;
    config.number("temperature", 0.0..=2.0)?;
    config.number(config.either("topP", "top_p"), 0.0..=1.0)?;
    config.number(config.either("topK", "top_k"), 0.0..=f64::MAX)?;
    prompt.json = is_json(config)?;
    if let Some(thinking) = config.object(config.either("thinkingConfig", "thinking_config"))? {
        prompt.thinking = is_thinking(&thinking)?;
    }
    Ok(())
}

/// Whether the answer is a document. A schema needs a type that it can be the schema of.
fn is_json(config: &Fields<'_>) -> Result<bool, Refusal> {
    let kind = config.text(config.either("responseMimeType", "response_mime_type"))?;
    let schemas = [
        config.either("responseSchema", "response_schema"),
        config.either("responseJsonSchema", "response_json_schema"),
    ];
    let given: Vec<_> = schemas
        .iter()
        .filter(|key| config.get(key).is_some())
        .collect();
    match (kind, given.as_slice()) {
        (_, [_, second, ..]) => Err(config.invalid(second, "there may be only one schema")),
        (Some("application/json"), _) => Ok(true),
        (Some("text/x.enum"), _) => Ok(false),
        (None | Some("" | "text/plain"), [schema]) => {
            let message = "needs `responseMimeType` application/json or text/x.enum";
            Err(config.invalid(schema, message))
        }
        (None | Some("" | "text/plain"), []) => Ok(false),
        (Some(_), _) => {
            let message = "must be text/plain, application/json or text/x.enum";
            Err(config.invalid("responseMimeType", message))
        }
    }
}

/// A budget of 0 switches thinking off; -1 leaves its length to the model.
fn is_thinking(config: &Fields<'_>) -> Result<bool, Refusal> {
    let shown = config.flag(config.either("includeThoughts", "include_thoughts"))?;
    let level = config.text(config.either("thinkingLevel", "thinking_level"))?;
    let key = config.either("thinkingBudget", "thinking_budget");
    let Some(budget) = config.get(key) else {
        return Ok(shown == Some(true) || level.is_some());
    };
    match budget.as_i64() {
        Some(budget) if budget >= -1 => Ok(budget != 0),
        Some(_) | None => Err(config.invalid(key, "expected an integer of at least -1")),
    }
}

fn tools(fields: &Fields<'_>) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    for (at, value) in fields
        .list_or_one("tools")?
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let tool = Fields::of(value, format!("tools[{at}]"))?;
        let key = tool.either("functionDeclarations", "function_declarations");
        for (inner, value) in tool.list(key)?.unwrap_or_default().iter().enumerate() {
            let declared = Fields::of(value, tool.path(&format!("{key}[{inner}]")))?;
            let schemas = [
                "parameters",
                "parametersJsonSchema",
                "parameters_json_schema",
            ];
            tools.push(function(&declared, &schemas, "_:.-", 64)?);
        }
    }
    Ok(tools)
}

/// The mode, and the tools that it leaves.
fn tool_choice(fields: &Fields<'_>, tools: Vec<Tool>) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    let config = match fields.object(fields.either("toolConfig", "tool_config"))? {
        Some(config) => {
            config.object(config.either("functionCallingConfig", "function_calling_config"))?
        }
        None => None,
    };
    let Some(config) = config else {
        return Ok((ToolChoice::Auto, tools));
    };
    let key = config.either("allowedFunctionNames", "allowed_function_names");
    let names = strings(&config, key, usize::MAX)?;
    for name in &names {
        known_tool(&tools, name, &config.path(key))?;
    }
    let mode = config.word(
        "mode",
        &["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"],
    )?;
    let choice = match mode {
        Some("NONE") => ToolChoice::None,
        Some("ANY") if tools.is_empty() => return Err(config.invalid("mode", "needs functions")),
        Some("ANY") => ToolChoice::Required,
        Some("VALIDATED") => ToolChoice::Auto,
        Some(_) | None if !names.is_empty() => {
            return Err(config.invalid(key, "only allowed when `mode` is ANY or VALIDATED"));
        }
        Some(_) | None => ToolChoice::Auto,
    };
    let is_left = |tool: &Tool| names.is_empty() || names.contains(&tool.name);
    Ok((choice, tools.into_iter().filter(is_left).collect()))
}
