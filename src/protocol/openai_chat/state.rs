//! What a completion has said so far.

use crate::json::Value;

use super::choice::Choice;
use crate::protocol::flow::Flow;
use crate::protocol::oddities::Oddities;
use crate::protocol::repeat::Spot;
use crate::protocol::{Event, Meaning, Payload};

/// Choices of one answer that are kept: the most that can be asked for.
const MAX_CHOICES: usize = 128;

/// An answer's state: a plain record that any event, in any order, can be folded into.
#[derive(Debug, Default)]
pub struct State {
    pub(crate) oddities: Oddities,
    /// Chunks seen, those of a content filter in front not counted.
    pub(crate) chunks: Flow<u32>,
    /// Of the first chunk.
    pub(crate) envelope: Option<Envelope>,
    /// Which members of the envelope have changed since.
    pub(crate) changed: Changed,
    pub(crate) choices: Vec<Choice>,
    /// Chunks that had a usage object.
    pub(crate) usages: u32,
    /// A chunk with usage and no choices was seen, which belongs at the end.
    pub(crate) closing: bool,
    /// A chunk with choices came after it.
    pub(crate) reopened: bool,
    pub(crate) counts: Option<Counts>,
    /// Chunks that had one and no choices.
    pub(crate) closings: u32,
    /// A chunk with choices had no `usage`.
    pub(crate) usage_absent: bool,
    /// A chunk had `usage` null.
    pub(crate) usage_null: bool,
    /// `[DONE]` was seen, or a whole body.
    pub(crate) done: bool,
    /// Something came after `[DONE]` or after an error.
    pub(crate) went_on: bool,
    /// An error record: its `code` or `type`, and the message.
    pub(crate) error: Option<(String, String)>,
}

/// What all chunks of a stream have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    pub(crate) id: Option<String>,
    pub(crate) created: Option<u64>,
    pub(crate) model: Option<String>,
    pub(crate) fingerprint: Option<String>,
    /// `service_tier` of the first chunk that had one.
    pub(crate) tier: Option<String>,
}

/// What was wrong with a chunk's envelope or choices; each is reported once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// A required member was missing.
    pub(crate) member: bool,
    /// An entry of `choices` lacked a required member.
    pub(crate) choice: bool,
    pub(crate) object: bool,
    pub(crate) id: bool,
    pub(crate) created: bool,
    pub(crate) model: bool,
    pub(crate) fingerprint: bool,
    pub(crate) tier: bool,
    /// A chunk had no `usage` after others had it null.
    pub(crate) usage: bool,
}

/// Token counts, each the last one given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cached: u64,
}

