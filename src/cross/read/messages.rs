//! Anthropic Messages.

use super::{Pending, Pieces, list, word};
use crate::json::Value;

pub(super) fn whole(body: &Value, pieces: &mut Pieces) {
    for (index, block) in (0..).zip(list(body, "/content")) {
        start(index, block, pieces);
    }
    end(body, "", pieces);
}

pub(super) fn event(event: &Value, pieces: &mut Pieces) {
    let index = event.get("index").and_then(Value::as_u64).unwrap_or(0);
    match word(event, "/type").unwrap_or_default() {
        "message_start" => {
            for (index, block) in (0..).zip(list(event, "/message/content")) {
                start(index, block, pieces);
            }
            end(event, "/message", pieces);
        }
        "content_block_start" => {
            if let Some(block) = event.get("content_block") {
                start(index, block, pieces);
            }
        }
        "content_block_delta" => match word(event, "/delta/type").unwrap_or_default() {
            "text_delta" => pieces.text += word(event, "/delta/text").unwrap_or_default(),
            "input_json_delta" => {
                let piece = word(event, "/delta/partial_json").unwrap_or_default();
                if let Some(call) = pieces.call(index) {
                    call.text += piece;
                }
            }
            _ => {}
        },
        "message_delta" => {
            let stop = word(event, "/delta/stop_reason").map(str::to_owned);
            pieces.stop = stop.or(pieces.stop.take());
            pieces.usages.extend(event.get("usage").cloned());
        }
        _ => {}
    }
}

fn start(index: u64, block: &Value, pieces: &mut Pieces) {
    match word(block, "/type").unwrap_or_default() {
        "text" => pieces.text += word(block, "/text").unwrap_or_default(),
        "tool_use" => pieces.calls.push(Pending {
            index,
            name: word(block, "/name").unwrap_or_default().to_owned(),
            text: String::new(),
            whole: block.get("input").cloned(),
        }),
        _ => {}
    }
}

fn end(message: &Value, below: &str, pieces: &mut Pieces) {
    let stop = word(message, &format!("{below}/stop_reason"));
    pieces.stop = stop.map(str::to_owned);
    let usage = message.pointer(&format!("{below}/usage"));
    pieces.usages.extend(usage.cloned());
}
