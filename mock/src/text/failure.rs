//! What each protocol sends when the upstream fails after the first byte: one error in the
//! stream's own framing, after which nothing follows. The status line is long gone by then.

use serde_json::{Value, json};

use super::gemini::array_element;
use super::wire::{data_event, frame, gemini_event, named_event};
use super::{Delivery, Dialect, Frames};
use crate::script::{Frame, FrameKind};

/// An upstream failure in the vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamFailure {
    /// `error.type` of Anthropic and OpenAI, `error.status` of Google.
    pub kind: String,
    /// OpenAI's `error.code`, where it has one.
    pub code: Option<String>,
    pub message: String,
    /// What the status line would have said; only Google repeats it in the body.
    pub status: u16,
}

impl StreamFailure {
    /// The vendor's own words for a failure with this HTTP status.
    pub fn for_status(dialect: Dialect, status: u16, message: &str) -> Self {
        let (kind, code) = match (dialect, status) {
            (Dialect::AnthropicMessages, 429) => ("rate_limit_error", None),
            (Dialect::AnthropicMessages, 503 | 529) => ("overloaded_error", None),
            (Dialect::AnthropicMessages, 504) => ("timeout_error", None),
            (Dialect::AnthropicMessages, _) => ("api_error", None),
            (Dialect::OpenaiChat | Dialect::OpenaiResponses, 429) => {
                ("rate_limit_error", Some("rate_limit_exceeded"))
            }
            (Dialect::OpenaiChat | Dialect::OpenaiResponses, 503 | 529) => {
                ("service_unavailable_error", Some("server_is_overloaded"))
            }
            (Dialect::OpenaiChat, _) => ("server_error", None),
            (Dialect::OpenaiResponses, _) => ("server_error", Some("server_error")),
            (Dialect::Gemini, 429) => ("RESOURCE_EXHAUSTED", None),
            (Dialect::Gemini, 503 | 529) => ("UNAVAILABLE", None),
            (Dialect::Gemini, 504) => ("DEADLINE_EXCEEDED", None),
            (Dialect::Gemini, _) => ("INTERNAL", None),
        };
        let status = match (dialect, status) {
            (Dialect::Gemini, 429 | 503 | 504) => status,
            (Dialect::Gemini, 529) => 503,
            (Dialect::Gemini, _) => 500,
            (Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::OpenaiResponses, _) => {
                status
            }
        };
        Self {
            kind: kind.to_owned(),
            code: code.map(str::to_owned),
            message: message.to_owned(),
            status,
        }
    }
}

/// The healthy frames up to `keep`, then the failure. At least the last frame gives way to it, so
/// that no stream both ends well and fails. None for a body that is not streamed: its failure is
/// a status.
pub fn fail_after(
    dialect: Dialect,
    delivery: Delivery,
    frames: &Frames,
    keep: usize,
    failure: &StreamFailure,
) -> Option<Frames> {
    if delivery == Delivery::Unary {
        return None;
    }
    let ended = frames
        .iter()
        .position(|frame| frame.kind == FrameKind::Terminal);
    let most = ended.unwrap_or(frames.len().saturating_sub(1));
    let mut kept = frames[..keep.min(most)].to_vec();
    let errors = stream_error(dialect, delivery, failure, &kept);
    kept.extend(errors);
    Some(kept)
}

/// The frames that report a failure after `sent`, the frames already written: numbers continue from
/// them, and a response that was announced is closed. Empty for [`Delivery::Unary`].
pub fn stream_error(
    dialect: Dialect,
    delivery: Delivery,
    failure: &StreamFailure,
    sent: &[Frame],
) -> Frames {
    let StreamFailure {
        kind,
        code,
        message,
        status,
    } = failure;
    let texts = match (dialect, delivery) {
        (_, Delivery::Unary) => Vec::new(),
        (Dialect::AnthropicMessages, Delivery::Sse | Delivery::Array) => {
            let error = json!({"type": "error",
                "error": {"details": null, "type": kind, "message": message}});
            vec![named_event("error", &error.to_string())]
        }
        (Dialect::OpenaiChat, Delivery::Sse | Delivery::Array) => {
            let error = json!({"error":
                {"message": message, "type": kind, "param": null, "code": code}});
            vec![data_event(&error.to_string())]
        }
        (Dialect::OpenaiResponses, Delivery::Sse | Delivery::Array) => {
            responses_error(failure, sent)
        }
        (Dialect::Gemini, Delivery::Sse | Delivery::Array) => {
            let error = json!({"error": {"code": status, "message": message, "status": kind}});
            match delivery {
                Delivery::Array => vec![array_element(&error, sent.is_empty(), true)],
                Delivery::Sse | Delivery::Unary => vec![gemini_event(&error)],
            }
        }
    };
    let last = texts.len().saturating_sub(1);
    texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| {
            let kind = if at == last {
                FrameKind::Terminal
            } else {
                FrameKind::Plumbing
            };
            frame(text, kind)
        })
        .collect()
}

/// A nested `error`, then `response.failed` if a response was announced.
fn responses_error(failure: &StreamFailure, sent: &[Frame]) -> Vec<String> {
    let StreamFailure {
        kind,
        code,
        message,
        ..
    } = failure;
    let number = sent.len();
    let error = json!({"type": "error",
        "error": {"type": kind, "code": code, "message": message, "param": null},
        "sequence_number": number});
    let mut texts = vec![named_event("error", &error.to_string())];
    if let Some(mut response) = sent.first().and_then(announced) {
        response["status"] = json!("failed");
        response["error"] =
            json!({"code": code.as_deref().unwrap_or("server_error"), "message": message});
        let failed = json!({"type": "response.failed", "response": response,
            "sequence_number": number + 1});
        texts.push(named_event("response.failed", &failed.to_string()));
    }
    texts
}

/// The response object of a `response.created` event.
fn announced(frame: &Frame) -> Option<Value> {
    let text = std::str::from_utf8(&frame.bytes).ok()?;
    let json = text.lines().find_map(|line| line.strip_prefix("data: "))?;
    let mut event: Value = serde_json::from_str(json).ok()?;
    (event["type"] == "response.created").then(|| event["response"].take())
}