impl State {
    pub(crate) fn choice(&self, index: u64) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.index == index)
    }

    /// Whether the answer has had its last record.
    pub(crate) fn is_over(&self) -> bool {
        self.done || self.error.is_some()
    }

    pub(super) fn apply(&mut self, event: &Event<'_>) -> Meaning {
        self.oddities.note(event.lines());
        let is_over = self.is_over();
        match &event.payload {
            Payload::Json(json) => {
                self.went_on |= is_over;
                self.record(json)
            }
            Payload::Done => {
                self.went_on |= self.done;
                self.done = true;
                terminal()
            }
            Payload::NotJson(_) => {
                self.went_on |= is_over;
                Meaning::default()
            }
            Payload::Empty => Meaning::default(),
        }
    }

    /// What [`Self::apply`] does with a chunk that only says another piece.
    pub(super) fn repeat(&mut self, event: &Event<'_>) -> Meaning {
        let entry = event.json().and_then(|json| json.get("choices")?.get(0));
        let delta = entry.and_then(|entry| entry.get("delta"));
        let index = entry.and_then(|entry| entry.get("index")?.as_u64());
        *self.chunks = self.chunks.saturating_add(1);
        match (self.choice_mut(index.unwrap_or(0)), delta) {
            (Some(choice), Some(delta)) => choice.piece(delta),
            _ => Meaning::default(),
        }
    }

    /// Where the text of a chunk went that says one piece, of one choice.
    pub(super) fn spot(&self, chunk: &Value) -> Option<Spot> {
        let [entry] = chunk.get("choices")?.as_array()?.as_slice() else {
            return None;
        };
        let index = entry.get("index").and_then(Value::as_u64).unwrap_or(0);
        let mut choices = self.choices.iter();
        let outer = choices.position(|choice| choice.index == index)?;
        let inner = self.choices[outer].spot(entry.get("delta")?)?;
        Some(Spot { outer, inner })
    }

    /// What [`Self::repeat`] does with a chunk of which that is all.
    pub(super) fn say(&mut self, spot: Spot, text: &str) {
        *self.chunks = self.chunks.saturating_add(1);
        if let Some(choice) = self.choices.get_mut(spot.outer) {
            choice.say(spot.inner, text);
        }
    }

    fn record(&mut self, json: &Value) -> Meaning {
        if let Some(error) = error_of(json) {
            self.error.get_or_insert(error);
            return terminal();
        }
        if is_filter_chunk(json) {
            return Meaning::default();
        }
        if json.get("id").is_none() && json.get("choices").is_none() {
            return Meaning::default();
        }
        self.note_envelope(json);
        let usage = json.get("usage");
        self.changed.usage |= self.usage_null && usage.is_none();
        self.usage_null |= usage.is_some_and(Value::is_null);
        *self.chunks = self.chunks.saturating_add(1);
        let choices = json.get("choices").and_then(Value::as_array);
        let is_empty = choices.is_none_or(Vec::is_empty);
        self.usage_absent |= !is_empty && usage.is_none();
        self.reopened |= self.closing && !is_empty;
        if let Some(usage) = json.get("usage").filter(|usage| usage.is_object()) {
            self.usages = self.usages.saturating_add(1);
            self.counts = Some(Counts::of(usage));
            self.closing |= is_empty;
            self.closings = self.closings.saturating_add(u32::from(is_empty));
        }
        let mut meaning = Meaning::default();
        for entry in choices.into_iter().flatten() {
            self.changed.choice |= entry.get("finish_reason").is_none()
                || !entry.get("delta").is_some_and(Value::is_object)
                || !entry.get("index").is_some_and(Value::is_u64);
            let index = entry.get("index").and_then(Value::as_u64).unwrap_or(0);
            if let Some(choice) = self.choice_mut(index) {
                let said = choice.chunk(entry);
                meaning.token |= said.token;
                meaning.visible |= said.visible;
            }
        }
        meaning
    }

    fn note_envelope(&mut self, json: &Value) {
        self.changed.member |= missing_member(json).is_some();
        let object = json.get("object").and_then(Value::as_str);
        self.changed.object |= object != Some("chat.completion.chunk");
        let Some(first) = &mut self.envelope else {
            self.envelope = Some(Envelope::of(json));
            return;
        };
        let text = |key: &str| json.get(key).and_then(Value::as_str);
        self.changed.id |= text("id") != first.id.as_deref();
        self.changed.model |= text("model") != first.model.as_deref();
        let created = json.get("created").and_then(Value::as_u64);
        self.changed.created |= created != first.created;
        let fingerprint = text("system_fingerprint");
        self.changed.fingerprint |= fingerprint != first.fingerprint.as_deref();
        match (text("service_tier"), &first.tier) {
            (Some(tier), Some(before)) => self.changed.tier |= tier != before,
            (Some(tier), None) => first.tier = Some(tier.to_owned()),
            (None, _) => {}
        }
    }

    fn choice_mut(&mut self, index: u64) -> Option<&mut Choice> {
        let known = self.choices.iter().position(|choice| choice.index == index);
        match known {
            Some(at) => self.choices.get_mut(at),
            None if self.choices.len() >= MAX_CHOICES => None,
            None => {
                self.choices.push(Choice::of(index));
                self.choices.last_mut()
            }
        }
    }

    /// Folds a whole completion in.
    pub(super) fn apply_completion(&mut self, body: &Value) {
        if let Some(error) = error_of(body) {
            self.error = Some(error);
            return;
        }
        self.envelope = Some(Envelope::of(body));
        if let Some(usage) = body.get("usage").filter(|usage| usage.is_object()) {
            self.usages = 1;
            self.counts = Some(Counts::of(usage));
        }
        let choices = body.get("choices").and_then(Value::as_array);
        self.done = choices.is_some();
        for entry in choices.into_iter().flatten() {
            let index = entry.get("index").and_then(Value::as_u64).unwrap_or(0);
            if let Some(choice) = self.choice_mut(index) {
                choice.whole(entry);
            }
        }
    }
}

impl Envelope {
    fn of(json: &Value) -> Self {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            id: text("id"),
            created: json.get("created").and_then(Value::as_u64),
            model: text("model"),
            fingerprint: text("system_fingerprint"),
            tier: text("service_tier"),
        }
    }
}

impl Counts {
    fn of(usage: &Value) -> Self {
        let read = |at: Option<&Value>| at.and_then(Value::as_u64).unwrap_or(0);
        Self {
            input: read(usage.get("prompt_tokens")),
            output: read(usage.get("completion_tokens")),
            cached: read(usage.pointer("/prompt_tokens_details/cached_tokens")),
        }
    }
}

/// The `code` or `type` and the message of a record that tells of a failure. A null `error` tells
/// of none.
fn error_of(json: &Value) -> Option<(String, String)> {
    let error = json.get("error").filter(|error| !error.is_null())?;
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let kind = text("code").or_else(|| text("type")).unwrap_or_default();
    let message = text("message").unwrap_or_default();
    Some((kind.to_owned(), message.to_owned()))
}

/// The first required member that a chunk lacks.
pub(crate) fn missing_member(chunk: &Value) -> Option<&'static str> {
    ["id", "object", "created", "model", "choices"]
        .into_iter()
        .find(|key| chunk.get(*key).is_none())
}

/// A chunk that a content filter in front of the model puts first: no choices, no envelope.
pub(crate) fn is_filter_chunk(json: &Value) -> bool {
    json.get("prompt_filter_results").is_some()
        && json
            .get("choices")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
}

fn terminal() -> Meaning {
    Meaning {
        terminal: true,
        ..Meaning::default()
    }
}
