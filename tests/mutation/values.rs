//! Other values and names than those that stood there.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use crate::edits::Dice;

/// Words that a protocol has in one place.
const WORDS: [&[&str]; 12] = [
    &[
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "refusal",
        "pause_turn",
    ],
    &[
        "stop",
        "length",
        "tool_calls",
        "content_filter",
        "function_call",
    ],
    &[
        "STOP",
        "MAX_TOKENS",
        "SAFETY",
        "RECITATION",
        "OTHER",
        "MALFORMED_FUNCTION_CALL",
    ],
    &[
        "completed",
        "in_progress",
        "incomplete",
        "failed",
        "queued",
        "cancelled",
    ],
    &["pending", "running", "completed", "failed", "cancelled"],
    &["assistant", "user", "model", "system", "tool"],
    &["text", "thinking", "tool_use", "redacted_thinking"],
    &[
        "text_delta",
        "thinking_delta",
        "input_json_delta",
        "signature_delta",
    ],
    &["message", "reasoning", "function_call", "custom_tool_call"],
    &["output_text", "refusal", "reasoning_text", "summary_text"],
    &[
        "chat.completion",
        "chat.completion.chunk",
        "response",
        "list",
        "model",
    ],
    &[
        "invalid_request_error",
        "authentication_error",
        "server_error",
        "api_error",
    ],
];

/// The other words of its place.
pub(crate) fn others(word: &str) -> impl Iterator<Item = &'static str> {
    let lists = WORDS.into_iter().filter(move |list| list.contains(&word));
    let words = lists.flatten().copied();
    words.filter(move |other| *other != word)
}

pub(crate) fn other_length(items: &[Value], dice: &mut Dice) -> Value {
    let mut items = items.to_vec();
    if dice.random_bool(0.5) && !items.is_empty() {
        items.pop();
    } else {
        items.push(items.first().cloned().unwrap_or(Value::Null));
    }
    Value::Array(items)
}

pub(crate) fn other_name(name: &str, dice: &mut Dice) -> String {
    match dice.random_range(0..3) {
        0 => format!("{name}s"),
        1 => format!("x_{name}"),
        _ => {
            let mut letters: Vec<char> = name.chars().collect();
            let at = dice.random_range(0..letters.len());
            letters[at] = if letters[at] == 'q' { 'z' } else { 'q' };
            letters.into_iter().collect()
        }
    }
}

pub(crate) fn other_type(value: &Value, dice: &mut Dice) -> Option<Value> {
    let mut kinds = vec![json!("7"), json!(7), json!(true), json!({}), json!([])];
    kinds.push(json!([value]));
    kinds.push(json!(value.to_string()));
    kinds.retain(|kind| std::mem::discriminant(kind) != std::mem::discriminant(value));
    kinds.choose(dice).cloned()
}

pub(crate) fn other_number(number: &Value, dice: &mut Dice) -> Value {
    let Some(old) = number.as_i64() else {
        return json!(number.as_f64().unwrap_or(0.0) + 1.0);
    };
    match dice.random_range(0..6) {
        0 => json!(old + 1),
        1 => json!(old - 1),
        2 => json!(-old - 1),
        3 => json!(old as f64 + 0.5),
        4 => json!(old.saturating_mul(1000).saturating_add(1)),
        _ => json!(0),
    }
}

pub(crate) fn other_text(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = dice.random_range(0..letters.len());
    match dice.random_range(0..4) {
        0 => String::new(),
        1 => {
            letters.remove(at);
            letters.into_iter().collect()
        }
        2 => format!("{text}x"),
        _ => {
            letters[at] = if letters[at] == 'k' { 'w' } else { 'k' };
            letters.into_iter().collect()
        }
    }
}
