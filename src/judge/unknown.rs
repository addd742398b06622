//! What of an answer no known shape names: members and kinds of events, noted and not judged.
//!
//! Events of a stream are mostly built alike, so each way of being built is looked at once.

use crate::endpoint::ProtocolId;
use crate::json::{Value, form};
use crate::protocol::shape::{Document, Shape, Shapes};

/// Places of one answer that are kept by name; further ones are counted.
const KEPT: usize = 200;
/// Ways of being built that are remembered of one answer; what is built otherwise is looked at
/// each time.
const BUILT: usize = 64;
/// Characters of a name that are kept, of those a peer has chosen.
const LONGEST: usize = 64;

/// What was met.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum UnknownKind {
    /// An event of a type that is not known.
    Event,
    /// A part of a document whose `type` is not known.
    Type,
    /// A member that is not known where it stands.
    Member,
}

impl UnknownKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Type => "type",
            Self::Member => "member",
        }
    }
}

/// One place, once an answer.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Unknown {
    pub kind: UnknownKind,
    /// `choices.delta.reasoning`; of events, with their type before it.
    pub place: String,
}

/// All that is unknown of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unknowns {
    pub named: Vec<Unknown>,
    /// Met when there was no room for a further name.
    pub others: u64,
}

/// Looks at an answer's documents.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    shapes: Option<&'static Shapes>,
    built: Vec<u64>,
    found: Unknowns,
}

impl Lookout {
    pub(super) fn on(protocol: ProtocolId) -> Self {
        Self {
            shapes: Shapes::of(protocol),
            built: Vec::new(),
            found: Unknowns::default(),
        }
    }

    /// Which of the forms that are remembered a document has. `None`: none, as far as is known.
    pub(super) fn look(&mut self, document: Document, value: &Value) -> Option<usize> {
        // A whole body is the only one of its answer.
        if document == Document::Event {
            let built = form(value);
            let known = self.built.iter().position(|known| *known == built);
            if known.is_some() {
                return known;
            }
            if self.built.len() < BUILT {
                self.built.push(built);
            }
        }
        let shapes = self.shapes?;
        let shape = shapes.document(document);
        let mut walk = Walk {
            shapes,
            found: &mut self.found,
            at: String::new(),
            is_event: document == Document::Event,
        };
        walk.value(value, shape);
        None
    }

    /// Takes note of an event's form that was met without a look.
    pub(super) fn note(&mut self, built: u64) {
        if self.built.len() < BUILT && !self.built.contains(&built) {
            self.built.push(built);
        }
    }

    /// What a look at this event, and nothing before it, would find.
    pub(super) fn alone(&self, event: &Value) -> Unknowns {
        self.alone_as(Document::Event, event)
    }

    /// The same of another document.
    pub(super) fn alone_as(&self, document: Document, value: &Value) -> Unknowns {
        let mut alone = Self {
            shapes: self.shapes,
            ..Self::default()
        };
        alone.look(document, value);
        alone.found
    }

    /// Takes in what was found of a document like this one.
    pub(super) fn add(&mut self, found: &Unknowns) {
        for unknown in &found.named {
            self.found.add(unknown);
        }
        self.found.others += found.others;
    }

    pub(super) fn found(self) -> Unknowns {
        self.found
    }
}

