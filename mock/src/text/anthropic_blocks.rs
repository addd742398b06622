//! The content blocks of the Messages protocol: as they open in a stream, their deltas, and whole.

use serde_json::{Value, json};

use super::{Block, Prompt};
use crate::script::FrameKind;

/// As `content_block_start` announces it. Blocks without deltas are already whole there.
pub(super) fn opened(prompt: &Prompt, block: &Block) -> Value {
    match block {
        Block::Thinking { .. } => json!({"type": "thinking", "thinking": "", "signature": ""}),
        Block::Text { citations, .. } if citations.is_empty() => {
            json!({"type": "text", "text": ""})
        }
        Block::Text { .. } => json!({"citations": [], "type": "text", "text": ""}),
        Block::Refusal { .. } => json!({"type": "text", "text": ""}),
        Block::ToolCall { id, name, .. } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": {}})
        }
        Block::ServerCall { id, name, .. } => {
            json!({"type": "server_tool_use", "id": id, "name": name, "input": {}})
        }
        Block::RedactedThinking { .. } | Block::ServerResult { .. } => whole(prompt, block),
    }
}

/// The deltas of a block, each with the kind of frame that it is.
pub(super) fn deltas(prompt: &Prompt, block: &Block) -> Vec<(FrameKind, Value)> {
    let tokens = |kind: &'static str, key: &'static str, pieces: &[String]| {
        let delta = |piece: &String| (FrameKind::Token, json!({"type": kind, key: piece}));
        pieces.iter().map(delta).collect::<Vec<_>>()
    };
    match block {
        Block::Thinking { pieces, signature } => {
            let mut deltas = if omits_thinking(prompt) {
                Vec::new()
            } else {
                tokens("thinking_delta", "thinking", pieces)
            };
            let delta = json!({"type": "signature_delta", "signature": signature});
            deltas.push((FrameKind::Plumbing, delta));
            deltas
        }
        Block::Text { pieces, citations } => {
            let citation = |one| json!({"type": "citations_delta", "citation": one});
            let cited = citations.iter().map(citation);
            cited
                .map(|delta| (FrameKind::Plumbing, delta))
                .chain(tokens("text_delta", "text", pieces))
                .collect()
        }
        Block::Refusal { pieces } => tokens("text_delta", "text", pieces),
        Block::ToolCall { pieces, .. } | Block::ServerCall { pieces, .. } => {
            let empty = json!({"type": "input_json_delta", "partial_json": ""});
            let mut deltas = vec![(FrameKind::Plumbing, empty)];
            deltas.extend(tokens("input_json_delta", "partial_json", pieces));
            deltas
        }
        Block::RedactedThinking { .. } | Block::ServerResult { .. } => Vec::new(),
    }
}

pub(super) fn whole(prompt: &Prompt, block: &Block) -> Value {
    match block {
        Block::Thinking { pieces, signature } => {
            let text = if omits_thinking(prompt) {
                String::new()
            } else {
                pieces.concat()
            };
            json!({"type": "thinking", "thinking": text, "signature": signature})
        }
        Block::RedactedThinking { data, .. } => json!({"type": "redacted_thinking", "data": data}),
        Block::Text { pieces, citations } if citations.is_empty() => {
            json!({"type": "text", "text": pieces.concat()})
        }
        Block::Text { pieces, citations } => {
            json!({"citations": citations, "type": "text", "text": pieces.concat()})
        }
        Block::Refusal { pieces } => json!({"type": "text", "text": pieces.concat()}),
        Block::ToolCall { id, name, pieces } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": input(pieces)})
        }
        Block::ServerCall { id, name, pieces } => {
            json!({"type": "server_tool_use", "id": id, "name": name, "input": input(pieces)})
        }
        Block::ServerResult { id, content } => {
            json!({"type": "web_search_tool_result", "tool_use_id": id, "content": content})
        }
    }
}

fn input(pieces: &[String]) -> Value {
    serde_json::from_str(&pieces.concat()).unwrap_or_else(|_| json!({}))
}

fn omits_thinking(prompt: &Prompt) -> bool {
    prompt.body["thinking"]["display"] == "omitted"
}
