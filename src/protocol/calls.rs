//! From a template to the conversation that carries it out: every protocol's encoder in one place.

use super::conversation::{self, Conversation};
use super::{Draft, anthropic_messages, gemini, openai_chat, openai_responses};
use crate::scenario::Template;
use crate::scenario::request::{TextCall, TextProtocol};

/// What a call of this template sends, a pure function of its seed.
pub fn conversation(template: &Template, seed: u64) -> Box<dyn Conversation> {
    conversation::conversation(template, seed, text)
}

fn text(call: &TextCall, seed: u64) -> Draft {
    match call.protocol {
        TextProtocol::AnthropicMessages => anthropic_messages::encode(call, seed),
        TextProtocol::OpenaiChat => openai_chat::encode(call, seed),
        TextProtocol::OpenaiResponses => openai_responses::encode(call, seed),
        TextProtocol::Gemini => gemini::encode(call, seed),
    }
}
