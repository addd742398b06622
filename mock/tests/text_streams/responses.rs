//! A strict reader of Responses streams and bodies.

use serde_json::{Value, json as value};
use spikeproof_mock::text::Prompt;

use crate::{Broken, Choice, Said, json, number, records, rule, text};

const KEYS: &[&str] = &[
    "id",
    "object",
    "created_at",
    "completed_at",
    "status",
    "background",
    "error",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "model",
    "output",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "usage",
    "user",
    "metadata",
    "presence_penalty",
    "frequency_penalty",
];

#[expect(
    clippy::too_many_lines,
    reason = "one rule after the other, in reading order"
)]
pub(crate) fn stream(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    let mut events = Vec::new();
    let mut told = records(bytes, "\n")?;
    // Comments are part of the format, and servers of this protocol send them.
    told.retain(|lines| !lines.iter().all(|line| line.starts_with(':')));
    for (at, lines) in told.into_iter().enumerate() {
        let [name, data] = lines[..] else {
            return Err(format!("an event has two lines: {lines:?}"));
        };
        let name = name
            .strip_prefix("event: ")
            .ok_or("the event line is first")?;
        let event = json(
            data.strip_prefix("data: ")
                .ok_or("the data line is second")?,
        )?;
        rule(event["type"] == name, "the name equals the type")?;
        rule(event["sequence_number"] == at, "numbers count up from 0")?;
        let padded = event.get("obfuscation").is_some();
        let is_padded = name.ends_with(".delta") && name != "response.refusal.delta";
        let wants = is_padded && prompt.obfuscation;
        rule(padded == wants, "noise is on deltas unless off")?;
        if wants {
            let letters = |key: &str| event[key].as_str().map_or(0, |text| text.chars().count());
            rule(
                (letters("delta") + letters("obfuscation")).is_multiple_of(16),
                "noise fills up",
            )?;
        }
        events.push(event);
    }
    let [created, running, items @ .., end] = events.as_slice() else {
        return Err("created, in_progress and an end".to_owned());
    };
    rule(created["type"] == "response.created", "created is first")?;
    rule(
        running["type"] == "response.in_progress",
        "in_progress is second",
    )?;
    rule(
        created["response"] == running["response"],
        "both show the same",
    )?;
    let start = &created["response"];
    rule(
        start["status"] == "in_progress" && start["output"] == value!([]),
        "it starts empty",
    )?;
    rule(
        start["usage"].is_null() && start["completed_at"].is_null(),
        "it starts uncounted",
    )?;

    let mut done = Vec::new();
    let mut left = items;
    while !left.is_empty() {
        left = item(left, &mut done)?;
    }
    let response = &end["response"];
    let status = text(&response["status"], "the status")?;
    rule(
        end["type"] == format!("response.{status}"),
        "the end is named after the status",
    )?;
    rule(
        response["output"] == value!(done),
        "the output is the items",
    )?;
    let changing = [
        "status",
        "output",
        "usage",
        "service_tier",
        "completed_at",
        "incomplete_details",
    ];
    for key in KEYS.iter().filter(|key| !changing.contains(key)) {
        rule(response[key] == start[key], "only the known fields change")?;
    }
    let mut said = whole(prompt, response)?;
    let streamed = items
        .iter()
        .filter(|event| event["type"] == "response.output_text.delta");
    let tokens: Vec<&Value> = streamed
        .flat_map(|event| event["logprobs"].as_array().expect("an array"))
        .collect();
    let tokens = (!tokens.is_empty()).then(|| value!(tokens));
    rule(tokens == said.choices[0].logprobs, "logprobs join")?;
    said.choices[0].logprobs = tokens;
    Ok(said)
}

/// Reads one item's events; gives the events after it.
#[expect(
    clippy::too_many_lines,
    reason = "one rule after the other, in reading order"
)]
fn item<'a>(events: &'a [Value], done: &mut Vec<Value>) -> Result<&'a [Value], Broken> {
    let index = done.len();
    let added = &events[0];
    rule(
        added["type"] == "response.output_item.added",
        "an item is announced",
    )?;
    let close = |event: &Value| event["type"] == "response.output_item.done";
    let end = events.iter().position(close).ok_or("an item is done")?;
    let (body, after) = (&events[1..end], &events[end + 1..]);
    for event in &events[..=end] {
        rule(
            event["output_index"] == index,
            "the output index is the item's",
        )?;
    }
    let (first, last) = (&added["item"], &events[end]["item"]);
    for key in ["id", "type", "call_id", "name", "role"] {
        rule(
            first.get(key) == last.get(key),
            "an item keeps its identity",
        )?;
    }
    let id = text(&first["id"], "an item id")?;
    rule(
        !id.is_empty() && done.iter().all(|one| one["id"] != id),
        "item ids are unique",
    )?;
    for event in body {
        rule(event["item_id"] == id, "events name their item")?;
    }
    match text(&first["type"], "the item type")? {
        "message" => {
            rule(first["role"] == "assistant", "the role is assistant")?;
            rule(first["status"] == "in_progress", "it starts in progress")?;
            rule(first["content"] == value!([]), "it starts without content")?;
            let is_refusal = body
                .first()
                .is_some_and(|one| one["part"]["type"] == "refusal");
            let (words, key) = if is_refusal {
                ("response.refusal", "refusal")
            } else {
                ("response.output_text", "text")
            };
            let part = part(body, "response.content_part", words, key)?;
            rule(last["content"] == value!([part]), "the part is in the item")?;
        }
        "function_call" => {
            rule(first["arguments"] == "", "arguments start empty")?;
            let arguments = joined(body, "response.function_call_arguments", "arguments")?;
            rule(last["arguments"] == arguments, "arguments are in the item")?;
            json(&arguments)?;
        }
        "reasoning" => {
            rule(first["summary"] == value!([]), "the summary starts empty")?;
            rule(first.get("status").is_none(), "reasoning has no status")?;
            if last["summary"] != value!([]) {
                let (piece, words) = (
                    "response.reasoning_summary_part",
                    "response.reasoning_summary_text",
                );
                let part = part(body, piece, words, "text")?;
                rule(
                    last["summary"] == value!([part]),
                    "the summary is in the item",
                )?;
            } else {
                rule(body.is_empty(), "nothing without a summary")?;
            }
        }
        other => return Err(format!("an unknown item: {other}")),
    }
    done.push(last.clone());
    Ok(after)
}

