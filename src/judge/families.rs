//! Which rules look at an answer: the one list from protocol to family.

use std::sync::LazyLock;

use super::family::Family;
use super::finding::first_index;
use super::side::{Reading, Side};
use crate::endpoint::ProtocolId;
use crate::protocol::{
    Protocol, anthropic_messages, gemini, management, openai_chat, openai_images, openai_responses,
    tasks,
};
use crate::rules::{self, Check, Hooks};

/// The gateway's own rules, which look at every answer.
pub(super) fn gateway() -> &'static Family<()> {
    static FAMILY: LazyLock<Family<()>> = LazyLock::new(|| {
        let rules = rules::gateway::RULES;
        Family::new(rules, first_index(rules), gateway_hooks)
    });
    &FAMILY
}

fn gateway_hooks(check: &'static Check) -> Option<&'static Hooks<()>> {
    if let Check::Gateway(hooks) = check {
        Some(hooks)
    } else {
        None
    }
}

macro_rules! side {
    ($protocol:ty, $rules:path, $check:path) => {{
        static FAMILY: LazyLock<Family<<$protocol as Protocol>::State>> = LazyLock::new(|| {
            let rules = $rules;
            Family::new(rules, first_index(rules), |check| {
                if let $check(hooks) = check {
                    Some(hooks)
                } else {
                    None
                }
            })
        });
        Box::new(Side::<$protocol>::new(&FAMILY))
    }};
}

/// The rules and the state of one protocol.
pub(super) fn reading(protocol: ProtocolId) -> Box<dyn Reading> {
    match protocol {
        ProtocolId::AnthropicMessages => side!(
            anthropic_messages::AnthropicMessages,
            rules::anthropic_messages::RULES,
            Check::AnthropicMessages
        ),
        ProtocolId::OpenaiChat => {
            side!(
                openai_chat::OpenaiChat,
                rules::openai_chat::RULES,
                Check::OpenaiChat
            )
        }
        ProtocolId::OpenaiResponses => side!(
            openai_responses::OpenaiResponses,
            rules::openai_responses::RULES,
            Check::OpenaiResponses
        ),
        ProtocolId::Gemini => side!(gemini::Gemini, rules::gemini::RULES, Check::Gemini),
        ProtocolId::OpenaiImages => {
            side!(
                openai_images::OpenaiImages,
                rules::openai_images::RULES,
                Check::OpenaiImages
            )
        }
        ProtocolId::Tasks => side!(tasks::Tasks, rules::tasks::RULES, Check::Tasks),
        ProtocolId::Management => {
            side!(
                management::Management,
                rules::management::RULES,
                Check::Management
            )
        }
    }
}
