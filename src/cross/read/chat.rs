//! Chat Completions: the first choice.

use super::{Pending, Pieces, list, word};
use crate::json::Value;

pub(super) fn whole(body: &Value, pieces: &mut Pieces) {
    if let Some(choice) = body.pointer("/choices/0") {
        if let Some(message) = choice.get("message") {
            take(message, pieces);
        }
        pieces.stop = word(choice, "/finish_reason").map(str::to_owned);
    }
    pieces.usages.extend(body.get("usage").cloned());
}

pub(super) fn chunk(event: &Value, pieces: &mut Pieces) {
    for choice in list(event, "/choices") {
        let index = choice.get("index").and_then(Value::as_u64);
        if index.unwrap_or(0) != 0 {
            continue;
        }
        if let Some(delta) = choice.get("delta") {
            take(delta, pieces);
        }
        let stop = word(choice, "/finish_reason").map(str::to_owned);
        pieces.stop = stop.or(pieces.stop.take());
    }
    let usage = event.get("usage").filter(|usage| usage.is_object());
    pieces.usages.extend(usage.cloned());
}

/// A message, or a delta, which has the same members.
fn take(delta: &Value, pieces: &mut Pieces) {
    pieces.text += word(delta, "/content").unwrap_or_default();
    pieces.refusal += word(delta, "/refusal").unwrap_or_default();
    for (position, fragment) in (0..).zip(list(delta, "/tool_calls")) {
        let index = fragment.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or(position);
        if pieces.call(index).is_none() {
            pieces.calls.push(Pending {
                index,
                ..Pending::default()
            });
        }
        let Some(call) = pieces.call(index) else {
            continue;
        };
        call.name += word(fragment, "/function/name").unwrap_or_default();
        call.text += word(fragment, "/function/arguments").unwrap_or_default();
    }
}
