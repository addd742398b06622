//! What is asked: one question in a few shapes, each of which tries another part of a translation.

use crate::protocol::prompt;
use crate::scenario::request::{Prompt, TextCall, TextProtocol, Tool, ToolChoice, Turn};

use super::answer::Place;

/// Output that a question may have which is not about the limit.
const ROOM: u32 = 1024;
/// The least that every protocol takes.
const LEAST: u32 = 16;

/// A shape of the question.
#[derive(Debug)]
pub struct Question {
    pub name: &'static str,
    /// What it tries, for the page and for people.
    pub about: &'static str,
    prompt: &'static str,
    /// `--prompt` takes the place of its words.
    is_open: bool,
    system: Option<&'static str>,
    history: Option<(&'static str, &'static str)>,
    pub(super) stop: Option<&'static str>,
    pub(super) limit: Option<u32>,
    pub(super) tool: Option<Tool>,
}

const PLAIN: Question = Question {
    name: "plain",
    about: "one turn, nothing else",
    prompt: "Which colour has a clear sky at noon? Answer with one word.",
    is_open: true,
    system: None,
    history: None,
    stop: None,
    limit: None,
    tool: None,
};

/// All of them, in the order in which they are asked. The first one shows whether a protocol is
/// routed.
pub const QUESTIONS: &[Question] = &[
    PLAIN,
    Question {
        name: "system",
        about: "instructions beside the turn",
        prompt: "Name the capital of France.",
        system: Some("Answer with one word, in capital letters."),
        ..PLAIN
    },
    Question {
        name: "history",
        about: "two earlier turns",
        prompt: "Which word was it? Answer with that word alone.",
        history: Some(("Keep the word copper in mind. Answer with yes.", "yes")),
        ..PLAIN
    },
    Question {
        name: "tools",
        about: "a tool that must be called",
        prompt: "What will the weather in Oslo be on the next 3 days, in celsius?",
        is_open: false,
        tool: Some(Tool::Weather),
        ..PLAIN
    },
    Question {
        name: "stop",
        about: "a stop sequence; Responses has no field for it",
        prompt: "Count from 1 to 9 in digits, with a space between them. Write nothing else.",
        is_open: false,
        stop: Some("5"),
        ..PLAIN
    },
    Question {
        name: "limit",
        about: "a limit on output that is reached",
        prompt: "Count from one to three hundred in words.",
        is_open: false,
        limit: Some(LEAST),
        ..PLAIN
    },
];

/// What the user chose of the words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub prompt: Option<String>,
    /// In thousandths.
    pub temperature: Option<u32>,
}

impl Question {
    pub fn named(name: &str) -> Option<&'static Self> {
        QUESTIONS.iter().find(|question| question.name == name)
    }

    /// The call that asks it. `Err`: why the protocol cannot.
    pub fn call(&self, place: Place, model: &str, words: &Words) -> Result<TextCall, &'static str> {
        if self.stop.is_some() && place.protocol == TextProtocol::OpenaiResponses {
            return Err("the protocol has no field for stop sequences");
        }
        let own = words.prompt.as_deref().filter(|_| self.is_open);
        let history = self.history.iter().map(|(user, assistant)| Turn {
            user: (*user).to_owned(),
            assistant: (*assistant).to_owned(),
        });
        Ok(TextCall {
            protocol: place.protocol,
            model: model.to_owned(),
            delivery: place.delivery,
            history: history.collect(),
            prompt: Prompt::Text(own.unwrap_or(self.prompt).to_owned()),
            system: self.system.map(str::to_owned),
            tools: self.tool.into_iter().collect(),
            // A named choice would let Chat end with `stop`, which hides a wrong translation.
            tool_choice: self.tool.map(|_| ToolChoice::Required),
            thinking: None,
            image: false,
            stop: self.stop.iter().map(|stop| (*stop).to_owned()).collect(),
            // The same for all, and Messages must have one.
            max_tokens: Some(self.limit.unwrap_or(ROOM)),
            temperature: words.temperature,
            n: None,
            json: false,
            cache: false,
            auth: None,
        })
    }

    /// The limit that every call of it has.
    pub(super) fn most(&self) -> u64 {
        u64::from(self.limit.unwrap_or(ROOM))
    }

    /// The schema of its tool.
    pub(super) fn schema(&self) -> Option<prompt::ToolDefinition> {
        self.tool.map(prompt::tool)
    }
}
