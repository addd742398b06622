//! The response object of the Responses API in each of its states, with the request's own fields
//! echoed. Field list: OpenAI's API description, and what its service was recorded to send.

use serde_json::{Map, Value, json};

use super::{Answer, Prompt, Stamp, Stop};

/// Which moment of its life the object shows.
pub(super) enum State<'a> {
    Running,
    Ended {
        answer: &'a Answer,
        output: Vec<Value>,
    },
}

pub(super) fn build(prompt: &Prompt, stamp: &Stamp, id: &str, state: State<'_>) -> Value {
    let echo = Echo(&prompt.body);
    let (status, tier, details, completed_at, output, usage) = match state {
        State::Running => (
            "in_progress",
            "auto",
            Value::Null,
            Value::Null,
            vec![],
            Value::Null,
        ),
        State::Ended { answer, output } => {
            let usage = usage(prompt, answer);
            match answer.stop {
                Stop::MaxTokens => {
                    let details = json!({"reason": "max_output_tokens"});
                    ("incomplete", "default", details, Value::Null, output, usage)
                }
                Stop::End | Stop::Sequence(_) | Stop::ToolCalls | Stop::Refused => {
                    let at = json!(stamp.created + 1 + answer.output_tokens / 64);
                    ("completed", "default", Value::Null, at, output, usage)
                }
            }
        }
    };
    json!({
        "id": id,
        "object": "response",
        "created_at": stamp.created,
        "status": status,
        "background": false,
        "completed_at": completed_at,
        "error": null,
        "frequency_penalty": echo.or("frequency_penalty", json!(0.0)),
        "incomplete_details": details,
        "instructions": echo.or("instructions", Value::Null),
        "max_output_tokens": echo.or("max_output_tokens", Value::Null),
        "max_tool_calls": echo.or("max_tool_calls", Value::Null),
        "model": prompt.model,
        "output": output,
        "parallel_tool_calls": echo.or("parallel_tool_calls", json!(true)),
        "presence_penalty": echo.or("presence_penalty", json!(0.0)),
        "previous_response_id": echo.or("previous_response_id", Value::Null),
        "prompt_cache_key": echo.or("prompt_cache_key", Value::Null),
        "prompt_cache_retention": echo.or("prompt_cache_retention", Value::Null),
        "reasoning": echo.reasoning(),
        "safety_identifier": echo.or("safety_identifier", Value::Null),
        "service_tier": tier,
        "store": echo.or("store", json!(true)),
        "temperature": echo.or("temperature", json!(1.0)),
        "text": echo.text(),
        "tool_choice": echo.or("tool_choice", json!("auto")),
        "tools": echo.tools(),
        "top_logprobs": echo.or("top_logprobs", json!(0)),
        "top_p": echo.or("top_p", json!(1.0)),
        "truncation": echo.or("truncation", json!("disabled")),
        "usage": usage,
        "user": echo.or("user", Value::Null),
        "metadata": echo.or("metadata", json!({})),
    })
}

fn usage(prompt: &Prompt, answer: &Answer) -> Value {
    json!({
        "input_tokens": prompt.input_tokens,
        "input_tokens_details": {"cached_tokens": prompt.cache.read, "cache_write_tokens": 0},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.thinking_tokens},
        "total_tokens": prompt.input_tokens + answer.output_tokens,
    })
}

struct Echo<'a>(&'a Value);

impl Echo<'_> {
    /// The request's own value, else the vendor's default. Null asks for the default too.
    fn or(&self, key: &str, default: Value) -> Value {
        match self.0.get(key) {
            None | Some(Value::Null) => default,
            Some(own) => own.clone(),
        }
    }

    fn reasoning(&self) -> Value {
        let mut reasoning = json!({"effort": null, "summary": null});
        overlay(&mut reasoning, &self.0["reasoning"]);
        reasoning
    }

    fn text(&self) -> Value {
        let mut text = json!({"format": {"type": "text"}, "verbosity": "medium"});
        overlay(&mut text, &self.0["text"]);
        text
    }

    /// Function tools come back with `description` and `strict` even where the request had none.
    fn tools(&self) -> Value {
        let tools = self.0["tools"].as_array().cloned().unwrap_or_default();
        let complete = |mut tool: Value| {
            if let Some(map) = tool.as_object_mut().filter(|map| is_function(map)) {
                map.entry("description").or_insert(Value::Null);
                map.entry("parameters").or_insert_with(|| json!({}));
                map.entry("strict").or_insert(json!(true));
            }
            tool
        };
        Value::Array(tools.into_iter().map(complete).collect())
    }
}

fn is_function(tool: &Map<String, Value>) -> bool {
    tool.get("type").is_some_and(|kind| kind == "function")
}

fn overlay(base: &mut Value, over: &Value) {
    for (key, value) in over.as_object().unwrap_or(&Map::new()) {
        if !value.is_null() {
            base[key.as_str()] = value.clone();
        }
    }
}
