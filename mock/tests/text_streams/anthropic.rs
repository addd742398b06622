//! A strict reader of Messages streams and bodies.

use serde_json::Value;
use spikeproof_mock::text::Prompt;

use crate::{Broken, Choice, Said, json, number, records, rule, text};

pub(crate) fn stream(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    let events = events(bytes)?;
    let (start, rest) = events.split_first().ok_or("a stream has events")?;
    rule(start["type"] == "message_start", "message_start is first")?;
    let message = &start["message"];
    envelope(message)?;
    rule(
        message["content"] == Value::Array(vec![]),
        "it starts empty",
    )?;
    rule(message["stop_reason"].is_null(), "it starts without a stop")?;
    let (stop, rest) = rest.split_last().ok_or("a stream ends")?;
    rule(stop["type"] == "message_stop", "message_stop is last")?;
    let (delta, blocks) = rest.split_last().ok_or("a stream has a message_delta")?;
    rule(
        delta["type"] == "message_delta",
        "message_delta comes before message_stop",
    )?;

    let mut choice = Choice::default();
    let mut content = Vec::new();
    let mut left = blocks;
    while !left.is_empty() {
        left = block(left, content.len(), &mut content)?;
    }
    fill(&mut choice, &content)?;
    let usage = &delta["usage"];
    let started = number(&message["usage"]["output_tokens"], "the first count")?;
    let output = number(&usage["output_tokens"], "the last count")?;
    rule(started <= output, "output tokens never fall")?;
    rule(
        usage["input_tokens"] == message["usage"]["input_tokens"],
        "input tokens stay",
    )?;
    rule(
        delta["delta"].get("stop_sequence").is_some(),
        "stop_sequence is there",
    )?;
    choice.stop = text(&delta["delta"]["stop_reason"], "the stop reason")?.to_owned();
    choice.sequence = delta["delta"]["stop_sequence"].as_str().map(str::to_owned);
    said(
        prompt,
        choice,
        number(&usage["input_tokens"], "the input")?,
        output,
        usage,
    )
}

/// The events but the pings, their framing checked.
fn events(bytes: &[u8]) -> Result<Vec<Value>, Broken> {
    let mut events = Vec::new();
    for lines in records(bytes, "\n")? {
        let [name, data] = lines[..] else {
            return Err(format!("an event has two lines: {lines:?}"));
        };
        let name = name
            .strip_prefix("event: ")
            .ok_or("the event line is first")?;
        let data = data
            .strip_prefix("data: ")
            .ok_or("the data line is second")?;
        let event = json(data)?;
        rule(event["type"] == name, "the name equals the type")?;
        if name == "ping" {
            rule(data == r#"{"type": "ping"}"#, "a ping has a fixed form")?;
            rule(!events.is_empty(), "no ping before the start")?;
            continue;
        }
        let body = data.trim_end_matches('}').trim_end_matches(' ');
        rule(
            data.len() - body.len() <= 15 + 6,
            "at most 15 spaces of padding",
        )?;
        events.push(event);
    }
    Ok(events)
}

/// Reads one block of the events; gives the events after it.
fn block<'a>(
    events: &'a [Value],
    index: usize,
    content: &mut Vec<Value>,
) -> Result<&'a [Value], Broken> {
    let end = events
        .iter()
        .position(|event| event["type"] != "content_block_delta");
    rule(end == Some(0), "a block starts with its start")?;
    let start = &events[0];
    rule(
        start["type"] == "content_block_start",
        "only blocks come here",
    )?;
    rule(start["index"] == index, "indexes count up")?;
    let deltas = events[1..]
        .iter()
        .take_while(|event| event["type"] == "content_block_delta");
    let deltas: Vec<&Value> = deltas.collect();
    let stop = events.get(deltas.len() + 1).ok_or("a block stops")?;
    rule(
        stop["type"] == "content_block_stop" && stop["index"] == index,
        "a block stops",
    )?;
    rule(
        deltas.iter().all(|event| event["index"] == index),
        "deltas are of the open block",
    )?;
    let mut block = start["content_block"].clone();
    let kind = text(&block["type"], "the block type")?.to_owned();
    match kind.as_str() {
        "text" => {
            rule(block["text"] == "", "text starts empty")?;
            let words = cited(&mut block, &deltas)?;
            block["text"] = joined(words, "text_delta", "text", false)?.into();
        }
        "redacted_thinking" | "web_search_tool_result" => {
            rule(deltas.is_empty(), "it is whole from the start")?;
        }
        "thinking" => {
            let (last, rest) = deltas.split_last().ok_or("thinking has a signature")?;
            block["thinking"] = joined(rest, "thinking_delta", "thinking", false)?.into();
            block["signature"] = joined(&[last], "signature_delta", "signature", false)?.into();
        }
        "tool_use" | "server_tool_use" => arguments(&mut block, &deltas)?,
        other => return Err(format!("an unknown block: {other}")),
    }
    content.push(block);
    Ok(&events[deltas.len() + 2..])
}