struct Walk<'a> {
    shapes: &'static Shapes,
    found: &'a mut Unknowns,
    /// Names down to here, with a dot behind each.
    at: String,
    /// The value in hand is a whole event.
    is_event: bool,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value, shape: &'static Shape) {
        let is_event = std::mem::take(&mut self.is_event);
        match (value, self.shapes.resolved(shape)) {
            (Value::Array(items), _) => {
                items.iter().for_each(|item| self.value(item, shape));
            }
            (Value::Object(object), Shape::Members(known)) => {
                for (name, member) in object.iter() {
                    self.member(name, member, &[known]);
                }
            }
            (Value::Object(object), Shape::Kinds { common, kinds }) => {
                let Some(kind) = object.get("type").and_then(Value::as_str) else {
                    return;
                };
                let Some((known, shape)) = kinds.iter().find(|(known, _)| *known == kind) else {
                    let met = if is_event {
                        UnknownKind::Event
                    } else {
                        UnknownKind::Type
                    };
                    return self.add(met, kind);
                };
                let Shape::Members(own) = self.shapes.resolved(shape) else {
                    return;
                };
                let length = self.at.len();
                if is_event {
                    self.at += known;
                    self.at.push('.');
                }
                for (name, member) in object.iter() {
                    self.member(name, member, &[common, own]);
                }
                self.at.truncate(length);
            }
            (_, Shape::Open | Shape::Members(_) | Shape::Kinds { .. } | Shape::Named(_)) => {}
        }
    }

    fn member(&mut self, name: &str, member: &Value, known: &[&'static [(&str, Shape)]]) {
        let mut known = known.iter().flat_map(|members| members.iter());
        let Some((name, shape)) = known.find(|(known, _)| *known == name) else {
            return self.add(UnknownKind::Member, name);
        };
        if !matches!(member, Value::Object(_) | Value::Array(_)) {
            return;
        }
        let length = self.at.len();
        self.at += name;
        self.at.push('.');
        self.value(member, shape);
        self.at.truncate(length);
    }

    fn add(&mut self, kind: UnknownKind, name: &str) {
        let cut = name.char_indices().nth(LONGEST);
        let name = cut.map_or(name, |(cut, _)| &name[..cut]);
        let place = match kind {
            UnknownKind::Event => name.to_owned(),
            UnknownKind::Type => format!("{}type={name}", self.at),
            UnknownKind::Member => format!("{}{name}", self.at),
        };
        self.found.add(&Unknown { kind, place });
    }
}

impl Unknowns {
    fn add(&mut self, unknown: &Unknown) {
        if self.named.contains(unknown) {
            return;
        }
        if self.named.len() >= KEPT {
            self.others += 1;
        } else {
            self.named.push(unknown.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn met(protocol: ProtocolId, events: &[serde_json::Value]) -> Vec<String> {
        let mut lookout = Lookout::on(protocol);
        for event in events {
            lookout.look(Document::Event, &event.clone().into());
        }
        let named = lookout.found().named;
        named
            .iter()
            .map(|one| format!("{} {}", one.kind.name(), one.place))
            .collect()
    }

    #[test]
    fn what_no_shape_names_is_told_once_by_its_place() {
        let delta = |delta: serde_json::Value| json!({"id": "x", "choices": [{"delta": delta}]});
        let events = [
            delta(json!({"content": "a"})),
            delta(json!({"content": "b", "reasoning": "c"})),
            delta(json!({"content": "d", "reasoning": "e"})),
            json!({"id": "x", "choices": [], "x_groq": {"id": "y"}}),
        ];
        let expected = ["member choices.delta.reasoning", "member x_groq"];
        assert_eq!(met(ProtocolId::OpenaiChat, &events), expected);
    }

    #[test]
    fn events_and_blocks_of_unknown_types_are_told_and_not_looked_into() {
        let events = [
            json!({"type": "message_hint", "hint": {"a": 1}}),
            json!({"type": "content_block_start", "index": 0, "mood": "good",
                "content_block": {"type": "song", "notes": []}}),
            json!({"type": "content_block_delta", "index": 0,
                "delta": {"type": "text_delta", "text": "a", "tone": "b"}}),
            json!({"type": "ping"}),
        ];
        let expected = [
            "event message_hint",
            "member content_block_start.mood",
            "type content_block_start.content_block.type=song",
            "member content_block_delta.delta.tone",
        ];
        assert_eq!(met(ProtocolId::AnthropicMessages, &events), expected);
    }

    #[test]
    fn what_a_caller_or_a_model_has_named_is_not_looked_into() {
        let events = [json!({"candidates": [{"content": {"parts": [
            {"functionCall": {"name": "f", "args": {"my_own": {"name": 1}}}}]}}]})];
        assert_eq!(met(ProtocolId::Gemini, &events), [""; 0]);
    }

    #[test]
    fn a_peer_that_makes_up_names_fills_no_memory() {
        let members = (0..10_000).map(|at| (format!("{at}{}", "x".repeat(500)), json!(1)));
        let event = serde_json::Value::Object(members.collect());
        let mut lookout = Lookout::on(ProtocolId::OpenaiChat);
        lookout.look(Document::Event, &event.into());
        for at in 0..1000 {
            let name = format!("y{at}");
            lookout.look(Document::Event, &json!({ name: 1 }).into());
        }
        assert!(lookout.built.len() <= BUILT);
        let found = lookout.found();
        assert_eq!(found.named.len(), KEPT);
        assert_eq!(found.others, 10_000 + 1000 - KEPT as u64);
        assert!(found.named.iter().all(|one| one.place.len() <= LONGEST));
    }
}