/// A part: added, its text, done. Gives the finished part.
fn part<'a>(events: &'a [Value], part: &str, words: &str, key: &str) -> Result<&'a Value, Broken> {
    let [added, inner @ .., done] = events else {
        return Err("a part has its events".to_owned());
    };
    rule(added["type"] == format!("{part}.added"), "a part is added")?;
    rule(done["type"] == format!("{part}.done"), "a part is done")?;
    rule(added["part"][key] == "", "a part starts empty")?;
    rule(
        added["part"]["type"] == done["part"]["type"],
        "a part keeps its type",
    )?;
    let whole = joined(inner, words, key)?;
    rule(done["part"][key] == whole, "the part has the text")?;
    Ok(&done["part"])
}

/// Deltas and their `done`, which must agree.
fn joined(events: &[Value], name: &str, key: &str) -> Result<String, Broken> {
    let (done, deltas) = events.split_last().ok_or("deltas have a done")?;
    rule(done["type"] == format!("{name}.done"), "deltas have a done")?;
    let mut whole = String::new();
    for event in deltas {
        rule(
            event["type"] == format!("{name}.delta"),
            "deltas fit their item",
        )?;
        let piece = text(&event["delta"], "a delta")?;
        rule(!piece.is_empty(), "deltas are not empty")?;
        whole.push_str(piece);
    }
    rule(
        done[key] == whole.as_str(),
        "the deltas join to what is done",
    )?;
    Ok(whole)
}

#[expect(
    clippy::too_many_lines,
    reason = "one rule after the other, in reading order"
)]
pub(crate) fn whole(prompt: &Prompt, body: &Value) -> Result<Said, Broken> {
    for key in KEYS {
        rule(body.get(key).is_some(), &format!("{key} is there"))?;
    }
    rule(
        text(&body["id"], "the id")?.len() == 55,
        "the id has its form",
    )?;
    rule(body["object"] == "response", "a response is one")?;
    for key in [
        "instructions",
        "metadata",
        "max_output_tokens",
        "parallel_tool_calls",
    ] {
        let asked = prompt.body.get(key).filter(|asked| !asked.is_null());
        rule(
            asked.is_none_or(|asked| body[key] == *asked),
            "the request is echoed",
        )?;
    }
    let status = text(&body["status"], "the status")?;
    let cut = body["incomplete_details"]["reason"] == "max_output_tokens";
    rule(
        cut == (status == "incomplete"),
        "details are for incomplete answers",
    )?;
    rule(
        body["completed_at"].is_u64() == (status == "completed"),
        "completed has its time",
    )?;
    let mut choice = Choice {
        stop: status.to_owned(),
        ..Choice::default()
    };
    let items = body["output"].as_array().ok_or("output is an array")?;
    for (at, item) in items.iter().enumerate() {
        read_item(item, &mut choice)?;
        if let Some(own) = item["status"].as_str() {
            let expected = if at + 1 == items.len() {
                status
            } else {
                "completed"
            };
            rule(own == expected, "only the last item is incomplete")?;
        }
    }
    let usage = &body["usage"];
    let input = number(&usage["input_tokens"], "the input")?;
    let output = number(&usage["output_tokens"], "the output")?;
    rule(usage["total_tokens"] == input + output, "the total adds up")?;
    let thinking = number(
        &usage["output_tokens_details"]["reasoning_tokens"],
        "thinking",
    )?;
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

fn read_item(item: &Value, choice: &mut Choice) -> Result<(), Broken> {
    match text(&item["type"], "the item type")? {
        "message" => {
            let part = &item["content"][0];
            if part["type"] == "refusal" {
                choice
                    .refusal
                    .push_str(text(&part["refusal"], "the refusal")?);
                return Ok(());
            }
            rule(part["annotations"] == value!([]), "a part has annotations")?;
            choice.text.push_str(text(&part["text"], "the text")?);
            let tokens = part["logprobs"].as_array().ok_or("logprobs is an array")?;
            choice.logprobs = (!tokens.is_empty()).then(|| value!(tokens));
        }
        "function_call" => {
            let arguments = json(text(&item["arguments"], "arguments")?)?;
            let (id, name) = (
                text(&item["call_id"], "the id")?,
                text(&item["name"], "the name")?,
            );
            rule(
                choice.calls.iter().all(|call| call.0 != id),
                "call ids are unique",
            )?;
            choice
                .calls
                .push((id.to_owned(), name.to_owned(), arguments));
        }
        _ => {
            for part in item["summary"].as_array().ok_or("summary is an array")? {
                choice
                    .thinking
                    .push_str(text(&part["text"], "the summary")?);
            }
            choice.signature = item["encrypted_content"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
        }
    }
    Ok(())
}
