//! A strict reader of Chat Completions streams and bodies.

use serde_json::{Map, Value, json as value};
use spikeproof_mock::text::Prompt;

use crate::{Broken, Choice, Said, count, json, number, place, records, rule, text};

#[derive(Default)]
struct Open {
    has_role: bool,
    is_finished: bool,
    text: String,
    refusal: String,
    thinking: String,
    /// Id, name, arguments so far.
    calls: Vec<(String, String, String)>,
    stop: String,
    logprobs: Vec<Value>,
}

pub(crate) fn stream(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    let chunks = chunks(prompt, bytes)?;
    let mut chunks = chunks.as_slice();
    let mut usage = value!(null);
    if prompt.include_usage {
        let (last, rest) = chunks.split_last().ok_or("a usage chunk")?;
        rule(
            last["choices"] == value!([]),
            "the usage chunk has no choices",
        )?;
        usage = last["usage"].clone();
        rule(usage.is_object(), "usage is last")?;
        chunks = rest;
    }
    let mut open: Vec<Open> = Vec::new();
    for chunk in chunks {
        rule(chunk["usage"].is_null(), "usage comes once")?;
        let [choice] = chunk["choices"]
            .as_array()
            .ok_or("choices is an array")?
            .as_slice()
        else {
            return Err("one choice a chunk".to_owned());
        };
        take(prompt, choice, &mut open)?;
    }
    rule(open.len() == count(prompt), "all choices are there")?;
    rule(open.iter().all(|one| one.is_finished), "all choices finish")?;
    let choices = open.into_iter().map(close).collect::<Result<_, _>>()?;
    counted(choices, &usage)
}

/// The chunks, with what is the same for all of them checked.
fn chunks(prompt: &Prompt, bytes: &[u8]) -> Result<Vec<Value>, Broken> {
    let mut payloads = Vec::new();
    for lines in records(bytes, "\n")? {
        // Comments are part of the format, and servers of this protocol send them.
        if lines.iter().all(|line| line.starts_with(':')) {
            continue;
        }
        let [data] = lines[..] else {
            return Err(format!("an event has one line: {lines:?}"));
        };
        payloads.push(data.strip_prefix("data: ").ok_or("only data lines")?);
    }
    rule(payloads.pop() == Some("[DONE]"), "[DONE] is last")?;
    let chunks: Vec<Value> = payloads
        .iter()
        .map(|one| json(one))
        .collect::<Result<_, _>>()?;
    let first = chunks.first().ok_or("chunks come before [DONE]")?;
    for (chunk, payload) in chunks.iter().zip(&payloads) {
        for key in [
            "id",
            "created",
            "model",
            "system_fingerprint",
            "service_tier",
        ] {
            rule(chunk[key] == first[key], "the head is constant")?;
        }
        rule(
            text(&chunk["id"], "the id")?.len() == 38,
            "the id has its form",
        )?;
        rule(chunk["object"] == "chat.completion.chunk", "a chunk is one")?;
        rule(
            chunk.get("usage").is_some() == prompt.include_usage,
            "usage is there if asked for",
        )?;
        rule(
            chunk["obfuscation"].is_string() == prompt.obfuscation,
            "noise is there unless off",
        )?;
        let alike = payload.len() % 16 == payloads[0].len() % 16;
        rule(alike || !prompt.obfuscation, "noise makes the sizes alike")?;
    }
    Ok(chunks)
}

fn take(prompt: &Prompt, choice: &Value, open: &mut Vec<Open>) -> Result<(), Broken> {
    let index = place(&choice["index"])?;
    rule(index <= open.len() && index < count(prompt), "known index")?;
    if index == open.len() {
        open.push(Open::default());
    }
    let one = &mut open[index];
    rule(!one.is_finished, "nothing follows the finish")?;
    let delta = choice["delta"].as_object().ok_or("delta is an object")?;
    rule(
        delta.contains_key("role") != one.has_role,
        "the role comes once, first",
    )?;
    if let Some(role) = delta.get("role") {
        rule(role == "assistant", "the role is assistant")?;
        one.has_role = true;
    }
    if let Some(content) = delta.get("content").filter(|content| !content.is_null()) {
        let piece = text(content, "content")?;
        rule(
            delta.contains_key("role") == piece.is_empty(),
            "only the opening is empty",
        )?;
        one.text.push_str(piece);
    }
    unsaid(delta, one)?;
    calls(&choice["delta"]["tool_calls"], one)?;
    let of = if one.refusal.is_empty() {
        "content"
    } else {
        "refusal"
    };
    one.logprobs.extend(
        choice["logprobs"][of]
            .as_array()
            .into_iter()
            .flatten()
            .cloned(),
    );
    let reason = choice
        .get("finish_reason")
        .ok_or("finish_reason is there")?;
    if !reason.is_null() {
        rule(delta.is_empty(), "the finish says nothing else")?;
        one.is_finished = true;
        text(reason, "the finish reason")?.clone_into(&mut one.stop);
    }
    Ok(())
}

