//! Gemini's `generateContent` family: events or array elements that are each a whole response with
//! running totals, and the response as one body. Follows Google's API reference and what its
//! service was recorded to send.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::dice::Dice;
use super::gemini_usage::{Totals, blocked, response, safety_ratings};
use super::wire::{frame, gemini_event, google_pretty};
use super::{Answer, Block, Delivery, Frames, Prompt, Stamp, Stop};
use crate::script::FrameKind;

pub(super) fn encode(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    let chunks = match prompt.delivery {
        Delivery::Unary => {
            let body = format!("{}\n", google_pretty(&whole(prompt, answers, stamp)));
            return vec![frame(body, FrameKind::Body)];
        }
        Delivery::Sse | Delivery::Array => chunks(prompt, answers, stamp),
    };
    let is_array = prompt.delivery == Delivery::Array;
    let last = chunks.len().saturating_sub(1);
    chunks
        .iter()
        .enumerate()
        .map(|(at, (kind, chunk))| {
            let bytes = if is_array {
                array_element(chunk, at == 0, at == last)
            } else {
                gemini_event(chunk)
            };
            frame(bytes, *kind)
        })
        .collect()
}

/// An element with the delimiters around it: the opening bracket belongs to the first, the comma to
/// each later one, the closing bracket to the last.
pub(super) fn array_element(value: &Value, is_first: bool, is_last: bool) -> String {
    let before = if is_first { "[" } else { "\n,\r\n" };
    let after = if is_last { "\n]" } else { "" };
    format!("{before}{}{after}", google_pretty(value))
}

/// What one chunk adds for one candidate.
#[derive(Default)]
struct Step {
    parts: Vec<Value>,
    visible: u64,
    thoughts: u64,
}

fn chunks(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Vec<(FrameKind, Value)> {
    if prompt.marks.block {
        return vec![(FrameKind::Terminal, blocked(prompt, stamp))];
    }
    let mut dice = Dice::new(stamp.seed, "finish");
    let mut candidates: Vec<Vec<Step>> = answers
        .iter()
        .map(|answer| steps(prompt, answer, stamp))
        .collect();
    let mut finals: Vec<Step> = answers
        .iter()
        .map(|answer| final_step(answer, stamp))
        .collect();
    // A lone candidate may finish in the chunk of its last words.
    let thinks = answers.iter().any(|answer| answer.thinking_tokens > 0);
    if let ([steps], [last], false) = (candidates.as_mut_slice(), finals.as_mut_slice(), thinks)
        && dice.one_in(2)
        && let Some(step) = steps.pop()
    {
        *last = step;
    }

    let mut totals = Totals::default();
    let mut chunks = Vec::new();
    let longest = candidates.iter().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for (index, steps) in candidates.iter().enumerate() {
            let Some(step) = steps.get(turn) else {
                continue;
            };
            totals.visible += step.visible;
            totals.thoughts += step.thoughts;
            let candidate = json!({"content": content(&step.parts), "index": index});
            let chunk = response(prompt, stamp, &[candidate], &totals);
            chunks.push((FrameKind::Token, chunk));
        }
    }

    let is_payload = finals.iter().any(|step| step.visible > 0);
    let kind = if is_payload {
        FrameKind::Token
    } else {
        FrameKind::Terminal
    };
    let ended: Vec<Value> = finals
        .iter()
        .zip(answers)
        .enumerate()
        .map(|(index, (step, answer))| ended(index, &step.parts, answer))
        .collect();
    chunks.push((kind, response(prompt, stamp, &ended, &Totals::of(answers))));
    chunks
}

fn steps(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut unseen = 0;
    let mut calls = Step::default();
    for block in &answer.blocks {
        match block {
            Block::Thinking { pieces, .. } if shows_thoughts(prompt) => {
                steps.extend(pieces.iter().map(|piece| Step {
                    parts: vec![json!({"text": piece, "thought": true})],
                    visible: 0,
                    thoughts: 1,
                }));
            }
            Block::Thinking { pieces, .. } | Block::RedactedThinking { pieces, .. } => {
                unseen += count(pieces);
            }
            Block::ServerCall { .. } | Block::ServerResult { .. } => {}
            Block::Text { pieces, .. } | Block::Refusal { pieces } => {
                steps.extend(pieces.iter().map(|piece| Step {
                    parts: vec![json!({"text": piece})],
                    visible: 1,
                    thoughts: 0,
                }));
            }
            Block::ToolCall { id, name, pieces } => {
                let signature = calls.parts.is_empty().then(|| signature(answer, stamp));
                calls.parts.push(call(id, name, pieces, signature));
                calls.visible += count(pieces);
            }
        }
    }
    if !calls.parts.is_empty() {
        steps.push(calls);
    }
    if let Some(first) = steps.first_mut() {
        first.thoughts += unseen;
    }
    steps
}

