//! Which rules need not be asked of an event, since nothing in it is what they look at.
//!
//! Rules name the topics that they look at ([`Topic`]). A family gives each topic a bit; an event
//! has the bits of its own topics, and is shown to the rules that share one with it. A stream's
//! events are mostly built alike, so the rules for each way of being built are looked up once.

use crate::json::Value;
use crate::protocol::{Event, Payload};
use crate::rules::Topic;

/// Bits of the topics of an event, or of those that a rule looks at.
pub(super) type Bits = u64;

/// Every event has it: for rules that name no topic.
const ANY: Bits = 1;
const DONE: Bits = 2;
const NEW_FORM: Bits = 4;
/// The first bit of a name.
const NAMED: usize = 3;

/// The topics of one family.
#[derive(Default)]
pub(super) struct Topics {
    types: Vec<Name>,
    members: Vec<Name>,
}

struct Name {
    topic: Topic,
    bit: Bits,
}

impl Topics {
    /// What a rule that looks at these must share with an event.
    pub(super) fn wanted(&mut self, topics: &[Topic]) -> Bits {
        if topics.is_empty() {
            return ANY;
        }
        topics.iter().fold(0, |bits, topic| bits | self.bit(*topic))
    }

    fn bit(&mut self, topic: Topic) -> Bits {
        let count = self.types.len() + self.members.len();
        let names = match topic {
            Topic::Done => return DONE,
            Topic::NewForm => return NEW_FORM,
            Topic::Type(_) | Topic::Types(_) => &mut self.types,
            Topic::Member(_) | Topic::Filled(_) => &mut self.members,
        };
        if let Some(known) = names.iter().find(|known| known.topic == topic) {
            return known.bit;
        }
        // A name too many is looked at in every event.
        let place = u32::try_from(NAMED + count).unwrap_or(u32::MAX);
        let Some(bit) = Bits::checked_shl(1, place) else {
            return ANY;
        };
        names.push(Name { topic, bit });
        bit
    }

    /// The topics of an event.
    pub(super) fn of(&self, event: &Event<'_>) -> Bits {
        let value = match &event.payload {
            Payload::Json(value) => value,
            Payload::Done => return ANY | DONE,
            Payload::NotJson(_) | Payload::Empty => return ANY,
        };
        let mut bits = if event.is_new_form {
            ANY | NEW_FORM
        } else {
            ANY
        };
        if let Some(kind) = event.type_name() {
            add(&self.types, kind, false, &mut bits);
        }
        if !self.members.is_empty() {
            self.add_members(value, &mut bits);
        }
        bits
    }

    fn add_members(&self, value: &Value, bits: &mut Bits) {
        match value {
            Value::Object(object) => {
                for (name, member) in object.iter() {
                    add(&self.members, name, member.is_null(), bits);
                    self.add_members(member, bits);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add_members(item, bits)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Adds what names mean a word, a type or a member's name.
fn add(names: &[Name], word: &str, is_null: bool, bits: &mut Bits) {
    for Name { topic, bit } in names {
        let is_it = match topic {
            Topic::Type(name) | Topic::Member(name) => *name == word,
            Topic::Types(beginning) => word.starts_with(beginning),
            Topic::Filled(name) => !is_null && *name == word,
            Topic::Done | Topic::NewForm => false,
        };
        *bits |= if is_it { *bit } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::wire::frame::{Frame, Lines};

    fn of(topics: &Topics, json: &str) -> Bits {
        let value = json::parse(json.as_bytes()).expect("JSON");
        let frame = Frame {
            index: 0,
            offset: 0,
            raw: json.as_bytes(),
            name: None,
            data: json.as_bytes().into(),
            lines: Lines::default(),
        };
        topics.of(&Event::new(&frame, Payload::Json(value)))
    }

    #[test]
    fn an_event_has_its_type_and_its_members_however_deep() {
        let mut topics = Topics::default();
        let start = topics.wanted(&[Topic::Type("start")]);
        let starts = topics.wanted(&[Topic::Types("sta"), Topic::Type("start")]) & !start;
        let usage = topics.wanted(&[Topic::Member("usage")]);
        let filled = topics.wanted(&[Topic::Filled("usage")]);
        assert_eq!(topics.wanted(&[]), ANY);
        let base = ANY | NEW_FORM;
        for (json, bits) in [
            (r#"{"type":"start"}"#, base | start | starts),
            (r#"{"type":"stall"}"#, base | starts),
            (r#"{"type":"stop","usage":null}"#, base | usage),
            (r#"[{"a":[{"usage":{}}]}]"#, base | usage | filled),
            (r#"{"a":{"type":"start"}}"#, base),
        ] {
            assert_eq!(of(&topics, json), bits, "{json}");
        }
    }

    #[test]
    fn what_has_no_bit_of_its_own_is_asked_of_every_event() {
        let mut topics = Topics::default();
        for at in 0..Bits::BITS as usize - NAMED {
            let name = Box::leak(at.to_string().into_boxed_str());
            assert_ne!(topics.wanted(&[Topic::Type(name)]), ANY);
        }
        assert_eq!(topics.wanted(&[Topic::Member("one too many")]), ANY);
    }
}
