//! A strict reader of Gemini streams, in both forms, and bodies.

use base64::Engine as _;
use serde_json::Value;
use spikeproof_mock::text::{Delivery, Prompt};

use crate::{Broken, Choice, Said, count, json, number, place, records, rule, text};

pub(crate) fn stream(prompt: &Prompt, bytes: &[u8]) -> Result<Said, Broken> {
    let chunks = match prompt.delivery {
        Delivery::Array => elements(bytes)?,
        Delivery::Sse | Delivery::Unary => events(bytes)?,
    };
    let (last, before) = chunks.split_last().ok_or("a stream has chunks")?;
    let mut choices = vec![Choice::default(); count(prompt)];
    let (mut visible, mut thoughts) = (0, 0);
    for chunk in &chunks {
        for key in ["responseId", "modelVersion"] {
            rule(
                chunk[key].is_string() && chunk[key] == last[key],
                "the head is constant",
            )?;
        }
        let said = counted(prompt, chunk)?;
        rule(
            said.output - said.thinking >= visible,
            "visible tokens never fall",
        )?;
        rule(said.thinking >= thoughts, "thoughts never fall")?;
        (visible, thoughts) = (said.output - said.thinking, said.thinking);
        rule(
            !chunk["candidates"]
                .as_array()
                .ok_or("candidates")?
                .is_empty(),
            "a candidate",
        )?;
        for candidate in chunk["candidates"].as_array().expect("an array") {
            let index = place(&candidate["index"])?;
            let choice = choices.get_mut(index).ok_or("known candidates only")?;
            rule(choice.stop.is_empty(), "nothing follows the finish")?;
            add(prompt, candidate, choice)?;
        }
    }
    for chunk in before {
        let finished = chunk["candidates"].as_array().expect("an array").iter();
        rule(
            finished
                .clone()
                .all(|one| one.get("finishReason").is_none()),
            "the finish is last",
        )?;
    }
    rule(
        choices.iter().all(|choice| !choice.stop.is_empty()),
        "all candidates finish",
    )?;
    let mut said = counted(prompt, last)?;
    said.choices = choices;
    check(prompt, &said)?;
    Ok(said)
}

fn events(bytes: &[u8]) -> Result<Vec<Value>, Broken> {
    let mut chunks = Vec::new();
    for lines in records(bytes, "\r\n")? {
        let [data] = lines[..] else {
            return Err(format!("an event has one line: {lines:?}"));
        };
        let data = data.strip_prefix("data: ").ok_or("only data lines")?;
        let starts = [
            "{\"candidates\": [{\"content\": {",
            "{\"candidates\": [{\"finishReason\": \"SAFETY\"",
        ];
        rule(
            starts.iter().any(|start| data.starts_with(start)),
            "a space after colons",
        )?;
        rule(!data.contains(['<', '>']), "angle brackets are escaped")?;
        chunks.push(json(data)?);
    }
    Ok(chunks)
}

fn elements(bytes: &[u8]) -> Result<Vec<Value>, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|_| "valid UTF-8")?;
    let inner = text.strip_prefix("[{\n  ").ok_or("the array opens")?;
    let inner = inner.strip_suffix("\n}\n]").ok_or("the array closes")?;
    rule(
        serde_json::from_str::<Vec<Value>>(text).is_ok(),
        "the body is one array",
    )?;
    inner
        .split("\n}\n,\r\n{\n  ")
        .map(|one| json(&format!("{{{one}}}")))
        .collect()
}

