//! What a client reads of a body, and how two readings differ.

use serde_json::Value;
use spikeproof::wire::frame::Frame;
use spikeproof::wire::{json_array, sse};

use crate::members::is_picture;
use crate::samples::Form;
use crate::values::others;

/// One event as a client gets it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    name: String,
    data: Said,
}

#[derive(Debug, Clone, PartialEq)]
enum Said {
    Json(Value),
    Text(String),
}

/// The events of a body, and what is wrong around them.
pub(crate) fn read(form: Form, body: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut take = |frame: &Frame<'_>| {
        if frame.lines.closed && !frame.data.is_empty() {
            events.push(Event {
                name: frame.name.as_deref().unwrap_or_default().to_owned(),
                data: said(&frame.data),
            });
        }
    };
    match form {
        Form::Sse => {
            let mut reader = sse::Reader::new();
            reader.push(body, &mut take);
            reader.finish(&mut take);
        }
        Form::Array => {
            let mut reader = json_array::Reader::new();
            reader.push(body, &mut take);
            reader.finish();
            if let Some(fault) = reader.fault() {
                events.push(Event {
                    name: String::new(),
                    data: Said::Text(format!("{fault:?}")),
                });
            }
        }
        Form::Whole => events.push(Event {
            name: String::new(),
            data: said(body),
        }),
    }
    events
}

fn said(data: &[u8]) -> Said {
    serde_json::from_slice(data).map_or_else(
        |_| Said::Text(String::from_utf8_lossy(data).into_owned()),
        Said::Json,
    )
}

impl Event {
    /// What it is called by those who read it: its type, or the type of what it carries.
    fn label(&self) -> String {
        let Said::Json(json) = &self.data else {
            return match &self.data {
                Said::Text(text) if text == "[DONE]" => "[DONE]".to_owned(),
                Said::Text(_) | Said::Json(_) => "text".to_owned(),
            };
        };
        let outer = json["type"].as_str().unwrap_or(&self.name);
        let inner = ["delta", "content_block", "item", "part"];
        let inner = inner.iter().find_map(|key| json[*key]["type"].as_str());
        match (outer, inner) {
            ("", _) => kind(json).to_owned(),
            (outer, None) => outer.to_owned(),
            (outer, Some(inner)) => format!("{outer}({inner})"),
        }
    }
}

/// For objects that have no type.
fn kind(json: &Value) -> &'static str {
    if !json["status"].is_null() && json["object"].is_null() {
        return "task";
    }
    let delta = &json["choices"][0]["delta"];
    let part = &json["candidates"][0]["content"]["parts"][0];
    let is_last = !json["choices"][0]["finish_reason"].is_null()
        || !json["candidates"][0]["finishReason"].is_null();
    if !json["error"].is_null() {
        "error"
    } else if json["object"] == "response" {
        "response"
    } else if json["object"] == "chat.completion" {
        "completion"
    } else if !json["data"].is_null() {
        "list"
    } else if is_last {
        "last"
    } else if delta["tool_calls"].is_array() || part["functionCall"].is_object() {
        "call"
    } else if delta["role"].is_string() {
        "opening"
    } else if delta["content"].is_string() || (part["text"].is_string() && part["thought"] != true)
    {
        "text"
    } else if part["text"].is_string() {
        "thought"
    } else if json["usage"].is_object() || json["usageMetadata"].is_object() {
        "usage"
    } else {
        "object"
    }
}

/// How the events of one body differ from another's, in words that `explained.rs` can match:
/// `lost EVENT`, `gained EVENT`, `name EVENT`, `added EVENT PATH`, `removed`, `retyped`, `length`,
/// `number`, `string`, `cut` (of a picture), `bool` and `null` likewise. Positions in arrays are
/// written `*`; a word that took the place of another of the same list follows its path as `=WORD`.
pub(crate) fn differences(before: &[Event], after: &[Event]) -> Vec<String> {
    let shortest = before.len().min(after.len());
    let head = (0..shortest)
        .take_while(|at| before[*at] == after[*at])
        .count();
    let (before, after) = (&before[head..], &after[head..]);
    let shortest = before.len().min(after.len());
    let same = |at: &usize| before[before.len() - 1 - at] == after[after.len() - 1 - at];
    let tail = (0..shortest).take_while(same).count();
    let (before, after) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    let mut found = Vec::new();
    if before.len() != after.len() {
        found.extend(before.iter().map(|event| format!("lost {}", event.label())));
        found.extend(
            after
                .iter()
                .map(|event| format!("gained {}", event.label())),
        );
    } else {
        for (before, after) in before.iter().zip(after) {
            compare(before, after, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

fn compare(before: &Event, after: &Event, found: &mut Vec<String>) {
    let (label, other) = (before.label(), after.label());
    if before.name != after.name && label == other {
        found.push(format!("name {label}"));
    }
    match (&before.data, &after.data) {
        (Said::Json(one), Said::Json(two)) if label == other || !one["type"].is_string() => {
            descend(one, two, &label, "", found);
        }
        (Said::Json(one), Said::Json(two)) if one["type"] == two["type"] => {
            descend(one, two, &label, "", found);
        }
        (one, two) if one == two => {}
        _ => found.push(format!("replaced {label} by {other}")),
    }
}

fn descend(one: &Value, two: &Value, label: &str, path: &str, found: &mut Vec<String>) {
    let mut tell = |what: &str, path: &str| found.push(format!("{what} {label} {path}"));
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            let removed = one.keys().filter(|key| !two.contains_key(*key));
            removed.for_each(|key| tell("removed", &format!("{path}/{key}")));
            let added = two.keys().filter(|key| !one.contains_key(*key));
            added.for_each(|key| tell("added", &format!("{path}/{key}")));
            for (key, value) in one {
                if let Some(other) = two.get(key) {
                    descend(value, other, label, &format!("{path}/{key}"), found);
                }
            }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            for (one, two) in one.iter().zip(two) {
                descend(one, two, label, &format!("{path}/*"), found);
            }
        }
        (Value::Array(_), Value::Array(_)) => tell("length", path),
        (one, two) if one == two => {}
        // Less than a picture is none, whoever made it.
        (Value::String(one), Value::String(two))
            if one.starts_with(two.as_str()) && is_picture(path) =>
        {
            tell("cut", path);
        }
        (Value::String(one), Value::String(two)) => match others(one).any(|word| word == two) {
            true => tell("string", &format!("{path}={two}")),
            false => tell("string", path),
        },
        (Value::Number(_), Value::Number(_)) => tell("number", path),
        (Value::Bool(_), Value::Bool(_)) => tell("bool", path),
        (_, Value::Null) => tell("null", path),
        _ => tell("retyped", path),
    }
}
