//! What the open block of a stream has said so far.

use crate::json::{self, Value};
use crate::protocol::flow::Flow;

/// Bytes of one tool call's arguments that are kept; a longer call is not judged.
const MAX_ARGUMENTS: usize = 1 << 20;

/// A block that is open.
#[derive(Debug)]
pub struct Block {
    pub(crate) index: u64,
    pub(crate) kind: BlockKind,
    /// The start event already held the whole `input`.
    pub(crate) has_input: bool,
    /// `input_json_delta` events.
    pub(crate) fragments: Flow<u32>,
    /// The start event had a list `citations`.
    pub(crate) announces_citations: bool,
    pub(crate) citations: u32,
    pub(crate) last_citation: Option<Value>,
    /// Some text has come.
    pub(crate) has_text: bool,
    pub(crate) arguments: Flow<String>,
    pub(crate) arguments_cut: Flow<bool>,
    pub(crate) signatures: u32,
    /// A delta named another index.
    pub(crate) misnamed: bool,
    /// Whether the last delta was a signature.
    pub(crate) ends_signed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    Text,
    Thinking,
    /// `tool_use`, `server_tool_use`, `mcp_tool_use`.
    Tool,
    /// Blocks that come whole: `redacted_thinking`, results, uploads.
    Whole,
    /// Of a type that is not known here, or never started.
    Unknown,
}

impl BlockKind {
    pub(crate) fn of(type_name: &str) -> Self {
        match type_name {
            "text" => Self::Text,
            "thinking" => Self::Thinking,
            "tool_use" | "server_tool_use" | "mcp_tool_use" => Self::Tool,
            "redacted_thinking" | "container_upload" | "fallback" => Self::Whole,
            _ if type_name.ends_with("_tool_result") => Self::Whole,
            _ => Self::Unknown,
        }
    }
}

impl Block {
    pub(super) fn new(index: u64, kind: BlockKind) -> Self {
        Self {
            index,
            kind,
            has_input: false,
            fragments: Flow::default(),
            announces_citations: false,
            citations: 0,
            last_citation: None,
            has_text: false,
            arguments: Flow::default(),
            arguments_cut: Flow::default(),
            signatures: 0,
            misnamed: false,
            ends_signed: false,
        }
    }

    pub(super) fn add_arguments(&mut self, piece: &str) {
        if self.arguments.len() + piece.len() > MAX_ARGUMENTS {
            *self.arguments_cut = true;
        } else if !*self.arguments_cut {
            self.arguments.push_str(piece);
        }
    }

    /// What keeps the joined arguments from being a JSON object. No arguments at all mean `{}`.
    pub(super) fn bad_arguments(&self) -> Option<String> {
        if self.kind != BlockKind::Tool || self.arguments.is_empty() || *self.arguments_cut {
            return None;
        }
        match json::parse(self.arguments.as_bytes()) {
            Ok(Value::Object(_)) => None,
            Ok(_) => Some("not an object".to_owned()),
            Err(error) => Some(error.to_string()),
        }
    }
}