fn add(prompt: &Prompt, candidate: &Value, choice: &mut Choice) -> Result<(), Broken> {
    let content = &candidate["content"];
    let is_unsaid = content.is_null() && candidate["finishReason"] == "SAFETY";
    rule(is_unsaid || content["role"] == "model", "the role is model")?;
    rule(
        (candidate["finishReason"] == "SAFETY") == candidate["safetyRatings"].is_array(),
        "ratings say what was unsafe",
    )?;
    let parts = content
        .get("parts")
        .map(|parts| parts.as_array().expect("an array").as_slice());
    rule(
        parts.is_none_or(|parts| !parts.is_empty()),
        "no empty list of parts",
    )?;
    for part in parts.unwrap_or_default() {
        if let Some(signature) = part["thoughtSignature"].as_str() {
            let decoded = base64::engine::general_purpose::STANDARD.decode(signature);
            rule(
                decoded.is_ok_and(|bytes| !bytes.is_empty()),
                "a signature is base64",
            )?;
            choice.signature = signature.to_owned();
        }
        if let Some(call) = part.get("functionCall") {
            called(part, call, choice)?;
        } else if part["thought"] == true {
            rule(
                prompt.body.to_string().contains("houghts\":true"),
                "thoughts only if asked",
            )?;
            rule(choice.text.is_empty(), "thoughts come first")?;
            choice.thinking.push_str(text(&part["text"], "a thought")?);
        } else {
            choice.text.push_str(text(&part["text"], "text")?);
        }
    }
    if let Some(reason) = candidate.get("finishReason") {
        choice.stop = text(reason, "the finish reason")?.to_owned();
        rule(!choice.stop.is_empty(), "a finish reason is not empty")?;
    } else {
        rule(
            candidate.get("finishMessage").is_none(),
            "a finish message needs a finish",
        )?;
    }
    Ok(())
}

fn called(part: &Value, call: &Value, choice: &mut Choice) -> Result<(), Broken> {
    rule(part.get("text").is_none(), "a part is of one kind")?;
    let signed = part.get("thoughtSignature").is_some();
    rule(
        signed == choice.calls.is_empty(),
        "the first call is signed",
    )?;
    rule(call["args"].is_object(), "arguments are an object")?;
    let (id, name) = (
        text(&call["id"], "the id")?,
        text(&call["name"], "the name")?,
    );
    rule(
        choice.calls.iter().all(|earlier| earlier.0 != id),
        "call ids are unique",
    )?;
    choice
        .calls
        .push((id.to_owned(), name.to_owned(), call["args"].clone()));
    Ok(())
}

fn counted(prompt: &Prompt, chunk: &Value) -> Result<Said, Broken> {
    let usage = chunk.get("usageMetadata").ok_or("usage is there")?;
    let counter = |key: &str| match usage.get(key) {
        None => Ok(0),
        Some(count) => number(count, key),
    };
    let input = counter("promptTokenCount")?;
    let (visible, thinking) = (
        counter("candidatesTokenCount")?,
        counter("thoughtsTokenCount")?,
    );
    rule(
        counter("totalTokenCount")? == input + visible + thinking,
        "the total adds up",
    )?;
    let details = usage["promptTokensDetails"]
        .as_array()
        .ok_or("details are there")?;
    let sum: u64 = details
        .iter()
        .filter_map(|one| one["tokenCount"].as_u64())
        .sum();
    rule(sum == input, "details add up")?;
    let limit = prompt
        .max_tokens
        .map(|most| most * u64::from(prompt.choices));
    rule(
        limit.is_none_or(|most| visible + thinking <= most),
        "the limit holds",
    )?;
    Ok(Said {
        choices: vec![],
        input,
        output: visible + thinking,
        thinking,
    })
}

fn check(prompt: &Prompt, said: &Said) -> Result<(), Broken> {
    for choice in &said.choices {
        rule(
            ["STOP", "MAX_TOKENS", "SAFETY"].contains(&choice.stop.as_str()),
            "a known finish",
        )?;
        let whole = choice.stop == "STOP" && prompt.json;
        rule(
            !whole || serde_json::from_str::<Value>(&choice.text).is_ok(),
            "JSON if asked",
        )?;
    }
    Ok(())
}

pub(crate) fn whole(prompt: &Prompt, body: &Value) -> Result<Said, Broken> {
    let mut said = counted(prompt, body)?;
    let id = text(&body["responseId"], "the id")?;
    rule((20..=23).contains(&id.len()), "the id has its form")?;
    for (at, candidate) in body["candidates"]
        .as_array()
        .ok_or("candidates")?
        .iter()
        .enumerate()
    {
        rule(candidate["index"] == at, "indexes count up")?;
        let mut choice = Choice::default();
        add(prompt, candidate, &mut choice)?;
        said.choices.push(choice);
    }
    rule(said.choices.len() == count(prompt), "all candidates")?;
    check(prompt, &said)?;
    Ok(said)
}
