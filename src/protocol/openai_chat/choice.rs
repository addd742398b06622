//! What one choice has said so far.

use crate::json::Value;

use crate::protocol::Meaning;
use crate::protocol::flow::Flow;
use crate::protocol::logged::Logged;
use crate::protocol::repeat::Inner;

/// Bytes of text, and of one call's arguments, that are kept; what is longer is not judged.
const MAX_KEPT: usize = 1 << 20;
/// Tool calls of one choice that are kept.
const MAX_TOOLS: usize = 256;

/// One entry of `choices`, over all chunks.
#[derive(Debug, Default)]
pub struct Choice {
    pub(crate) index: u64,
    /// Chunks that had a delta for it.
    pub(crate) deltas: Flow<u32>,
    /// Of those, chunks whose delta named a role.
    pub(crate) roles: u32,
    /// The first `finish_reason` that was not null.
    pub(crate) finish: Option<String>,
    /// A chunk for it came after its finish.
    pub(crate) went_on: bool,
    pub(crate) text: Flow<String>,
    pub(crate) text_cut: Flow<bool>,
    pub(crate) refused: bool,
    /// Some delta had the member `content`, whatever it said.
    pub(crate) has_content: bool,
    /// A delta after the first had an empty `content`.
    pub(crate) stutters: bool,
    /// What the log probabilities of its text cover.
    pub(crate) logged: Logged,
    pub(crate) tools: Vec<ToolCall>,
    /// The retired `function_call` was used.
    pub(crate) function_call: bool,
    /// Speech was sent, whose choices may end without a finish.
    pub(crate) audio: bool,
}

/// One entry of `tool_calls`, over all fragments.
#[derive(Debug, Default)]
pub struct ToolCall {
    pub(crate) index: u64,
    pub(crate) id: String,
    pub(crate) name: String,
    /// `custom` tools take text, not JSON.
    pub(crate) is_custom: bool,
    /// A later fragment had an id, type or name again.
    pub(crate) repeats: bool,
    pub(crate) arguments: Flow<String>,
    pub(crate) arguments_cut: Flow<bool>,
}

impl Choice {
    pub(super) fn of(index: u64) -> Self {
        Self {
            index,
            ..Self::default()
        }
    }

    pub(crate) fn called(&self) -> bool {
        self.function_call || !self.tools.is_empty()
    }

    pub(crate) fn tool(&self, index: u64) -> Option<&ToolCall> {
        // Fragments come for the newest call.
        self.tools.iter().rev().find(|tool| tool.index == index)
    }

    /// Folds in an entry of a chunk.
    pub(super) fn chunk(&mut self, entry: &Value) -> Meaning {
        let was_finished = self.finish.is_some();
        self.logged.take(entry.pointer("/logprobs/content"));
        let mut meaning = Meaning::default();
        if let Some(delta) = entry.get("delta").filter(|delta| delta.is_object()) {
            let content = delta.get("content").and_then(Value::as_str);
            self.stutters |= self.deltas.has_begun() && content == Some("");
            *self.deltas = self.deltas.saturating_add(1);
            self.went_on |= was_finished;
            meaning = self.message(delta);
        }
        if !was_finished {
            let finish = entry.get("finish_reason").and_then(Value::as_str);
            self.finish = finish.map(str::to_owned);
        }
        meaning
    }

    /// Folds in a delta that says another piece.
    pub(super) fn piece(&mut self, delta: &Value) -> Meaning {
        *self.deltas = self.deltas.saturating_add(1);
        self.message(delta)
    }

    /// Where the text of a delta goes that has only one.
    pub(super) fn spot(&self, delta: &Value) -> Option<Inner> {
        let mut spots = delta.as_object()?.iter().filter_map(|(name, value)| {
            let is_text = value.as_str().is_some();
            match name {
                "content" if is_text => Some(Some(Inner::Text)),
                "refusal" | "reasoning" | "reasoning_content" if is_text => {
                    Some(Some(Inner::Nothing))
                }
                "tool_calls" if !value.is_null() => Some(self.spot_of_call(value)),
                _ => None,
            }
        });
        let spot = spots.next()?;
        spot.filter(|_| spots.next().is_none())
    }

    fn spot_of_call(&self, calls: &Value) -> Option<Inner> {
        let [fragment] = calls.as_array()?.as_slice() else {
            return None;
        };
        let index = fragment.get("index").and_then(Value::as_u64).unwrap_or(0);
        let mut tools = self.tools.iter();
        let at = tools.rposition(|tool| tool.index == index)?;
        piece(fragment)?.as_str().map(|_| Inner::Part(at))
    }

