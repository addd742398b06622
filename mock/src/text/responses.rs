//! The Responses protocol: numbered events from `response.created` to one terminal event, and the
//! response as one body. Follows OpenAI's API description and what its service was recorded to
//! send. Background work, queues and hosted tools are not played.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::dice::{ALPHANUMERIC, Dice, HEX};
use super::response_object::{State, build};
use super::wire::{frame, named_event, pretty};
use super::{Answer, Block, Delivery, Frames, Prompt, Stamp, Stop, logprobs};
use crate::script::FrameKind;

pub(super) fn encode(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    let Some(answer) = answers.first() else {
        return Frames::new();
    };
    match prompt.delivery {
        Delivery::Unary => {
            let output = items(prompt, answer, stamp);
            let state = State::Ended { answer, output };
            // Unlike Chat Completions, this endpoint ends its bodies without a newline.
            let body = pretty(&build(prompt, stamp, &response_id(stamp), state));
            vec![frame(body, FrameKind::Body)]
        }
        Delivery::Sse | Delivery::Array => stream(prompt, answer, stamp),
    }
}

struct Writer<'a> {
    prompt: &'a Prompt,
    frames: Frames,
    dice: Dice,
}

impl Writer<'_> {
    /// Numbers the event and writes it. The number is how many went before.
    fn event(&mut self, kind: FrameKind, mut event: Value) {
        event["sequence_number"] = json!(self.frames.len());
        let name = event["type"].as_str().unwrap_or_default();
        let bytes = named_event(name, &event.to_string());
        self.frames.push(frame(bytes, kind));
    }

    fn plumbing(&mut self, event: Value) {
        self.event(FrameKind::Plumbing, event);
    }

    /// A delta, padded with noise to a multiple of 16 characters unless that is switched off.
    fn delta(&mut self, mut event: Value) {
        if self.prompt.obfuscation {
            let letters = event["delta"]
                .as_str()
                .map_or(0, |delta| delta.chars().count());
            let noise = self.dice.letters(ALPHANUMERIC, (16 - letters % 16) % 16);
            event["obfuscation"] = json!(noise);
        }
        self.event(FrameKind::Token, event);
    }
}

