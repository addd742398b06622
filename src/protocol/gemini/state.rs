//! What the chunks of an answer have said so far.

use crate::json::Value;

use super::part::{Payload, payload_of};
use crate::protocol::flow::Flow;
use crate::protocol::{Facts, Meaning, Usage};

/// Text kept of one answer; beyond it nothing can be said of the whole text.
const KEPT_TEXT: usize = 16 << 20;
/// Candidates and calls followed; no answer known comes near.
const KEPT: usize = 1024;

/// All that an answer has said.
#[derive(Debug, Default)]
pub struct State {
    /// Response objects so far, errors among them.
    pub chunks: Flow<u64>,
    pub response_id: Option<String>,
    pub model_version: Option<String>,
    pub candidates: Vec<Candidate>,
    /// In the order in which they came, over all candidates.
    pub calls: Vec<Call>,
    /// The reason why the prompt was blocked.
    pub blocked: Option<String>,
    /// `status` (or `code`) and message of an error object.
    pub error: Option<(String, String)>,
    pub done_marker: bool,
    /// Lines other than `data: ` came; the fault is told once.
    pub odd_lines: bool,
    /// Something came after an error object, or after a blocked prompt.
    pub after_end: bool,
    /// Parts of tools that the service runs itself: counters and finish reasons restart with them.
    pub server_side: bool,
    /// A candidate came with what a search or a page that was read has given it.
    pub grounded: bool,
    /// Of the last chunk that had any.
    pub counts: Flow<Option<Counts>>,
    /// The first count that fell while no tool of the service's own had been seen.
    pub fell: Flow<Option<Fall>>,
    /// The last chunk had a `usageMetadata`.
    pub last_has_usage: bool,
    /// `promptTokenCount` differed between two chunks.
    pub prompt_changed: bool,
    /// More text came than is kept.
    pub overflowed: Flow<bool>,
    images: u32,
    kept: Flow<usize>,
}

/// One candidate answer.
#[derive(Debug, Default)]
pub struct Candidate {
    pub index: u64,
    pub finish: Option<String>,
    /// Chunks that carried a finish reason.
    pub finishes: Flow<u32>,
    /// All text that is not thought.
    pub text: Flow<String>,
    pub thought: bool,
    /// Text, a call or media has come.
    pub visible: bool,
    /// Function calls of this candidate.
    pub calls: u32,
}

/// A function call of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub id: Option<String>,
    pub name: String,
    pub arguments: Value,
    /// Ordinal of its chunk.
    pub chunk: u64,
}

/// Running totals; absent ones are 0 but for the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub prompt: u64,
    pub candidates: u64,
    pub thoughts: u64,
    pub tool_prompt: u64,
    pub cached: u64,
    pub total: Option<u64>,
}

/// A running total that is less than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fall {
    pub member: &'static str,
    pub before: u64,
    pub now: u64,
}

impl Counts {
    /// What of the answer's own counts is less than it was.
    pub fn fall_to(self, now: Self) -> Option<Fall> {
        let counts = [
            ("candidatesTokenCount", self.candidates, now.candidates),
            ("thoughtsTokenCount", self.thoughts, now.thoughts),
        ];
        let mut falls = counts.into_iter().filter(|(_, before, now)| now < before);
        falls.next().map(|(member, before, now)| Fall {
            member,
            before,
            now,
        })
    }

    /// From a chunk's `usageMetadata`. `None`: it has none.
    pub fn of(chunk: &Value) -> Option<Self> {
        let usage = chunk.get("usageMetadata")?;
        let mut counts = Self::default();
        let Some(members) = usage.as_object() else {
            return Some(counts);
        };
        let is_repeated = members.repeated().is_some();
        // Most of its members are counts: going through it costs less than asking for each.
        for (name, value) in members.iter() {
            let value = if is_repeated {
                members.get(name)
            } else {
                Some(value)
            };
            let count = value.and_then(Value::as_u64);
            match name {
                "promptTokenCount" => counts.prompt = count.unwrap_or(0),
                "candidatesTokenCount" => counts.candidates = count.unwrap_or(0),
                "thoughtsTokenCount" => counts.thoughts = count.unwrap_or(0),
                "toolUsePromptTokenCount" => counts.tool_prompt = count.unwrap_or(0),
                "cachedContentTokenCount" => counts.cached = count.unwrap_or(0),
                "totalTokenCount" => counts.total = count,
                _ => {}
            }
        }
        Some(counts)
    }
}

impl State {
    pub fn candidate(&self, index: u64) -> Option<&Candidate> {
        self.candidates.iter().find(|known| known.index == index)
    }

    /// Every candidate seen has a finish reason, and there is one.
    pub fn all_finished(&self) -> bool {
        let mut candidates = self.candidates.iter();
        !self.candidates.is_empty() && candidates.all(|known| known.finish.is_some())
    }

    /// Nothing may follow: an error object or a blocked prompt was seen.
    pub fn is_over(&self) -> bool {
        self.error.is_some() || self.blocked.is_some()
    }

    pub(super) fn take(&mut self, chunk: &Value) -> Meaning {
        self.after_end |= self.is_over();
        *self.chunks += 1;
        // The array form of a whole error body.
        if let Some(error) = chunk.get("error") {
            return self.take_error(error);
        }
        self.introduce(chunk);
        self.server_side |= server_side(chunk);
        self.count(chunk);
        let mut meaning = Meaning::default();
        let candidates = chunk.get("candidates").and_then(Value::as_array);
        let mut has_finish = false;
        for candidate in candidates.into_iter().flatten() {
            has_finish |= self.take_candidate(candidate, &mut meaning);
        }
        let block = chunk
            .get("promptFeedback")
            .and_then(|feedback| feedback.get("blockReason"));
        if let Some(reason) = block {
            let reason = reason.as_str().unwrap_or_default().to_owned();
            self.blocked.get_or_insert(reason);
        }
        meaning.terminal = block.is_some() || (has_finish && self.all_finished());
        meaning
    }