    /// What [`Self::piece`] does with a delta of which that is all.
    pub(super) fn say(&mut self, inner: Inner, text: &str) {
        *self.deltas = self.deltas.saturating_add(1);
        match inner {
            Inner::Text => keep(&mut self.text, &mut self.text_cut, text),
            Inner::Part(at) => {
                let tool = &mut self.tools[at];
                keep(&mut tool.arguments, &mut tool.arguments_cut, text);
            }
            Inner::Nothing => {}
        }
    }

    /// Folds in an entry of a whole completion.
    pub(super) fn whole(&mut self, entry: &Value) {
        *self.deltas = 1;
        self.logged.take(entry.pointer("/logprobs/content"));
        let finish = entry.get("finish_reason").and_then(Value::as_str);
        self.finish = finish.map(str::to_owned);
        if let Some(message) = entry.get("message") {
            self.message(message);
        }
    }

    /// A delta, or a message, which has the same members.
    fn message(&mut self, delta: &Value) -> Meaning {
        let mut meaning = Meaning::default();
        let Some(members) = delta.as_object() else {
            return meaning;
        };
        // A delta has one or two of these: going through it costs less than asking for each.
        let is_repeated = members.repeated().is_some();
        for (name, value) in members.iter() {
            let is_last = || {
                members
                    .get(name)
                    .is_some_and(|last| std::ptr::eq(last, value))
            };
            if !is_repeated || is_last() {
                self.member(name, value, &mut meaning);
            }
        }
        meaning.token |= meaning.visible;
        meaning
    }

    fn member(&mut self, name: &str, value: &Value, meaning: &mut Meaning) {
        let says = |value: &Value| value.says() == Some(true);
        match name {
            "content" => {
                self.has_content = true;
                let content = value.as_str().unwrap_or_default();
                keep(&mut self.text, &mut self.text_cut, content);
                meaning.visible |= !content.is_empty();
            }
            "role" => self.roles = self.roles.saturating_add(u32::from(!value.is_null())),
            "refusal" => {
                self.refused |= says(value);
                meaning.visible |= says(value);
            }
            // Not in the vendor's description, but how most servers show reasoning.
            "reasoning" | "reasoning_content" => meaning.token |= says(value),
            "function_call" if value.is_object() => {
                self.function_call = true;
                meaning.visible |= value.get("arguments").is_some_and(says);
            }
            "audio" => self.audio |= value.is_object(),
            "tool_calls" => {
                let calls = value.as_array();
                for (position, fragment) in (0..).zip(calls.into_iter().flatten()) {
                    meaning.visible |= self.fragment(fragment, position);
                }
            }
            _ => {}
        }
    }

    /// Says whether the fragment carries a piece of the arguments.
    fn fragment(&mut self, fragment: &Value, position: u64) -> bool {
        let index = fragment.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or(position);
        let known = self.tools.iter().rposition(|tool| tool.index == index);
        let at = match known {
            Some(at) => at,
            None if self.tools.len() >= MAX_TOOLS => return false,
            None => {
                self.tools.push(ToolCall::open(index, fragment));
                self.tools.len() - 1
            }
        };
        let tool = &mut self.tools[at];
        tool.repeats |= known.is_some() && identity(fragment).any(|member| !member.is_empty());
        let piece = piece(fragment).and_then(Value::as_str).unwrap_or_default();
        keep(&mut tool.arguments, &mut tool.arguments_cut, piece);
        !piece.is_empty()
    }
}

impl ToolCall {
    fn open(index: u64, fragment: &Value) -> Self {
        let id = fragment.get("id").and_then(Value::as_str);
        let name = name(fragment).and_then(Value::as_str);
        Self {
            index,
            id: id.unwrap_or_default().to_owned(),
            name: name.unwrap_or_default().to_owned(),
            is_custom: fragment.get("custom").is_some(),
            ..Self::default()
        }
    }
}

/// The tool's name in an entry of `tool_calls`, of either kind.
pub(crate) fn name(fragment: &Value) -> Option<&Value> {
    let function = fragment.get("function").or_else(|| fragment.get("custom"));
    function?.get("name")
}

/// The texts that introduce a call: id, type and name, where they are there.
pub(crate) fn identity(fragment: &Value) -> impl Iterator<Item = &str> + Clone {
    let members = [fragment.get("id"), fragment.get("type"), name(fragment)];
    members.into_iter().flatten().filter_map(Value::as_str)
}

/// The arguments, or the input of a custom tool.
pub(crate) fn piece(fragment: &Value) -> Option<&Value> {
    match (fragment.get("function"), fragment.get("custom")) {
        (Some(function), _) => function.get("arguments"),
        (None, Some(custom)) => custom.get("input"),
        (None, None) => None,
    }
}

fn keep(kept: &mut String, cut: &mut bool, piece: &str) {
    if kept.len() + piece.len() > MAX_KEPT {
        *cut = true;
    } else if !*cut {
        kept.push_str(piece);
    }
}
