//! Responses: a stream is read by its deltas, as a client shows it.

use super::{Pending, Pieces, list, word};
use crate::json::Value;

pub(super) fn whole(body: &Value, pieces: &mut Pieces) {
    for (index, item) in (0..).zip(list(body, "/output")) {
        for part in list(item, "/content") {
            match word(part, "/type").unwrap_or_default() {
                "output_text" => pieces.text += word(part, "/text").unwrap_or_default(),
                "refusal" => pieces.refusal += word(part, "/refusal").unwrap_or_default(),
                _ => {}
            }
        }
        open(index, item, pieces);
        if let (Some(arguments), Some(call)) = (word(item, "/arguments"), pieces.call(index)) {
            arguments.clone_into(&mut call.text);
        }
    }
    end(body, pieces);
}

pub(super) fn event(event: &Value, pieces: &mut Pieces) {
    let index = event.get("output_index").and_then(Value::as_u64);
    let index = index.unwrap_or(0);
    let delta = word(event, "/delta").unwrap_or_default();
    match word(event, "/type").unwrap_or_default() {
        "response.output_text.delta" => pieces.text += delta,
        "response.refusal.delta" => pieces.refusal += delta,
        "response.output_item.added" => {
            if let Some(item) = event.get("item") {
                open(index, item, pieces);
            }
        }
        "response.function_call_arguments.delta" => {
            if let Some(call) = pieces.call(index) {
                call.text += delta;
            }
        }
        // A call without pieces is told whole only.
        "response.function_call_arguments.done" => {
            if let Some(call) = pieces.call(index).filter(|call| call.text.is_empty()) {
                word(event, "/arguments")
                    .unwrap_or_default()
                    .clone_into(&mut call.text);
            }
        }
        "response.completed" | "response.incomplete" | "response.failed" => {
            if let Some(response) = event.get("response") {
                end(response, pieces);
            }
        }
        _ => {}
    }
}

fn open(index: u64, item: &Value, pieces: &mut Pieces) {
    if word(item, "/type") == Some("function_call") {
        pieces.calls.push(Pending {
            index,
            name: word(item, "/name").unwrap_or_default().to_owned(),
            ..Pending::default()
        });
    }
}

fn end(response: &Value, pieces: &mut Pieces) {
    let reason = word(response, "/incomplete_details/reason");
    let stop = reason.or_else(|| word(response, "/status"));
    pieces.stop = stop.map(str::to_owned);
    pieces.usages.extend(response.get("usage").cloned());
}