fn arguments(block: &mut Value, deltas: &[&Value]) -> Result<(), Broken> {
    rule(
        block["input"] == Value::Object(serde_json::Map::new()),
        "input starts empty",
    )?;
    let (first, rest) = deltas.split_first().ok_or("a call has deltas")?;
    rule(
        first["delta"]["partial_json"] == "",
        "the first piece is empty",
    )?;
    let arguments = joined(rest, "input_json_delta", "partial_json", false)?;
    block["input"] = if arguments.is_empty() {
        json("{}")?
    } else {
        json(&arguments)?
    };
    Ok(())
}

/// Takes the citations, which come first; gives the deltas of the words.
fn cited<'a>(block: &mut Value, deltas: &'a [&'a Value]) -> Result<&'a [&'a Value], Broken> {
    let is_citation = |event: &&&Value| event["delta"]["type"] == "citations_delta";
    let cited = deltas.iter().take_while(is_citation).count();
    let (citations, words) = deltas.split_at(cited);
    rule(
        block.get("citations").is_some() != citations.is_empty(),
        "citations are announced",
    )?;
    if cited > 0 {
        let each = citations
            .iter()
            .map(|event| event["delta"]["citation"].clone());
        block["citations"] = each.collect();
    }
    Ok(words)
}

fn joined(deltas: &[&Value], kind: &str, key: &str, may_be_empty: bool) -> Result<String, Broken> {
    let mut whole = String::new();
    for event in deltas {
        rule(event["delta"]["type"] == kind, "a delta fits its block")?;
        let piece = text(&event["delta"][key], key)?;
        rule(may_be_empty || !piece.is_empty(), "pieces are not empty")?;
        whole.push_str(piece);
    }
    Ok(whole)
}

fn envelope(message: &Value) -> Result<(), Broken> {
    let id = text(&message["id"], "the id")?;
    rule(
        id.starts_with("msg_") && id.len() == 28,
        "the id has its form",
    )?;
    rule(message["type"] == "message", "a message is one")?;
    rule(message["role"] == "assistant", "the role is assistant")?;
    rule(
        message.get("stop_sequence").is_some(),
        "stop_sequence is there",
    )?;
    number(&message["usage"]["input_tokens"], "the input").map(|_| ())
}

fn fill(choice: &mut Choice, content: &[Value]) -> Result<(), Broken> {
    for block in content {
        match text(&block["type"], "the block type")? {
            "thinking" => {
                choice
                    .thinking
                    .push_str(text(&block["thinking"], "thinking")?);
                choice.signature = text(&block["signature"], "a signature")?.to_owned();
                rule(!choice.signature.is_empty(), "a signature is not empty")?;
            }
            "text" => {
                choice.text.push_str(text(&block["text"], "text")?);
                let cited = block["citations"].as_array().into_iter().flatten();
                choice.citations.extend(cited.cloned());
            }
            "redacted_thinking" => {
                rule(!text(&block["data"], "the data")?.is_empty(), "data")?;
            }
            "server_tool_use" => {
                let id = text(&block["id"], "the id")?;
                rule(id.starts_with("srvtoolu_"), "a server tool id has its form")?;
                rule(block["input"]["query"].is_string(), "a search has a query")?;
                choice.searches.push(block.clone());
            }
            "web_search_tool_result" => {
                let call = choice.searches.last().ok_or("a result has its call")?;
                rule(
                    block["tool_use_id"] == call["id"],
                    "a result names its call",
                )?;
                let pages = block["content"].as_array().ok_or("pages")?;
                rule(!pages.is_empty(), "pages are found")?;
                choice.searches.push(block["content"].clone());
            }
            _ => {
                let id = text(&block["id"], "the tool id")?;
                rule(id.starts_with("toolu_"), "a tool id has its form")?;
                rule(
                    choice.calls.iter().all(|call| call.0 != id),
                    "tool ids are unique",
                )?;
                rule(block["input"].is_object(), "arguments are an object")?;
                let name = text(&block["name"], "the tool name")?;
                choice
                    .calls
                    .push((id.to_owned(), name.to_owned(), block["input"].clone()));
            }
        }
    }
    Ok(())
}

fn said(
    prompt: &Prompt,
    choice: Choice,
    input: u64,
    output: u64,
    usage: &Value,
) -> Result<Said, Broken> {
    let thinking = usage["output_tokens_details"]["thinking_tokens"]
        .as_u64()
        .unwrap_or(0);
    rule(thinking <= output, "thinking is part of the output")?;
    rule(
        prompt.max_tokens.is_none_or(|most| output <= most),
        "the limit holds",
    )?;
    Ok(Said {
        choices: vec![choice],
        input,
        output,
        thinking,
    })
}

pub(crate) fn whole(body: &Value) -> Result<Said, Broken> {
    envelope(body)?;
    let mut choice = Choice::default();
    fill(
        &mut choice,
        body["content"].as_array().ok_or("content is an array")?,
    )?;
    choice.stop = text(&body["stop_reason"], "the stop reason")?.to_owned();
    choice.sequence = body["stop_sequence"].as_str().map(str::to_owned);
    let usage = &body["usage"];
    Ok(Said {
        choices: vec![choice],
        input: number(&usage["input_tokens"], "the input")?,
        output: number(&usage["output_tokens"], "the output")?,
        thinking: usage["output_tokens_details"]["thinking_tokens"]
            .as_u64()
            .unwrap_or(0),
    })
}