fn stream(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Frames {
    let dice = Dice::new(stamp.seed, "obfuscation");
    let mut writer = Writer {
        prompt,
        frames: Frames::new(),
        dice,
    };
    let id = response_id(stamp);
    let running = build(prompt, stamp, &id, State::Running);
    let created = json!({"type": "response.created", "response": running});
    writer.event(FrameKind::Opening, created);
    writer.plumbing(json!({"type": "response.in_progress", "response": running}));

    let output = items(prompt, answer, stamp);
    for (index, (block, item)) in answer.blocks.iter().zip(&output).enumerate() {
        writer.plumbing(
            json!({"type": "response.output_item.added", "item": opened(item),
            "output_index": index}),
        );
        match block {
            Block::Thinking { pieces, .. } => {
                if shows_summary(prompt) {
                    summary(&mut writer, index, item, pieces);
                }
            }
            Block::Text { pieces, .. } => text(&mut writer, index, item, pieces),
            Block::Refusal { pieces } => refusal(&mut writer, index, item, pieces),
            Block::RedactedThinking { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => {}
            Block::ToolCall { pieces, .. } => arguments(&mut writer, index, item, pieces),
        }
        writer.plumbing(json!({"type": "response.output_item.done", "item": item,
            "output_index": index}));
    }

    let name = match answer.stop {
        Stop::MaxTokens => "response.incomplete",
        Stop::End | Stop::Sequence(_) | Stop::ToolCalls | Stop::Refused => "response.completed",
    };
    let ended = build(prompt, stamp, &id, State::Ended { answer, output });
    writer.event(
        FrameKind::Terminal,
        json!({"type": name, "response": ended}),
    );
    writer.frames
}

/// The finished items, in the order of the answer's blocks.
fn items(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Vec<Value> {
    let last = answer.blocks.len().saturating_sub(1);
    let mut ids = Dice::new(stamp.seed, "items");
    let mut ids = |prefix: &str| format!("{prefix}_{}", ids.letters(HEX, 50));
    let mut items = Vec::with_capacity(answer.blocks.len());
    for (index, block) in answer.blocks.iter().enumerate() {
        let cut = index == last && answer.stop == Stop::MaxTokens;
        let status = if cut { "incomplete" } else { "completed" };
        items.push(match block {
            Block::RedactedThinking { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => {
                json!({"id": ids("rs"), "type": "reasoning", "summary": []})
            }
            Block::Thinking { pieces, signature } => {
                let mut item = json!({"id": ids("rs"), "type": "reasoning", "summary": []});
                if shows_summary(prompt) {
                    item["summary"] = json!([{"type": "summary_text", "text": pieces.concat()}]);
                }
                if wants_encrypted(prompt) {
                    item["encrypted_content"] = json!(STANDARD.encode(signature));
                }
                item
            }
            Block::Text { pieces, .. } => message(&ids("msg"), status, &part(prompt, pieces)),
            Block::Refusal { pieces } => {
                let part = json!({"type": "refusal", "refusal": pieces.concat()});
                message(&ids("msg"), status, &part)
            }
            Block::ToolCall { id, name, pieces } => json!({
                "id": ids("fc"),
                "type": "function_call",
                "status": status,
                "arguments": pieces.concat(),
                "call_id": id,
                "name": name,
            }),
        });
    }
    items
}

fn message(id: &str, status: &str, part: &Value) -> Value {
    json!({"id": id, "type": "message", "status": status, "content": [part], "role": "assistant"})
}

/// The same item as it is announced: with its identity, without content.
fn opened(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(map) = item.as_object_mut() {
        for (key, empty) in [
            ("status", json!("in_progress")),
            ("content", json!([])),
            ("arguments", json!("")),
            ("summary", json!([])),
        ] {
            if let Some(value) = map.get_mut(key) {
                *value = empty;
            }
        }
    }
    item
}

fn part(prompt: &Prompt, pieces: &[String]) -> Value {
    let logprobs = logprobs::wanted_by_responses(prompt)
        .map_or_else(Vec::new, |count| logprobs::entries(pieces, count));
    json!({"type": "output_text", "annotations": [], "logprobs": logprobs, "text": pieces.concat()})
}

fn text(writer: &mut Writer<'_>, index: usize, item: &Value, pieces: &[String]) {
    let id = &item["id"];
    let wanted = logprobs::wanted_by_responses(writer.prompt);
    writer.plumbing(
        json!({"type": "response.content_part.added", "content_index": 0,
        "item_id": id, "output_index": index, "part": part(writer.prompt, &[])}),
    );
    for piece in pieces {
        let logprobs: Vec<Value> = wanted
            .into_iter()
            .map(|count| logprobs::entry(piece, count))
            .collect();
        writer.delta(
            json!({"type": "response.output_text.delta", "content_index": 0,
            "delta": piece, "item_id": id, "logprobs": logprobs, "output_index": index}),
        );
    }
    let part = &item["content"][0];
    writer.plumbing(
        json!({"type": "response.output_text.done", "content_index": 0,
        "item_id": id, "logprobs": part["logprobs"], "output_index": index,
        "text": part["text"]}),
    );
    writer.plumbing(
        json!({"type": "response.content_part.done", "content_index": 0,
        "item_id": id, "output_index": index, "part": part}),
    );
}

/// Refusals are not padded.
fn refusal(writer: &mut Writer<'_>, index: usize, item: &Value, pieces: &[String]) {
    let id = &item["id"];
    let part = &item["content"][0];
    writer.plumbing(
        json!({"type": "response.content_part.added", "content_index": 0, "item_id": id,
        "output_index": index, "part": {"type": "refusal", "refusal": ""}}),
    );
    for piece in pieces {
        writer.event(
            FrameKind::Token,
            json!({"type": "response.refusal.delta", "content_index": 0, "delta": piece,
            "item_id": id, "output_index": index}),
        );
    }
    writer.plumbing(
        json!({"type": "response.refusal.done", "content_index": 0, "item_id": id,
        "output_index": index, "refusal": part["refusal"]}),
    );
    writer.plumbing(
        json!({"type": "response.content_part.done", "content_index": 0, "item_id": id,
        "output_index": index, "part": part}),
    );
}

fn arguments(writer: &mut Writer<'_>, index: usize, item: &Value, pieces: &[String]) {
    for piece in pieces {
        writer.delta(
            json!({"type": "response.function_call_arguments.delta", "delta": piece,
            "item_id": item["id"], "output_index": index}),
        );
    }
    writer.plumbing(json!({"type": "response.function_call_arguments.done",
        "arguments": item["arguments"], "item_id": item["id"], "output_index": index}));
}

fn summary(writer: &mut Writer<'_>, index: usize, item: &Value, pieces: &[String]) {
    let id = &item["id"];
    let part = &item["summary"][0];
    writer.plumbing(
        json!({"type": "response.reasoning_summary_part.added", "item_id": id,
        "output_index": index, "part": {"type": "summary_text", "text": ""},
        "summary_index": 0}),
    );
    for piece in pieces {
        writer.delta(
            json!({"type": "response.reasoning_summary_text.delta", "delta": piece,
            "item_id": id, "output_index": index, "summary_index": 0}),
        );
    }
    writer.plumbing(
        json!({"type": "response.reasoning_summary_text.done", "item_id": id,
        "output_index": index, "summary_index": 0, "text": part["text"]}),
    );
    writer.plumbing(
        json!({"type": "response.reasoning_summary_part.done", "item_id": id,
        "output_index": index, "part": part, "summary_index": 0}),
    );
}

fn shows_summary(prompt: &Prompt) -> bool {
    prompt.body["reasoning"]["summary"].is_string()
}

fn wants_encrypted(prompt: &Prompt) -> bool {
    let include = prompt.body["include"].as_array();
    include.is_some_and(|all| all.iter().any(|one| one == "reasoning.encrypted_content"))
}

/// The id that a response of this stamp has.
pub(crate) fn response_id(stamp: &Stamp) -> String {
    format!(
        "resp_{}",
        Dice::new(stamp.seed, "response").letters(HEX, 50)
    )
}
