//! What a message has said so far.

use crate::json::Value;

use super::block::{Block, BlockKind};
use super::joined::Joined;
use super::server_tools::ServerTools;
use crate::protocol::flow::Flow;
use crate::protocol::oddities::Oddities;
use crate::protocol::{Event, Meaning, Payload};

/// Tool calls of one answer that are kept.
const MAX_TOOLS: usize = 256;
/// Bytes at the end of the text that are kept at least, for stop sequences.
const MAX_TEXT_TAIL: usize = 256;

/// An answer's state: a plain record that any event, in any order, can be folded into. After a
/// fault it goes on with what the stream most likely meant, so that one fault makes one finding.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) oddities: Oddities,
    /// `message_start` events.
    pub(crate) starts: u32,
    /// An event that belongs inside a message came before any `message_start`.
    pub(crate) began_without_start: bool,
    /// `message_start` carried the whole message.
    pub(crate) prefilled: bool,
    pub(crate) open: Option<Block>,
    pub(crate) next_index: u64,
    /// A block event had no index.
    pub(crate) unindexed: bool,
    pub(crate) message_deltas: u32,
    /// `message_stop` was seen, or a whole body.
    pub(crate) stopped: bool,
    /// Something came after `message_stop` or an error.
    pub(crate) went_on: bool,
    /// An error event: its type and message.
    pub(crate) error: Option<(String, String)>,
    pub(crate) id: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) stop_reason: Option<String>,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) tools: Vec<ToolUse>,
    /// A server-side tool ran, which changes the counts on the way.
    pub(crate) server_tool: bool,
    /// The calls of tools that the service runs itself.
    pub(crate) server: ServerTools,
    /// Whether the first block is thinking, open or redacted.
    pub(crate) thinks_first: Option<bool>,
    /// All text, as long as it may be JSON.
    pub(crate) joined: Flow<Joined>,
    /// The first block whose joined arguments are no JSON object: what is wrong with them.
    pub(crate) bad_arguments: Option<String>,
    /// The end of the last text block.
    pub(crate) text_tail: Flow<String>,
    /// Some text or a tool call was sent.
    pub(crate) spoke: bool,
    pub(crate) counts: Counts,
    pub(crate) age: Age,
    /// Some block is thinking, open or redacted.
    pub(crate) thinks: bool,
}

/// Members of `message_start` by which the service's age shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Age {
    /// It has `stop_details`.
    pub(crate) has_details: bool,
    /// Its usage tells where the answer was made.
    pub(crate) is_recent: bool,
}

/// A `tool_use` block of the client's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolUse {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Called by the model, not by code that a server tool runs.
    pub(crate) is_direct: bool,
}

/// Token counts, each the last one given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub(crate) input: Option<u64>,
    pub(crate) cache_read: Option<u64>,
    pub(crate) cache_creation: Option<u64>,
    pub(crate) output: Option<u64>,
    pub(crate) thinking: Option<u64>,
    pub(crate) searches: Option<u64>,
}

impl Counts {
    fn overlay(&mut self, usage: Option<&Value>) {
        let Some(usage) = usage else { return };
        let read = |key: &str| usage.get(key).and_then(Value::as_u64);
        self.input = read("input_tokens").or(self.input);
        self.cache_read = read("cache_read_input_tokens").or(self.cache_read);
        self.cache_creation = read("cache_creation_input_tokens").or(self.cache_creation);
        self.output = read("output_tokens").or(self.output);
        let details = usage.get("output_tokens_details");
        let thinking = details.and_then(|details| details.get("thinking_tokens")?.as_u64());
        self.thinking = thinking.or(self.thinking);
        let server = usage.get("server_tool_use");
        let searches = server.and_then(|server| server.get("web_search_requests")?.as_u64());
        self.searches = searches.or(self.searches);
    }
}