    fn take_error(&mut self, error: &Value) -> Meaning {
        let word = |key: &str| error.get(key).and_then(Value::as_str);
        let code = || error.get("code").map(ToString::to_string);
        let kind = word("status").map(str::to_owned).or_else(code);
        let message = word("message").unwrap_or_default().to_owned();
        self.error
            .get_or_insert((kind.unwrap_or_default(), message));
        Meaning {
            terminal: true,
            ..Meaning::default()
        }
    }

    fn introduce(&mut self, chunk: &Value) {
        let word = |key: &str| chunk.get(key).and_then(Value::as_str);
        if self.response_id.is_none() {
            self.response_id = word("responseId").map(str::to_owned);
        }
        if self.model_version.is_none() {
            self.model_version = word("modelVersion").map(str::to_owned);
        }
    }

    fn count(&mut self, chunk: &Value) {
        let counts = Counts::of(chunk);
        self.last_has_usage = counts.is_some();
        let Some(counts) = counts else { return };
        if let Some(before) = *self.counts {
            self.prompt_changed |= before.prompt != counts.prompt;
            if !self.server_side
                && let Some(fall) = before.fall_to(counts)
            {
                self.fell.get_or_insert(fall);
            }
        }
        *self.counts = Some(counts);
    }

    /// Says whether the candidate has a finish reason.
    fn take_candidate(&mut self, candidate: &Value, meaning: &mut Meaning) -> bool {
        let index = candidate.get("index").and_then(Value::as_u64).unwrap_or(0);
        let known = self
            .candidates
            .iter()
            .position(|known| known.index == index);
        let position = match known {
            Some(position) => position,
            None if self.candidates.len() >= KEPT => return false,
            None => {
                self.candidates.push(Candidate {
                    index,
                    ..Candidate::default()
                });
                self.candidates.len() - 1
            }
        };
        let parts = candidate
            .get("content")
            .and_then(|content| content.get("parts"))
            .and_then(Value::as_array);
        for payload in parts.into_iter().flatten().filter_map(payload_of) {
            meaning.token = true;
            meaning.visible |= !matches!(payload, Payload::Thought(_));
            self.take_payload(position, payload);
        }
        self.grounded |= ["groundingMetadata", "urlContextMetadata"]
            .iter()
            .any(|key| candidate.get(key).is_some());
        let Some(finish) = candidate.get("finishReason") else {
            return false;
        };
        let reason = finish.as_str().map(str::to_owned);
        let known = &mut self.candidates[position];
        known.finish = Some(reason.unwrap_or_else(|| finish.to_string()));
        *known.finishes += 1;
        true
    }

    fn take_payload(&mut self, position: usize, payload: Payload<'_>) {
        let candidate = &mut self.candidates[position];
        match payload {
            Payload::Thought(_) => {
                candidate.thought = true;
                return;
            }
            Payload::Text(text) if *self.kept + text.len() <= KEPT_TEXT => {
                candidate.text.push_str(text);
                *self.kept += text.len();
            }
            Payload::Text(_) => *self.overflowed = true,
            Payload::Call(call) => {
                candidate.calls += 1;
                let word = |key: &str| call.get(key).and_then(Value::as_str);
                if self.calls.len() < KEPT {
                    self.calls.push(Call {
                        id: word("id").map(str::to_owned),
                        name: word("name").unwrap_or_default().to_owned(),
                        arguments: call.get("args").cloned().unwrap_or_default(),
                        chunk: *self.chunks,
                    });
                }
            }
            Payload::Media(_) => self.images += 1,
            Payload::Other => {}
        }
        self.candidates[position].visible = true;
    }

    pub(super) fn facts(&self) -> Facts {
        let usage = self.counts.map(|counts| Usage {
            input: counts.prompt.saturating_add(counts.tool_prompt),
            output: counts.candidates.saturating_add(counts.thoughts),
            cached: counts.cached,
        });
        let finish = self
            .candidates
            .iter()
            .find_map(|known| known.finish.clone());
        Facts {
            usage,
            stop: finish.or_else(|| self.blocked.clone()),
            complete: self.all_finished() || self.blocked.is_some(),
            error: self.error.clone(),
            model: self.model_version.clone(),
            response_id: self.response_id.clone(),
            images: self.images,
            task: None,
            is_blocked: self.blocked.is_some(),
        }
    }
}

/// Whether a chunk shows that the service itself runs tools or hands a turn on: code execution,
/// searches, a server of tools. A finish reason is then no end, and counters restart.
pub fn server_side(chunk: &Value) -> bool {
    const KEYS: [&str; 5] = [
        "executableCode",
        "codeExecutionResult",
        "functionResponse",
        "toolCall",
        "toolResponse",
    ];
    if chunk.get("turnToken").is_some() {
        return true;
    }
    let candidates = chunk.get("candidates").and_then(Value::as_array);
    candidates.into_iter().flatten().any(|candidate| {
        let parts = candidate
            .get("content")
            .and_then(|content| content.get("parts"))
            .and_then(Value::as_array);
        let mut parts = parts.into_iter().flatten();
        parts.any(|part| KEYS.iter().any(|key| part.get(key).is_some()))
    })
}
