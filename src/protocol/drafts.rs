//! From a call to its first request, whatever the protocol: every encoder in one place.

use super::{
    Draft, anthropic_messages, gemini, management, openai_chat, openai_images, openai_responses,
    tasks,
};
use crate::scenario::request::{Call, TextCall, TextProtocol};

/// The first request of a call, without mistakes; a pure function of the seed.
pub fn first(call: &Call, seed: u64) -> Draft {
    match call {
        Call::Text(call) => text(call, seed),
        Call::Images(call) => openai_images::encode::encode(call, seed),
        Call::Task(call) => tasks::encode::submit(call, seed, tasks::encode::Params::AsGiven),
        Call::Utility(call) => management::encode::encode(call, seed),
    }
}

/// A text call's request, with the history that it has.
pub fn text(call: &TextCall, seed: u64) -> Draft {
    match call.protocol {
        TextProtocol::AnthropicMessages => anthropic_messages::encode(call, seed),
        TextProtocol::OpenaiChat => openai_chat::encode(call, seed),
        TextProtocol::OpenaiResponses => openai_responses::encode(call, seed),
        TextProtocol::Gemini => gemini::encode(call, seed),
    }
}
