//! The messages of a Messages request: whose turn it is, what each block needs, and that calls and
//! results belong together.

use std::collections::HashSet;

use serde_json::Value;

use super::Refusal;
use super::fields::{Fields, invalid};
use super::media::{self, IMAGE_TYPES};

const MOST_MESSAGES: usize = 100_000;
/// Bytes of one picture.
const LARGEST_IMAGE: usize = 5 * 1024 * 1024;
/// Ends of the names of models that do not go on with a message of their own.
const WITHOUT_PREFILL: &[&str] = &["-4-6", "-4-7", "-4-8"];

pub(super) fn messages(fields: &Fields<'_>, model: &str) -> Result<(), Refusal> {
    let list = fields.required_list("messages")?;
    if list.len() > MOST_MESSAGES {
        return Err(fields.invalid("messages", format!("has more than {MOST_MESSAGES} entries")));
    }
    let mut unanswered: HashSet<&str> = HashSet::new();
    let continued = continues(fields.get("thread").unwrap_or(&Value::Null)).is_some();
    for (at, value) in list.iter().enumerate() {
        let path = format!("messages.{at}");
        let message = Fields::of(value, path.clone())?;
        let role = message.word("role", &["user", "assistant", "system"])?;
        let role = role.ok_or_else(|| message.missing("role"))?;
        let is_last = at + 1 == list.len();
        if is_empty(&message) && !(is_last && role == "assistant") {
            let message = "all messages must have non-empty content except for the optional final \
                           assistant message";
            return Err(invalid(path, message));
        }
        if is_last && role == "assistant" && is_without_prefill(model) {
            let message = "this model does not support assistant message prefill; the conversation \
                           must end with a user message";
            return Err(invalid(path, message));
        }
        let (uses, results) = content(&message)?;
        // What the first message of a continued thread answers was said before.
        let mut new = results.iter().filter(|_| at > 0 || !continued);
        if let Some(id) = new.find(|id| !unanswered.remove(*id)) {
            return Err(invalid(path, unexpected(id)));
        }
        no_more(&unanswered, path)?;
        unanswered.extend(uses);
    }
    no_more(&unanswered, format!("messages.{}", list.len() - 1))
}

/// The message that a request's `thread` goes on from.
pub(crate) fn continues(thread: &Value) -> Option<&str> {
    let names = thread["type"] == "continue";
    thread["previous_message_id"].as_str().filter(|_| names)
}

/// Whether the first message answers the calls that the thread was left with, and no others.
///
/// # Errors
/// A call without a result, or a result without a call.
pub(crate) fn check_results(body: &Value, open: &[String]) -> Result<(), Refusal> {
    let blocks = body["messages"][0]["content"].as_array();
    let results = blocks.into_iter().flatten();
    let results = results.filter_map(|block| block["tool_use_id"].as_str());
    let mut open: HashSet<&str> = open.iter().map(String::as_str).collect();
    for id in results {
        if !open.remove(id) {
            return Err(invalid("messages.0", unexpected(id)));
        }
    }
    no_more(&open, "messages.0".to_owned())
}

fn unexpected(id: &str) -> String {
    format!(
        "unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block \
         must have a corresponding `tool_use` block in the previous message."
    )
}

fn no_more(unanswered: &HashSet<&str>, path: String) -> Result<(), Refusal> {
    let mut ids: Vec<&str> = unanswered.iter().copied().collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    let message = format!(
        "`tool_use` ids were found without `tool_result` blocks immediately after: {}",
        ids.join(", ")
    );
    Err(invalid(path, message))
}

fn is_empty(message: &Fields<'_>) -> bool {
    match message.get("content") {
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(blocks)) => blocks.is_empty(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

fn is_without_prefill(model: &str) -> bool {
    model.starts_with("claude-") && WITHOUT_PREFILL.iter().any(|end| model.ends_with(end))
}

type Ids<'a> = Vec<&'a str>;

/// Checks a message's content; gives the ids of the tool calls and tool results in it.
fn content<'a>(message: &Fields<'a>) -> Result<(Ids<'a>, Ids<'a>), Refusal> {
    let (mut uses, mut results) = (Vec::new(), Vec::new());
    let blocks = match message.get("content") {
        None => return Err(message.missing("content")),
        Some(Value::String(_)) => return Ok((uses, results)),
        Some(_) => message.list("content")?.unwrap_or_default(),
    };
    for (at, value) in blocks.iter().enumerate() {
        let block = Fields::of(value, message.path(&format!("content.{at}")))?;
        match block.required_text("type")? {
            "text" => {
                block.required_text("text")?;
            }
            "image" => image(&block)?,
            "document" => {
                let source = block.object("source")?;
                let source = source.ok_or_else(|| block.missing("source"))?;
                source.required_text("type")?;
            }
            "thinking" => {
                block.present_text("thinking")?;
                block.required_text("signature")?;
            }
            "redacted_thinking" => {
                block.required_text("data")?;
            }
            "tool_use" => {
                uses.push(block.required_text("id")?);
                block.required_text("name")?;
                block
                    .object("input")?
                    .ok_or_else(|| block.missing("input"))?;
            }
            "tool_result" => results.push(block.required_text("tool_use_id")?),
            _ => {}
        }
    }
    Ok((uses, results))
}

fn image(block: &Fields<'_>) -> Result<(), Refusal> {
    let source = block
        .object("source")?
        .ok_or_else(|| block.missing("source"))?;
    match source.required_text("type")? {
        "base64" => {
            if source.word("media_type", IMAGE_TYPES)?.is_none() {
                return Err(source.missing("media_type"));
            }
            let bytes = media::base64(&source, "data")?;
            if bytes > LARGEST_IMAGE {
                let message =
                    format!("image exceeds 5 MB maximum: {bytes} bytes > {LARGEST_IMAGE} bytes");
                return Err(source.invalid("data", message));
            }
            Ok(())
        }
        "url" => media::web_address(&source, "url"),
        _ => Ok(()),
    }
}
