//! Which encoder a prompt goes to, and the headers that its vendor sends with an answer.

use super::{Answer, Delivery, Dialect, Frames, Prompt, Stamp};
use super::{anthropic, chat, gemini, responses};

/// The whole healthy answer in the framing of the prompt's dialect and delivery.
///
/// `answers` is what [`super::compose`] made of the same prompt; ids come from the stamp. An
/// unknown pairing (an array of a protocol other than Gemini) is sent as events.
pub fn encode(prompt: &Prompt, answers: &[Answer], stamp: &Stamp) -> Frames {
    match prompt.dialect {
        Dialect::AnthropicMessages => anthropic::encode(prompt, answers, stamp),
        Dialect::OpenaiChat => chat::encode(prompt, answers, stamp),
        Dialect::OpenaiResponses => responses::encode(prompt, answers, stamp),
        Dialect::Gemini => gemini::encode(prompt, answers, stamp),
    }
}

/// Headers of a successful answer as the vendor sends them, lower case, without request ids.
pub fn success_headers(dialect: Dialect, delivery: Delivery) -> Vec<(String, String)> {
    let headers: &[(&str, &str)] = match (dialect, delivery) {
        (Dialect::Gemini, Delivery::Sse) => &[
            ("content-type", "text/event-stream"),
            ("content-disposition", "attachment"),
            ("vary", "Origin, X-Origin, Referer"),
            ("x-content-type-options", "nosniff"),
        ],
        (Dialect::Gemini, Delivery::Unary | Delivery::Array) => &[
            ("content-type", "application/json; charset=UTF-8"),
            ("vary", "Origin, X-Origin, Referer"),
            ("x-content-type-options", "nosniff"),
        ],
        (Dialect::AnthropicMessages, Delivery::Sse | Delivery::Array) => &[
            ("content-type", "text/event-stream; charset=utf-8"),
            ("cache-control", "no-cache"),
        ],
        (Dialect::AnthropicMessages, Delivery::Unary) => &[("content-type", "application/json")],
        (Dialect::OpenaiChat | Dialect::OpenaiResponses, Delivery::Sse | Delivery::Array) => &[
            ("content-type", "text/event-stream; charset=utf-8"),
            ("openai-version", "2020-10-01"),
        ],
        (Dialect::OpenaiChat | Dialect::OpenaiResponses, Delivery::Unary) => &[
            ("content-type", "application/json"),
            ("openai-version", "2020-10-01"),
        ],
    };
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