/// The finishing chunk of a candidate that has nothing more to say.
fn final_step(answer: &Answer, stamp: &Stamp) -> Step {
    let signed = answer.thinking_tokens > 0 && !has_calls(answer);
    let says_no_more = thought_only(answer) || answer.stop == Stop::Refused;
    let parts = match (says_no_more, signed) {
        (true, _) => Vec::new(),
        (false, true) => vec![json!({"text": "", "thoughtSignature": signature(answer, stamp)})],
        (false, false) => vec![json!({"text": ""})],
    };
    Step {
        parts,
        ..Step::default()
    }
}

fn whole(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Value {
    if prompt.marks.block {
        return blocked(prompt, stamp);
    }
    let candidates: Vec<Value> = answers
        .iter()
        .enumerate()
        .map(|(index, answer)| ended(index, &merged(prompt, answer, stamp), answer))
        .collect();
    response(prompt, stamp, &candidates, &Totals::of(answers))
}

/// The parts of a body that is not streamed: each run of text is one part.
fn merged(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut unsigned = true;
    for block in &answer.blocks {
        match block {
            Block::Thinking { pieces, .. } => {
                if shows_thoughts(prompt) {
                    parts.push(json!({"text": pieces.concat(), "thought": true}));
                }
            }
            Block::RedactedThinking { .. }
            | Block::ServerCall { .. }
            | Block::ServerResult { .. } => {}
            Block::Text { pieces, .. } | Block::Refusal { pieces } => {
                let mut part = json!({"text": pieces.concat()});
                let is_signed = answer.thinking_tokens > 0 && answer.stop != Stop::Refused;
                if is_signed && !has_calls(answer) {
                    part["thoughtSignature"] = json!(signature(answer, stamp));
                }
                parts.push(part);
            }
            Block::ToolCall { id, name, pieces } => {
                let signature = unsigned.then(|| signature(answer, stamp));
                unsigned = false;
                parts.push(call(id, name, pieces, signature));
            }
        }
    }
    parts
}

fn call(id: &str, name: &str, pieces: &[String], signature: Option<String>) -> Value {
    let arguments: Value = serde_json::from_str(&pieces.concat()).unwrap_or_else(|_| json!({}));
    let mut part = json!({"functionCall": {"name": name, "args": arguments, "id": id}});
    if let Some(signature) = signature {
        part["thoughtSignature"] = json!(signature);
    }
    part
}

fn content(parts: &[Value]) -> Value {
    if parts.is_empty() {
        json!({"role": "model"})
    } else {
        json!({"parts": parts, "role": "model"})
    }
}

fn ended(index: usize, parts: &[Value], answer: &Answer) -> Value {
    let reason = match answer.stop {
        Stop::End | Stop::Sequence(_) | Stop::ToolCalls => "STOP",
        Stop::MaxTokens => "MAX_TOKENS",
        Stop::Refused => "SAFETY",
    };
    let mut candidate = json!({"content": content(parts), "finishReason": reason, "index": index});
    if answer.stop == Stop::Refused {
        if parts.is_empty() {
            candidate = json!({"finishReason": reason, "index": index});
        }
        candidate["safetyRatings"] = safety_ratings();
    }
    if answer.stop == Stop::ToolCalls {
        candidate["finishMessage"] = json!("Model generated function call(s).");
    }
    candidate
}

fn has_calls(answer: &Answer) -> bool {
    answer
        .blocks
        .iter()
        .any(|block| matches!(block, Block::ToolCall { .. }))
}

fn thought_only(answer: &Answer) -> bool {
    answer
        .blocks
        .iter()
        .all(|block| matches!(block, Block::Thinking { .. }))
}

fn count(pieces: &[String]) -> u64 {
    u64::try_from(pieces.len()).unwrap_or(u64::MAX)
}

/// The thinking's own signature; models of the newer kind sign calls even without thinking.
fn signature(answer: &Answer, stamp: &Stamp) -> String {
    let own = answer.blocks.iter().find_map(|block| match block {
        Block::Thinking { signature, .. } => Some(signature.clone()),
        Block::RedactedThinking { .. }
        | Block::Text { .. }
        | Block::Refusal { .. }
        | Block::ToolCall { .. }
        | Block::ServerCall { .. }
        | Block::ServerResult { .. } => None,
    });
    own.unwrap_or_else(|| STANDARD.encode(Dice::new(stamp.seed, "signature").bytes(48)))
}

/// Thoughts are shown only on request; without it they merely count.
fn shows_thoughts(prompt: &Prompt) -> bool {
    [
        "/generationConfig/thinkingConfig",
        "/generation_config/thinking_config",
    ]
    .iter()
    .filter_map(|place| prompt.body.pointer(place))
    .any(|config| config["includeThoughts"] == true || config["include_thoughts"] == true)
}