impl State {
    /// Whether the answer has had its last event.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped || self.error.is_some()
    }

    pub(super) fn apply(&mut self, event: &Event<'_>) -> Meaning {
        self.oddities.note(event.lines());
        let (json, kind) = match &event.payload {
            Payload::Json(json) => (json, json.get("type").and_then(Value::as_str)),
            Payload::Done | Payload::NotJson(_) => {
                self.went_on |= self.is_over();
                return Meaning::default();
            }
            Payload::Empty => return Meaning::default(),
        };
        let kind = kind.unwrap_or_default();
        if kind == "ping" {
            return Meaning::default();
        }
        self.went_on |= self.is_over();
        let has_index = json.get("index").is_some_and(Value::is_u64);
        self.unindexed |= kind.starts_with("content_block_") && !has_index;
        if is_inner(kind) && self.starts == 0 {
            self.began_without_start = true;
        }
        match kind {
            "content_block_delta" => self.delta(json),
            "message_start" => self.message_start(json),
            "content_block_start" => self.block_start(json),
            "content_block_stop" => self.block_stop(),
            "message_delta" => self.message_delta(json),
            "message_stop" => self.message_stop(),
            "error" => self.fail(json),
            _ => Meaning::default(),
        }
    }

    fn message_start(&mut self, json: &Value) -> Meaning {
        self.starts = self.starts.saturating_add(1);
        let Some(message) = json.get("message") else {
            return Meaning::default();
        };
        if self.starts > 1 {
            return Meaning::default();
        }
        self.read_head(message);
        let content = message.get("content").and_then(Value::as_array);
        let has_content = content.is_some_and(|content| !content.is_empty());
        self.prefilled = has_content && self.stop_reason.is_some();
        for block in content.into_iter().flatten() {
            self.whole_block(block);
        }
        Meaning {
            token: self.prefilled && self.spoke,
            visible: self.prefilled && self.spoke,
            terminal: false,
        }
    }

    fn read_head(&mut self, message: &Value) {
        let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
        self.id = text("id");
        self.model = text("model");
        self.stop_reason = text("stop_reason");
        self.stop_sequence = text("stop_sequence");
        self.counts.overlay(message.get("usage"));
        self.age = Age {
            has_details: message.get("stop_details").is_some(),
            is_recent: message.pointer("/usage/inference_geo").is_some(),
        };
    }

    fn block_start(&mut self, json: &Value) -> Meaning {
        self.close();
        let index = json.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or(self.next_index);
        self.next_index = index.saturating_add(1);
        let block = json.get("content_block").unwrap_or(&Value::Null);
        let type_name = block
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kind = BlockKind::of(type_name);
        let input = block.get("input").and_then(Value::as_object);
        self.open = Some(Block {
            has_input: input.is_some_and(|input| !input.is_empty()),
            announces_citations: block.get("citations").is_some_and(Value::is_array),
            ..Block::new(index, kind)
        });
        self.note_block(block, type_name);
        if kind == BlockKind::Text {
            self.text_tail.clear();
        }
        Meaning::default()
    }

    fn note_block(&mut self, block: &Value, type_name: &str) {
        let is_thinking = matches!(type_name, "thinking" | "redacted_thinking");
        self.thinks_first.get_or_insert(is_thinking);
        self.thinks |= is_thinking;
        self.server.note(block, type_name);
        self.note_tool(block, type_name);
    }

    fn note_tool(&mut self, block: &Value, type_name: &str) {
        match type_name {
            "tool_use" if self.tools.len() < MAX_TOOLS => {
                let text = |key: &str| block.get(key).and_then(Value::as_str).unwrap_or_default();
                let caller = block.pointer("/caller/type").and_then(Value::as_str);
                self.tools.push(ToolUse {
                    is_direct: caller.is_none_or(|caller| caller == "direct"),
                    id: text("id").to_owned(),
                    name: text("name").to_owned(),
                });
                self.spoke = true;
            }
            "server_tool_use" | "mcp_tool_use" | "compaction" => self.server_tool = true,
            _ => self.server_tool |= type_name.ends_with("_tool_result"),
        }
    }

    fn delta(&mut self, json: &Value) -> Meaning {
        if self.open.is_none() {
            // Its start got lost: stand in for it, so that the rest of the block is understood.
            let index = json.get("index").and_then(Value::as_u64);
            let index = index.unwrap_or(self.next_index);
            self.next_index = self.next_index.max(index.saturating_add(1));
            self.open = Some(Block::new(index, BlockKind::Unknown));
        }
        let (Some(block), Some(delta)) = (&mut self.open, json.get("delta")) else {
            return Meaning::default();
        };
        let index = json.get("index").and_then(Value::as_u64);
        block.misnamed |= index.is_some_and(|index| index != block.index);
        let text = |key: &str| delta.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = delta.get("type").and_then(Value::as_str);
        block.ends_signed = false;
        match kind.unwrap_or_default() {
            "text_delta" => {
                let text = text("text");
                keep_end(&mut self.text_tail, text);
                self.joined.push(text);
                block.has_text |= !text.is_empty();
                self.spoke |= !text.is_empty();
                payload(text, true)
            }
            "thinking_delta" => payload(text("thinking"), false),
            "input_json_delta" => {
                let piece = text("partial_json");
                block.add_arguments(piece);
                *block.fragments.moved() = block.fragments.saturating_add(1);
                payload(piece, true)
            }
            "citations_delta" => {
                block.citations = block.citations.saturating_add(1);
                block.last_citation = delta.get("citation").cloned();
                Meaning::default()
            }
            "signature_delta" => {
                block.signatures = block.signatures.saturating_add(1);
                block.ends_signed = true;
                Meaning::default()
            }
            _ => Meaning::default(),
        }
    }

    fn block_stop(&mut self) -> Meaning {
        self.close();
        Meaning::default()
    }

    fn close(&mut self) {
        let Some(block) = self.open.take() else {
            return;
        };
        if self.bad_arguments.is_none() {
            self.bad_arguments = block.bad_arguments();
        }
    }

    fn message_delta(&mut self, json: &Value) -> Meaning {
        self.close();
        self.message_deltas = self.message_deltas.saturating_add(1);
        if let Some(delta) = json.get("delta") {
            let text = |key: &str| delta.get(key).and_then(Value::as_str).map(str::to_owned);
            self.stop_reason = text("stop_reason").or(self.stop_reason.take());
            self.stop_sequence = text("stop_sequence").or(self.stop_sequence.take());
        }
        self.counts.overlay(json.get("usage"));
        Meaning::default()
    }

    fn message_stop(&mut self) -> Meaning {
        self.close();
        self.stopped = true;
        Meaning {
            terminal: true,
            ..Meaning::default()
        }
    }

    fn fail(&mut self, json: &Value) -> Meaning {
        self.error.get_or_insert_with(|| error_of(json));
        Meaning {
            terminal: true,
            ..Meaning::default()
        }
    }

    /// Folds a whole message in.
    pub(super) fn apply_message(&mut self, body: &Value) {
        if body.get("type").and_then(Value::as_str) == Some("error") {
            self.error = Some(error_of(body));
            return;
        }
        self.starts = 1;
        self.read_head(body);
        let content = body.get("content").and_then(Value::as_array);
        for block in content.into_iter().flatten() {
            self.whole_block(block);
        }
        self.stopped = self.id.is_some() || self.stop_reason.is_some();
    }

    fn whole_block(&mut self, block: &Value) {
        let type_name = block
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        self.note_block(block, type_name);
        if type_name == "text" {
            let text = block
                .get("text")
                .and_then(Value::as_str)
                .unwrap_or_default();
            self.text_tail.clear();
            keep_end(&mut self.text_tail, text);
            self.joined.push(text);
            self.spoke |= !text.is_empty();
        }
    }
}

/// Events that only make sense inside a message.
pub(crate) fn is_inner(type_name: &str) -> bool {
    matches!(
        type_name,
        "content_block_start"
            | "content_block_delta"
            | "content_block_stop"
            | "message_delta"
            | "message_stop"
    )
}

fn payload(text: &str, visible: bool) -> Meaning {
    Meaning {
        token: !text.is_empty(),
        visible: visible && !text.is_empty(),
        terminal: false,
    }
}

fn error_of(json: &Value) -> (String, String) {
    let error = json.get("error").unwrap_or(&Value::Null);
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
    (text("type").to_owned(), text("message").to_owned())
}

/// Appends and keeps the end.
fn keep_end(tail: &mut String, text: &str) {
    tail.push_str(text);
    // Cut seldom, so that most events only append.
    if tail.len() > 4 * MAX_TEXT_TAIL {
        let mut cut = tail.len() - MAX_TEXT_TAIL;
        while !tail.is_char_boundary(cut) {
            cut += 1;
        }
        tail.drain(..cut);
    }
}
