//! Chat Completions: chunks ended by `[DONE]`, and the completion as one body. Follows OpenAI's
//! API description and what its service was recorded to send. The thinking of OpenAI's models is
//! not visible here, it only counts; DeepSeek's is, in a field that its API has of its own.

use std::collections::VecDeque;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::chat_parts::{Part, finish, parts, refusal, shows_reasoning};
use super::dice::{ALPHANUMERIC, Dice, HEX};
use super::wire::{data_event, frame, pretty};
use super::{Answer, Block, Delivery, Frames, Maker, Prompt, Stamp, logprobs};
use crate::script::FrameKind;

pub(super) fn encode(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    match prompt.delivery {
        Delivery::Unary => {
            let body = format!("{}\n", pretty(&whole(prompt, answers, stamp)));
            vec![frame(body, FrameKind::Body)]
        }
        Delivery::Sse | Delivery::Array => stream(prompt, answers, stamp),
    }
}

struct Writer<'a> {
    prompt: &'a Prompt,
    /// What all chunks begin with.
    start: String,
    frames: Frames,
    dice: Dice,
}

impl Writer<'_> {
    /// Written as text: these are most of what the replica ever sends.
    fn chunk(&mut self, kind: FrameKind, choices: &str, usage: &Value) {
        let mut json = format!("{},\"choices\":[{choices}]", self.start);
        if self.prompt.include_usage {
            let _infallible = write!(json, ",\"usage\":{usage}");
        }
        json.push('}');
        if self.prompt.obfuscation {
            json = self.obfuscated(json);
        }
        self.frames.push(frame(data_event(&json), kind));
    }

    /// Fills the chunk up with noise such that the sizes of all chunks differ by multiples of 16.
    fn obfuscated(&mut self, mut json: String) -> String {
        json.pop();
        let noise = (16 - json.len() % 16) % 16;
        let noise = self.dice.letters(ALPHANUMERIC, noise);
        format!("{json},\"obfuscation\":\"{noise}\"}}")
    }

    fn part(&mut self, index: usize, part: &Part) {
        let mut choice = format!("{{\"index\":{index},\"delta\":{}", part.delta);
        // Models that think leave this key out altogether.
        if !self.prompt.thinking {
            let _infallible = write!(choice, ",\"logprobs\":{}", part.logprobs);
        }
        let finish = json!(part.finish);
        let _infallible = write!(choice, ",\"finish_reason\":{finish}}}");
        self.chunk(part.kind, &choice, &Value::Null);
    }
}

fn stream(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    let dice = Dice::new(stamp.seed, "obfuscation");
    let mut writer = Writer {
        prompt,
        start: start(prompt, stamp),
        frames: Frames::new(),
        dice,
    };
    let mut queues: Vec<VecDeque<Part>> = answers
        .iter()
        .map(|answer| parts(prompt, answer).into())
        .collect();
    // Choices open in order and then take turns.
    while queues.iter().any(|queue| !queue.is_empty()) {
        for (index, queue) in queues.iter_mut().enumerate() {
            if let Some(part) = queue.pop_front() {
                writer.part(index, &part);
            }
        }
    }
    if let Some(first) = writer.frames.first_mut() {
        first.kind = FrameKind::Opening;
    }
    if prompt.include_usage {
        writer.chunk(FrameKind::Plumbing, "", &usage(prompt, answers));
    }
    writer
        .frames
        .push(frame(data_event("[DONE]"), FrameKind::Terminal));
    writer.frames
}

/// A chunk's JSON up to its choices, without the comma.
fn start(prompt: &Prompt, stamp: &Stamp) -> String {
    let mut start = json!({
        "id": id(stamp),
        "object": "chat.completion.chunk",
        "created": stamp.created,
        "model": prompt.model,
        "service_tier": "default",
        "system_fingerprint": fingerprint(prompt),
    })
    .to_string();
    start.pop();
    start
}

fn whole(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Value {
    let choices: Vec<Value> = answers
        .iter()
        .enumerate()
        .map(|(index, answer)| choice(prompt, index, answer))
        .collect();
    json!({
        "id": id(stamp),
        "object": "chat.completion",
        "created": stamp.created,
        "model": prompt.model,
        "choices": choices,
        "usage": usage(prompt, answers),
        "service_tier": "default",
        "system_fingerprint": fingerprint(prompt),
    })
}

fn choice(prompt: &Prompt, index: usize, answer: &Answer) -> Value {
    let mut content = Value::Null;
    let mut calls = Vec::new();
    let mut tokens = Vec::new();
    for block in &answer.blocks {
        match block {
            Block::Thinking { .. }
            | Block::RedactedThinking { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => {}
            Block::Text { pieces, .. } | Block::Refusal { pieces } => {
                content = json!(pieces.concat());
                if let Some(alternatives) = logprobs::wanted_by_chat(prompt) {
                    tokens = logprobs::entries(pieces, alternatives);
                }
            }
            Block::ToolCall { id, name, pieces } => calls
                .push(json!({"id": id, "type": "function",
                "function": {"name": name, "arguments": pieces.concat()}})),
        }
    }
    let refusal = refusal(answer);
    let mut message = json!({"role": "assistant", "content": content});
    if refusal.is_some() {
        message["content"] = Value::Null;
    } else if calls.is_empty() {
        // An answer without a block is an empty text, not none.
        message["content"] = json!(content.as_str().unwrap_or_default());
    }
    if shows_reasoning(prompt, answer) {
        message["reasoning_content"] = json!(reasoning(answer));
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    message["refusal"] = json!(refusal);
    message["annotations"] = json!([]);
    let mut choice = json!({"index": index, "message": message});
    if !prompt.thinking {
        let wanted = logprobs::wanted_by_chat(prompt).filter(|_| calls.is_empty());
        choice["logprobs"] = match (wanted, &refusal) {
            (None, _) => Value::Null,
            (Some(_), None) => json!({"content": tokens, "refusal": null}),
            (Some(_), Some(_)) => json!({"content": null, "refusal": tokens}),
        };
    }
    choice["finish_reason"] = json!(finish(&answer.stop));
    choice
}

fn usage(prompt: &Prompt, answers: &[Answer]) -> Value {
    let output: u64 = answers.iter().map(|answer| answer.output_tokens).sum();
    let thinking: u64 = answers.iter().map(|answer| answer.thinking_tokens).sum();
    let mut usage = json!({
        "prompt_tokens": prompt.input_tokens,
        "completion_tokens": output,
        "total_tokens": prompt.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": prompt.cache.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": thinking,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    });
    if prompt.maker == Maker::Deepseek {
        let missed = prompt.input_tokens.saturating_sub(prompt.cache.read);
        usage["prompt_cache_hit_tokens"] = json!(prompt.cache.read);
        usage["prompt_cache_miss_tokens"] = json!(missed);
    }
    usage
}

fn id(stamp: &Stamp) -> String {
    format!(
        "chatcmpl-{}",
        Dice::new(stamp.seed, "completion").letters(ALPHANUMERIC, 29)
    )
}

/// One a model; models that think have none.
fn fingerprint(prompt: &Prompt) -> Value {
    if prompt.thinking {
        return Value::Null;
    }
    json!(format!(
        "fp_{}",
        Dice::new(0, &prompt.model).letters(HEX, 10)
    ))
}

fn reasoning(answer: &Answer) -> String {
    let thoughts = answer.blocks.iter();
    let thoughts = thoughts.filter(|block| matches!(block, Block::Thinking { .. }));
    thoughts.flat_map(|block| block.pieces().to_vec()).collect()
}
