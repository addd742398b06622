//! The Messages protocol: `message_start` to `message_stop`, and the message as one body.
//! Follows Anthropic's streaming documentation and what its service was recorded to send.

use serde_json::{Value, json};

use super::dice::{ALPHANUMERIC, Dice};
use super::wire::{frame, named_event};
use super::{Answer, Block, Delivery, Frames, Prompt, Stamp, Stop};
use crate::script::FrameKind;

pub(super) fn encode(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    let Some(answer) = answers.first() else {
        return Frames::new();
    };
    match prompt.delivery {
        Delivery::Unary => {
            vec![frame(
                whole(prompt, answer, stamp).to_string(),
                FrameKind::Body,
            )]
        }
        Delivery::Sse | Delivery::Array => stream(prompt, answer, stamp),
    }
}

/// Writes events, each padded before its last brace with 0 to 15 spaces as the vendor does against
/// traffic analysis.
struct Writer {
    frames: Frames,
    padding: Dice,
}

impl Writer {
    fn event(&mut self, kind: FrameKind, event: &Value) {
        let mut json = event.to_string();
        json.pop();
        json.extend(std::iter::repeat_n(' ', self.padding.below(16)));
        json.push('}');
        let name = event["type"].as_str().unwrap_or_default();
        self.frames.push(frame(named_event(name, &json), kind));
    }

    fn ping(&mut self) {
        let event = named_event("ping", r#"{"type": "ping"}"#);
        self.frames.push(frame(event, FrameKind::Plumbing));
    }

    fn delta(&mut self, kind: FrameKind, index: usize, delta: &Value) {
        self.event(
            kind,
            &json!({"type": "content_block_delta", "index": index, "delta": delta}),
        );
    }
}

fn stream(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Frames {
    let mut writer = Writer {
        frames: Frames::new(),
        padding: Dice::new(stamp.seed, "padding"),
    };
    writer.event(FrameKind::Opening, &start(prompt, answer, stamp));
    for (index, block) in answer.blocks.iter().enumerate() {
        let opening = json!({"type": "content_block_start", "index": index,
            "content_block": empty(block)});
        writer.event(FrameKind::Plumbing, &opening);
        if index == 0 {
            writer.ping();
        }
        deltas(&mut writer, prompt, index, block);
        let closing = json!({"type": "content_block_stop", "index": index});
        writer.event(FrameKind::Plumbing, &closing);
    }
    let (reason, sequence) = stop(&answer.stop);
    let mut usage = json!({
        "input_tokens": prompt.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": answer.output_tokens,
    });
    if answer.thinking_tokens > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": answer.thinking_tokens});
    }
    writer.event(
        FrameKind::Plumbing,
        &json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": sequence, "stop_details": null},
            "usage": usage,
        }),
    );
    writer.event(FrameKind::Terminal, &json!({"type": "message_stop"}));
    writer.frames
}

fn start(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Value {
    // A provisional count, at most what the answer comes to: it may only grow.
    let provisional = answer.output_tokens.min(1 + stamp.seed % 4);
    json!({"type": "message_start", "message": {
        "model": prompt.model,
        "id": id(stamp),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": opening_usage(prompt, provisional),
    }})
}

fn opening_usage(prompt: &Prompt, output_tokens: u64) -> Value {
    json!({
        "input_tokens": prompt.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
        "service_tier": "standard",
        "inference_geo": "global",
    })
}

fn empty(block: &Block) -> Value {
    match block {
        Block::Thinking { .. } => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Block::Text { .. } => json!({"type": "text", "text": ""}),
        Block::ToolCall { id, name, .. } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": {}})
        }
    }
}

fn deltas(writer: &mut Writer, prompt: &Prompt, index: usize, block: &Block) {
    match block {
        Block::Thinking { pieces, signature } => {
            for piece in pieces.iter().filter(|_| !omits_thinking(prompt)) {
                let delta = json!({"type": "thinking_delta", "thinking": piece});
                writer.delta(FrameKind::Token, index, &delta);
            }
            let delta = json!({"type": "signature_delta", "signature": signature});
            writer.delta(FrameKind::Plumbing, index, &delta);
        }
        Block::Text { pieces } => {
            for piece in pieces {
                let delta = json!({"type": "text_delta", "text": piece});
                writer.delta(FrameKind::Token, index, &delta);
            }
        }
        Block::ToolCall { pieces, .. } => {
            let delta = json!({"type": "input_json_delta", "partial_json": ""});
            writer.delta(FrameKind::Plumbing, index, &delta);
            for piece in pieces {
                let delta = json!({"type": "input_json_delta", "partial_json": piece});
                writer.delta(FrameKind::Token, index, &delta);
            }
        }
    }
}

fn whole(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Value {
    let content: Vec<Value> = answer
        .blocks
        .iter()
        .map(|block| complete(prompt, block))
        .collect();
    let (reason, sequence) = stop(&answer.stop);
    let mut usage = opening_usage(prompt, answer.output_tokens);
    if answer.thinking_tokens > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": answer.thinking_tokens});
    }
    json!({
        "model": prompt.model,
        "id": id(stamp),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "stop_details": null,
        "usage": usage,
    })
}

fn complete(prompt: &Prompt, block: &Block) -> Value {
    match block {
        Block::Thinking { pieces, signature } => {
            let text = if omits_thinking(prompt) {
                String::new()
            } else {
                pieces.concat()
            };
            json!({"type": "thinking", "thinking": text, "signature": signature})
        }
        Block::Text { pieces } => json!({"type": "text", "text": pieces.concat()}),
        Block::ToolCall { id, name, pieces } => {
            let input = serde_json::from_str(&pieces.concat()).unwrap_or_else(|_| json!({}));
            json!({"type": "tool_use", "id": id, "name": name, "input": input})
        }
    }
}

fn stop(stop: &Stop) -> (&'static str, Option<&str>) {
    match stop {
        Stop::End => ("end_turn", None),
        Stop::MaxTokens => ("max_tokens", None),
        Stop::Sequence(sequence) => ("stop_sequence", Some(sequence)),
        Stop::ToolCalls => ("tool_use", None),
    }
}

fn omits_thinking(prompt: &Prompt) -> bool {
    prompt.body["thinking"]["display"] == "omitted"
}

fn id(stamp: &Stamp) -> String {
    format!(
        "msg_01{}",
        Dice::new(stamp.seed, "message").letters(ALPHANUMERIC, 22)
    )
}