/// What is no answer: a refusal, or thoughts that are shown.
fn unsaid(delta: &Map<String, Value>, one: &mut Open) -> Result<(), Broken> {
    if let Some(piece) = delta.get("refusal").filter(|piece| !piece.is_null()) {
        let piece = text(piece, "refusal")?;
        rule(
            delta.contains_key("role") == piece.is_empty(),
            "only the opening is empty",
        )?;
        rule(one.text.is_empty(), "a refusal has no text")?;
        one.refusal.push_str(piece);
    }
    if let Some(piece) = delta.get("reasoning_content") {
        rule(
            one.text.is_empty() && one.calls.is_empty(),
            "thoughts come first",
        )?;
        one.thinking.push_str(text(piece, "reasoning_content")?);
    }
    Ok(())
}

fn calls(list: &Value, one: &mut Open) -> Result<(), Broken> {
    for call in list.as_array().into_iter().flatten() {
        let at = place(&call["index"])?;
        let piece = text(&call["function"]["arguments"], "arguments")?;
        if at == one.calls.len() {
            rule(call["type"] == "function", "a call has its type")?;
            let id = text(&call["id"], "the call id")?;
            rule(
                one.calls.iter().all(|earlier| earlier.0 != id),
                "call ids are unique",
            )?;
            let name = text(&call["function"]["name"], "the name")?;
            one.calls
                .push((id.to_owned(), name.to_owned(), String::new()));
        } else {
            rule(at + 1 == one.calls.len(), "calls come one after the other")?;
            rule(
                call.get("id").is_none() && call.get("type").is_none(),
                "the id comes once",
            )?;
            rule(!piece.is_empty(), "pieces are not empty")?;
        }
        one.calls[at].2.push_str(piece);
    }
    Ok(())
}

fn close(open: Open) -> Result<Choice, Broken> {
    let mut calls = Vec::new();
    for (id, name, arguments) in open.calls {
        calls.push((id, name, json(&arguments)?));
    }
    rule(
        (open.stop == "tool_calls") != calls.is_empty(),
        "calls finish with tool_calls",
    )?;
    let logprobs = (!open.logprobs.is_empty()).then(|| value!(open.logprobs));
    Ok(Choice {
        text: open.text,
        refusal: open.refusal,
        thinking: open.thinking,
        calls,
        stop: open.stop,
        logprobs,
        ..Choice::default()
    })
}

fn counted(choices: Vec<Choice>, usage: &Value) -> Result<Said, Broken> {
    let mut said = Said {
        choices,
        input: 0,
        output: 0,
        thinking: 0,
    };
    if usage.is_object() {
        said.input = number(&usage["prompt_tokens"], "the input")?;
        said.output = number(&usage["completion_tokens"], "the output")?;
        let total = number(&usage["total_tokens"], "the total")?;
        rule(said.input + said.output == total, "the total adds up")?;
        let details = &usage["completion_tokens_details"];
        said.thinking = number(&details["reasoning_tokens"], "thinking")?;
        rule(
            said.thinking <= said.output,
            "thinking is part of the output",
        )?;
    }
    Ok(said)
}

pub(crate) fn whole(body: &Value) -> Result<Said, Broken> {
    rule(body["object"] == "chat.completion", "a completion is one")?;
    rule(
        text(&body["id"], "the id")?.starts_with("chatcmpl-"),
        "the id has its form",
    )?;
    let mut choices = Vec::new();
    for (at, choice) in body["choices"]
        .as_array()
        .ok_or("choices")?
        .iter()
        .enumerate()
    {
        rule(choice["index"] == at, "indexes count up")?;
        let message = &choice["message"];
        rule(message["role"] == "assistant", "the role is assistant")?;
        rule(
            message.get("content").is_some() && message.get("refusal").is_some(),
            "both keys",
        )?;
        let calls = message
            .get("tool_calls")
            .map(|calls| calls.as_array().expect("an array").as_slice());
        rule(
            calls.is_none_or(|calls| !calls.is_empty()),
            "no empty list of calls",
        )?;
        let is_refusal = message["refusal"].is_string();
        rule(
            (calls.is_none() && !is_refusal) == message["content"].is_string(),
            "text, calls or a refusal",
        )?;
        let mut read = Vec::new();
        for call in calls.unwrap_or_default() {
            let arguments = json(text(&call["function"]["arguments"], "arguments")?)?;
            let name = text(&call["function"]["name"], "the name")?.to_owned();
            read.push((text(&call["id"], "the id")?.to_owned(), name, arguments));
        }
        let of = if is_refusal { "refusal" } else { "content" };
        let tokens = choice["logprobs"][of]
            .as_array()
            .filter(|all| !all.is_empty());
        choices.push(Choice {
            text: message["content"].as_str().unwrap_or_default().to_owned(),
            refusal: message["refusal"].as_str().unwrap_or_default().to_owned(),
            thinking: message["reasoning_content"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            calls: read,
            stop: text(&choice["finish_reason"], "the finish reason")?.to_owned(),
            logprobs: tokens.map(|tokens| value!(tokens)),
            ..Choice::default()
        });
    }
    rule(body["usage"].is_object(), "usage is there")?;
    counted(choices, &body["usage"])
}
