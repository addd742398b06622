//! The four text protocols: from a request body to the frames of an answer.
//!
//! Everything here is a pure function of its arguments. This module knows JSON and framing of the
//! four vendors; it knows no money, no keys, no pacing and no clock, and shares nothing with the
//! harness that will judge its output.

mod anthropic;
mod anthropic_blocks;
mod anthropic_turns;
mod arguments;
mod cache_marks;
mod chat;
mod chat_parts;
mod compose;
mod count;
mod dice;
mod encode;
mod failure;
mod fields;
mod gemini;
mod gemini_turns;
mod gemini_usage;
mod logprobs;
mod marks;
mod media;
mod prefix;
mod prose;
mod read;
mod read_anthropic;
mod read_chat;
mod read_gemini;
mod read_responses;
mod refusal;
mod response_object;
mod responses;
mod said;
mod search;
pub mod spoil;
mod spoil_edits;
mod spoil_order;
mod spoil_values;
mod strict;
mod turn;
mod wire;

use serde_json::Value;

use crate::script::Frame;

pub(crate) use anthropic::message_id;
pub(crate) use anthropic_turns::{check_results, continues};
pub use compose::compose;
pub use count::input_tokens;
pub use encode::{encode, success_headers};
pub use failure::{StreamFailure, fail_after, stream_error};
pub use marks::Marks;
pub(crate) use prefix::{Keep, consult};
pub use read::read;
pub(crate) use read_responses::check_outputs;
pub(crate) use responses::response_id;
pub use said::said;

/// Which protocol a text request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    AnthropicMessages,
    OpenaiChat,
    OpenaiResponses,
    Gemini,
}

/// Whose model answers. Where protocols are translated, it decides what the protocol does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maker {
    Anthropic,
    Openai,
    Google,
    /// Shows its reasoning in Chat Completions, as `reasoning_content`.
    Deepseek,
}

/// What a cache of prompts had to do with a request. Tokens; together at most its `input_tokens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheUse {
    pub read: u64,
    /// Put in for five minutes.
    pub write_5m: u64,
    /// Put in for an hour.
    pub write_1h: u64,
}

impl CacheUse {
    pub fn written(self) -> u64 {
        self.write_5m.saturating_add(self.write_1h)
    }
}

/// How the answer is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// One JSON body.
    Unary,
    /// Server-sent events.
    Sse,
    /// Gemini's stream without `alt=sse`: one JSON array, sent in pieces.
    Array,
}

/// A body that cannot be answered. The engine turns it into the route's error envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A required field is missing.
    Missing { field: String },
    /// A field has a value that the protocol does not allow.
    Invalid { field: String, message: String },
}

/// What a request asks for, in one form for all four protocols.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub dialect: Dialect,
    /// The slug as the request names it (Gemini: from the path).
    pub model: String,
    pub delivery: Delivery,
    /// Tokens of the input as the replica counts them: a quarter of the UTF-8 bytes of its texts,
    /// rounded up, plus fixed costs a message, tool and image. At least 1.
    pub input_tokens: u64,
    /// The request's own limit on output, where it set one.
    pub max_tokens: Option<u64>,
    pub choices: u32,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub thinking: bool,
    pub stop_sequences: Vec<String>,
    /// Chat: `stream_options.include_usage`. The other protocols always report usage.
    pub include_usage: bool,
    /// Chat and Responses: obfuscation padding, on unless switched off.
    pub obfuscation: bool,
    /// The answer must be a JSON document (`response_format`, `text.format`, `responseMimeType`).
    pub json: bool,
    /// The vendor's own until the catalog says otherwise.
    pub maker: Maker,
    pub marks: Marks,
    /// Nothing until the engine has looked.
    pub cache: CacheUse,
    /// The body, for fields that an answer echoes.
    pub body: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    pub name: String,
    /// Its JSON Schema; arguments are made to fit `properties` and `required`.
    pub parameters: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// The replica then calls a tool when the request offers any, and speaks once it has results.
    Auto,
    None,
    Required,
    Named(String),
}

/// What the model "said": made from the prompt and a seed, before any protocol shapes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub blocks: Vec<Block>,
    pub stop: Stop,
    pub output_tokens: u64,
    /// Part of `output_tokens`.
    pub thinking_tokens: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Pieces are what a stream sends one by one; joined they are the whole.
    Thinking {
        pieces: Vec<String>,
        signature: String,
    },
    /// What was thought and is not told. Its pieces are counted and never sent.
    RedactedThinking {
        pieces: Vec<String>,
        data: String,
    },
    Text {
        pieces: Vec<String>,
        /// As Messages writes them; empty elsewhere.
        citations: Vec<Value>,
    },
    /// Chat Completions and Responses: what is said instead of an answer.
    Refusal {
        pieces: Vec<String>,
    },
    /// A call that the service itself answers, in the next block. Messages only.
    ServerCall {
        id: String,
        name: String,
        pieces: Vec<String>,
    },
    ServerResult {
        id: String,
        content: Value,
    },
    ToolCall {
        id: String,
        name: String,
        /// Pieces of one JSON object's text.
        pieces: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    End,
    MaxTokens,
    /// The sequence that matched; it is not part of the text.
    Sequence(String),
    ToolCalls,
    /// The model refused, or was stopped where it began to say what it must not.
    Refused,
}

/// What an encoder needs besides the prompt and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Ids are derived from this: same stamp, same ids.
    pub seed: u64,
    /// Unix seconds, for `created` and the like.
    pub created: u64,
}

/// The frames of a whole answer in its delivery's framing: one frame an event or array element
/// (Unary: one [`crate::script::FrameKind::Body`]), each marked with its kind.
pub type Frames = Vec<Frame>;
