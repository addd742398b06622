//! A choice of Chat Completions, chunk by chunk: its opening, its pieces, its finish.

use serde_json::{Value, json};

use super::{Answer, Block, Maker, Prompt, Stop, logprobs};
use crate::script::FrameKind;

/// What goes into a choice of one chunk.
pub(super) struct Part {
    pub(super) kind: FrameKind,
    pub(super) delta: Value,
    pub(super) logprobs: Value,
    pub(super) finish: Option<&'static str>,
}

impl Part {
    fn new(kind: FrameKind, delta: Value) -> Self {
        Self {
            kind,
            delta,
            logprobs: Value::Null,
            finish: None,
        }
    }
}

/// What one choice is streamed as, from its role to its finish.
pub(super) fn parts(prompt: &Prompt, answer: &Answer) -> Vec<Part> {
    let is_call = |block: &&Block| matches!(block, Block::ToolCall { .. });
    let calls = answer.blocks.iter().filter(is_call).count();
    // The only call opens together with its choice, unless thoughts come before it.
    let is_joined = calls == 1 && !shows_reasoning(prompt, answer);
    let mut parts = Vec::new();
    if !is_joined {
        parts.push(opening(prompt, answer, calls));
    }
    let mut call = 0_usize;
    for block in &answer.blocks {
        match block {
            Block::Thinking { pieces, .. } if prompt.maker == Maker::Deepseek => {
                let part = |piece| Part::new(FrameKind::Token, json!({"reasoning_content": piece}));
                parts.extend(pieces.iter().map(part));
            }
            // Not told, or not of this protocol.
            Block::Thinking { .. }
            | Block::RedactedThinking { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => {}
            Block::Text { pieces, .. } => parts.extend(words(prompt, "content", pieces)),
            Block::Refusal { pieces } => parts.extend(words(prompt, "refusal", pieces)),
            Block::ToolCall { id, name, pieces } => {
                let opening = json!([{"index": call, "id": id, "type": "function",
                    "function": {"name": name, "arguments": ""}}]);
                let delta = if is_joined {
                    json!({"role": "assistant", "content": null, "tool_calls": opening,
                        "refusal": null})
                } else {
                    json!({"tool_calls": opening})
                };
                parts.push(Part::new(FrameKind::Plumbing, delta));
                parts.extend(pieces.iter().map(|piece| {
                    let piece = json!([{"index": call, "function": {"arguments": piece}}]);
                    Part::new(FrameKind::Token, json!({"tool_calls": piece}))
                }));
                call += 1;
            }
        }
    }
    let mut last = Part::new(FrameKind::Plumbing, json!({}));
    last.finish = Some(finish(&answer.stop));
    parts.push(last);
    parts
}

fn opening(prompt: &Prompt, answer: &Answer, calls: usize) -> Part {
    let is_refusal = refusal(answer).is_some();
    let delta = if calls > 0 {
        json!({"role": "assistant", "content": null})
    } else if is_refusal {
        json!({"role": "assistant", "content": null, "refusal": ""})
    } else {
        json!({"role": "assistant", "content": "", "refusal": null})
    };
    let mut part = Part::new(FrameKind::Plumbing, delta);
    if calls == 0 && logprobs::wanted_by_chat(prompt).is_some() {
        part.logprobs = if is_refusal {
            json!({"content": null, "refusal": []})
        } else {
            json!({"content": [], "refusal": null})
        };
    }
    part
}

/// A part each piece, with its token's probability where the request asks.
fn words(prompt: &Prompt, key: &'static str, pieces: &[String]) -> Vec<Part> {
    let alternatives = logprobs::wanted_by_chat(prompt);
    let part = |piece: &String| {
        let mut part = Part::new(FrameKind::Token, json!({key: piece}));
        if let Some(alternatives) = alternatives {
            part.logprobs = json!({"content": null, "refusal": null});
            part.logprobs[key] = json!([logprobs::entry(piece, alternatives)]);
        }
        part
    };
    pieces.iter().map(part).collect()
}

/// What is said instead of an answer.
pub(super) fn refusal(answer: &Answer) -> Option<String> {
    answer.blocks.iter().find_map(|block| match block {
        Block::Refusal { pieces } => Some(pieces.concat()),
        Block::Thinking { .. }
        | Block::RedactedThinking { .. }
        | Block::Text { .. }
        | Block::ToolCall { .. }
        | Block::ServerCall { .. }
        | Block::ServerResult { .. } => None,
    })
}

pub(super) fn shows_reasoning(prompt: &Prompt, answer: &Answer) -> bool {
    prompt.maker == Maker::Deepseek && answer.thinking_tokens > 0
}

pub(super) fn finish(stop: &Stop) -> &'static str {
    match stop {
        Stop::End | Stop::Sequence(_) | Stop::Refused => "stop",
        Stop::MaxTokens => "length",
        Stop::ToolCalls => "tool_calls",
    }
}
