//! The Messages protocol: `message_start` to `message_stop`, and the message as one body.
//! Follows Anthropic's streaming documentation and what its service was recorded to send.

use serde_json::{Value, json};

use super::anthropic_blocks::{self as blocks, deltas, opened};
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

/// One delta in so many has a ping before it, besides the one at the first block.
const SELDOM: usize = 150;

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
    let mut pings = Dice::new(stamp.seed, "pings");
    writer.event(FrameKind::Opening, &start(prompt, answer, stamp));
    for (index, block) in answer.blocks.iter().enumerate() {
        let opening = json!({"type": "content_block_start", "index": index,
            "content_block": opened(prompt, block)});
        writer.event(FrameKind::Plumbing, &opening);
        if index == 0 {
            writer.ping();
        }
        for (kind, delta) in deltas(prompt, block) {
            if pings.one_in(SELDOM) {
                writer.ping();
            }
            writer.delta(kind, index, &delta);
        }
        let closing = json!({"type": "content_block_stop", "index": index});
        writer.event(FrameKind::Plumbing, &closing);
    }
    let (reason, sequence) = stop(&answer.stop);
    let mut usage = json!({
        "input_tokens": fresh_input(prompt),
        "cache_creation_input_tokens": prompt.cache.written(),
        "cache_read_input_tokens": prompt.cache.read,
        "output_tokens": answer.output_tokens,
    });
    count_extras(&mut usage, answer);
    writer.event(
        FrameKind::Plumbing,
        &json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": sequence,
                "stop_details": stop_details(answer, stamp)},
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
        "id": message_id(stamp),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "usage": opening_usage(prompt, provisional),
    }})
}

/// What was neither read from a cache nor put into one.
fn fresh_input(prompt: &Prompt) -> u64 {
    let cached = prompt.cache.read.saturating_add(prompt.cache.written());
    prompt.input_tokens.saturating_sub(cached)
}

fn opening_usage(prompt: &Prompt, output_tokens: u64) -> Value {
    json!({
        "input_tokens": fresh_input(prompt),
        "cache_creation_input_tokens": prompt.cache.written(),
        "cache_read_input_tokens": prompt.cache.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": prompt.cache.write_5m,
            "ephemeral_1h_input_tokens": prompt.cache.write_1h,
        },
        "output_tokens": output_tokens,
        "service_tier": "standard",
        "inference_geo": "global",
    })
}

fn whole(prompt: &Prompt, answer: &Answer, stamp: &Stamp) -> Value {
    let content: Vec<Value> = answer
        .blocks
        .iter()
        .map(|block| blocks::whole(prompt, block))
        .collect();
    let (reason, sequence) = stop(&answer.stop);
    let mut usage = opening_usage(prompt, answer.output_tokens);
    count_extras(&mut usage, answer);
    json!({
        "model": prompt.model,
        "id": message_id(stamp),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": sequence,
        "stop_details": stop_details(answer, stamp),
        "usage": usage,
    })
}

fn stop(stop: &Stop) -> (&'static str, Option<&str>) {
    match stop {
        Stop::End => ("end_turn", None),
        Stop::MaxTokens => ("max_tokens", None),
        Stop::Sequence(sequence) => ("stop_sequence", Some(sequence)),
        Stop::ToolCalls => ("tool_use", None),
        Stop::Refused => ("refusal", None),
    }
}

/// Why the model refused. Not every refusal has a reason.
fn stop_details(answer: &Answer, stamp: &Stamp) -> Value {
    if answer.stop != Stop::Refused {
        return Value::Null;
    }
    let mut dice = Dice::new(stamp.seed, "stop details");
    let category = dice.pick(&[Some("cyber"), Some("bio"), None]).copied();
    let category = category.flatten();
    let explanation = category.map(|one| format!("This may concern the policy on {one} harm."));
    json!({"type": "refusal", "category": category, "explanation": explanation})
}

/// Counts that only some answers have.
fn count_extras(usage: &mut Value, answer: &Answer) {
    if answer.thinking_tokens > 0 {
        usage["output_tokens_details"] = json!({"thinking_tokens": answer.thinking_tokens});
    }
    let is_search = |block: &&Block| matches!(block, Block::ServerCall { .. });
    let searches = answer.blocks.iter().filter(is_search).count();
    if searches > 0 {
        usage["server_tool_use"] =
            json!({"web_search_requests": searches, "web_fetch_requests": 0});
    }
}

pub(crate) fn message_id(stamp: &Stamp) -> String {
    format!(
        "msg_01{}",
        Dice::new(stamp.seed, "message").letters(ALPHANUMERIC, 22)
    )
}
