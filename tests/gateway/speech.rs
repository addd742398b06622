//! The four text protocols, as far as a promise needs them: a question, and what it used.

use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::target::Target;

/// A text protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    Messages,
    Chat,
    Responses,
    Gemini,
}

impl Speech {
    pub(crate) const ALL: [Self; 4] = [Self::Messages, Self::Chat, Self::Responses, Self::Gemini];

    /// A model of the protocol's own vendor.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Self::Messages => "claude-sonnet-4-6",
            Self::Chat | Self::Responses => "gpt-5-4",
            Self::Gemini => "gemini-3-flash",
        }
    }

    /// A short question that can be answered.
    pub(crate) fn ask(self, target: &Target) -> Ask<'_> {
        self.put(target, self.model(), false)
    }

    pub(crate) fn stream(self, target: &Target) -> Ask<'_> {
        self.put(target, self.model(), true)
    }

    pub(crate) fn put<'a>(self, target: &'a Target, model: &str, stream: bool) -> Ask<'a> {
        target
            .ask("POST", &self.place(model, stream))
            .json(&self.body(model, stream))
    }

    pub(crate) fn place(self, model: &str, stream: bool) -> String {
        match (self, stream) {
            (Self::Messages, _) => "/v1/messages".to_owned(),
            (Self::Chat, _) => "/v1/chat/completions".to_owned(),
            (Self::Responses, _) => "/v1/responses".to_owned(),
            (Self::Gemini, false) => format!("/v1beta/models/{model}:generateContent"),
            (Self::Gemini, true) => {
                format!("/v1beta/models/{model}:streamGenerateContent?alt=sse")
            }
        }
    }

    pub(crate) fn body(self, model: &str, stream: bool) -> Value {
        let question = "How far away is the moon?";
        let turns = json!([{"role": "user", "content": question}]);
        let mut body = match self {
            Self::Messages => json!({"model": model, "messages": turns, "max_tokens": 64}),
            Self::Chat => json!({"model": model, "messages": turns, "max_tokens": 64}),
            Self::Responses => {
                json!({"model": model, "input": question, "max_output_tokens": 64})
            }
            Self::Gemini => json!({
                "contents": [{"role": "user", "parts": [{"text": question}]}],
                "generationConfig": {"maxOutputTokens": 64},
            }),
        };
        if stream && self != Self::Gemini {
            body["stream"] = true.into();
        }
        if stream && self == Self::Chat {
            body["stream_options"] = json!({"include_usage": true});
        }
        body
    }

    /// Tokens of input and output that an answer, whole or streamed, says it used.
    pub(crate) fn usage(self, answer: &Answer) -> Option<(u64, u64)> {
        let mut found = (None, None);
        let (input, output) = match self {
            Self::Messages | Self::Responses => ("input_tokens", "output_tokens"),
            Self::Chat => ("prompt_tokens", "completion_tokens"),
            Self::Gemini => ("promptTokenCount", "candidatesTokenCount"),
        };
        let whole = answer.json();
        let mut bodies: Vec<Value> = vec![whole];
        let events = answer.events();
        bodies.extend(
            events
                .iter()
                .filter_map(|(_, data)| serde_json::from_str(data).ok()),
        );
        for body in &bodies {
            for place in [
                "/usage",
                "/message/usage",
                "/response/usage",
                "/usageMetadata",
            ] {
                let usage = body.pointer(place);
                let count = |name: &str| usage.and_then(|usage| usage[name].as_u64());
                found = (count(input).or(found.0), count(output).or(found.1));
            }
        }
        Some((found.0?, found.1?))
    }
}
