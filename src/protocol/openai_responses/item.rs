//! Output items, their parts, and which event is about which of their texts.

use super::steps::Steps;
use crate::json::Value;
use crate::protocol::flow::Flow;
use crate::protocol::logged::Logged;

/// Items and parts followed; no answer known comes near.
pub(super) const KEPT_ITEMS: usize = 1024;

/// One output item.
#[derive(Debug, Default)]
pub struct Item {
    pub output_index: u64,
    pub id: String,
    pub kind: String,
    pub call_id: Option<String>,
    pub name: Option<String>,
    pub open: bool,
    /// It was never announced.
    pub assumed: bool,
    pub parts: Vec<Part>,
    pub summary: Vec<Part>,
    /// Arguments, tool input or code.
    pub arguments: Part,
    /// As `response.output_item.added` said it.
    pub first_form: Option<Value>,
    /// As `response.output_item.done` said it.
    pub last_form: Option<Value>,
    /// What a hosted tool has told of its work.
    pub steps: Steps,
}

/// A text that arrives in deltas.
#[derive(Debug, Default)]
pub struct Part {
    pub index: u64,
    /// `output_text`, `refusal`, `reasoning_text`, `summary_text`; empty for arguments.
    pub kind: String,
    pub text: Flow<String>,
    pub stage: PartStage,
    /// As the event that announced it said it, and the one that closed it.
    pub first_form: Option<Value>,
    pub last_form: Option<Value>,
    pub annotations: u64,
    /// The first of its citations.
    pub citations: Vec<Value>,
    /// The first of its tokens' log probabilities.
    pub tokens: Vec<Value>,
    /// What the log probabilities of its deltas cover.
    pub(crate) logged: Logged,
    /// Bytes of text that had come when a delta came without any: seen where the service dropped
    /// some of what it had said of a summary and went on from further up.
    pub restarted: Option<usize>,
    /// Never announced, so its text is not known to be whole.
    pub assumed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum PartStage {
    #[default]
    Open,
    /// Its text was repeated whole.
    Said,
    Closed,
}

/// Citations and tokens kept of a part.
const KEPT_OF_PART: usize = 4096;

impl Part {
    pub(super) fn say(&mut self, text: &str) {
        if text.is_empty() {
            let length = self.text.len();
            self.restarted.get_or_insert(length);
        }
        self.text.push_str(text);
    }

    /// Whether its deltas make up a text of which they went on from further up, once.
    pub fn says_again(&self, text: &str) -> bool {
        let Some((dropped, rest)) = self.restarted.and_then(|at| self.text.split_at_checked(at))
        else {
            return false;
        };
        text.strip_suffix(rest)
            .is_some_and(|kept| dropped.starts_with(kept))
    }

    /// Its log probabilities, if all of them are known.
    pub fn all_tokens(&self) -> Option<&[Value]> {
        (!self.assumed && self.tokens.len() < KEPT_OF_PART).then_some(&self.tokens)
    }

    /// Its citations, if all of them are known.
    pub fn all_citations(&self) -> Option<&[Value]> {
        (!self.assumed && self.citations.len() < KEPT_OF_PART).then_some(&self.citations)
    }

    pub(super) fn log(&mut self, logprobs: Option<&Value>) {
        self.logged.take(logprobs);
        let tokens = logprobs.and_then(Value::as_array).into_iter().flatten();
        let room = KEPT_OF_PART - self.tokens.len();
        self.tokens.extend(tokens.take(room).cloned());
    }

    pub(super) fn cite(&mut self, annotation: Option<&Value>) {
        self.annotations += 1;
        if self.citations.len() < KEPT_OF_PART {
            self.citations.extend(annotation.cloned());
        }
    }
}

impl Item {
    pub fn part(&self, index: u64) -> Option<&Part> {
        self.parts.iter().find(|part| part.index == index)
    }

    pub fn summary_part(&self, index: u64) -> Option<&Part> {
        self.summary.iter().find(|part| part.index == index)
    }
}

/// Which text of an item an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Content,
    Summary,
    Arguments,
}

impl Place {
    /// The member that numbers such texts, and the type of item that has them.
    pub(super) fn indexing(self) -> (&'static str, &'static str) {
        match self {
            Self::Summary => ("summary_index", "reasoning"),
            Self::Content | Self::Arguments => ("content_index", "message"),
        }
    }
}

/// A kind of event that adds to, or repeats, a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEvent {
    pub place: Place,
    /// The part's type; empty for arguments.
    pub part: &'static str,
    /// The item's type.
    pub item: &'static str,
    /// The member that holds the text.
    pub member: &'static str,
    pub is_delta: bool,
}

impl TextEvent {
    /// By the event's type. `None`: the event is about no text.
    pub fn of(event: &str) -> Option<Self> {
        let (family, is_delta) = match event.strip_suffix(".delta") {
            Some(family) => (family, true),
            None => (event.strip_suffix(".done")?, false),
        };
        let (place, part, item, whole) = match family.strip_prefix("response.")? {
            "output_text" => (Place::Content, "output_text", "message", "text"),
            "refusal" => (Place::Content, "refusal", "message", "refusal"),
            "reasoning_text" | "reasoning" => {
                (Place::Content, "reasoning_text", "reasoning", "text")
            }
            "reasoning_summary_text" => (Place::Summary, "summary_text", "reasoning", "text"),
            "function_call_arguments" => (Place::Arguments, "", "function_call", "arguments"),
            "custom_tool_call_input" => (Place::Arguments, "", "custom_tool_call", "input"),
            "mcp_call_arguments" => (Place::Arguments, "", "mcp_call", "arguments"),
            "code_interpreter_call_code" => (Place::Arguments, "", "code_interpreter_call", "code"),
            _ => return None,
        };
        Some(Self {
            place,
            part,
            item,
            member: if is_delta { "delta" } else { whole },
            is_delta,
        })
    }

    pub(super) fn is_visible(self) -> bool {
        !matches!(self.part, "reasoning_text" | "summary_text")
    }
}

/// The part of that index; one that was never announced is assumed.
pub(super) fn part_mut<'a>(
    parts: &'a mut Vec<Part>,
    index: u64,
    kind: &str,
) -> Option<&'a mut Part> {
    let position = parts.iter().position(|part| part.index == index);
    if let Some(position) = position {
        return parts.get_mut(position);
    }
    if parts.len() >= KEPT_ITEMS {
        return None;
    }
    parts.push(Part {
        index,
        kind: kind.to_owned(),
        assumed: true,
        ..Part::default()
    });
    parts.last_mut()
}
