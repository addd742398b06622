//! Which members and event types an answer is known to have, as data.
//!
//! Vendors add members and events at any time, and clients must not mind: so nothing of this is
//! judged. What no shape names is counted, so that people see what a target sends that nobody has
//! told them of. A protocol's shapes are a text in its own file, read once:
//!
//! - `NAME` is a member that is not looked into, `NAME { … }` an object with these members, or a
//!   list of such objects, `NAME @other` one whose shape has a name of its own;
//! - `NAME < A { … } B … >` is an object whose member `type` says which of these it is; the members
//!   of `*` are known in all of them.
//!
//! A text begins with what each document is by itself: `event`, `body`, `refusal`.

mod anthropic_messages;
mod gemini;
mod openai_chat;
mod openai_images;
mod openai_responses;

use std::sync::LazyLock;

use crate::endpoint::ProtocolId;

/// What a document is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// One event of a stream.
    Event,
    /// A whole body of a success.
    Body,
    /// The body of a refusal.
    Refusal,
}

impl Document {
    /// What a whole body is, by its status.
    pub fn of(status: u16) -> Self {
        if status >= 400 {
            Self::Refusal
        } else {
            Self::Body
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Body => "body",
            Self::Refusal => "refusal",
        }
    }
}

/// What a value is known to be.
#[derive(Debug)]
pub enum Shape {
    /// Not looked into.
    Open,
    Members(Vec<(&'static str, Shape)>),
    /// By its `type`: what all have, and what each has besides.
    Kinds {
        common: Vec<(&'static str, Shape)>,
        kinds: Vec<(&'static str, Shape)>,
    },
    /// Of that name in the same text.
    Named(&'static str),
}

/// The shapes of one protocol.
#[derive(Debug)]
pub struct Shapes(Vec<(&'static str, Shape)>);

impl Shapes {
    /// `None`: nothing is written down of this protocol.
    pub fn of(protocol: ProtocolId) -> Option<&'static Self> {
        macro_rules! text {
            ($module:ident) => {{
                static SHAPES: LazyLock<Shapes> = LazyLock::new(|| Shapes::parse($module::SHAPES));
                Some(&*SHAPES)
            }};
        }
        match protocol {
            ProtocolId::AnthropicMessages => text!(anthropic_messages),
            ProtocolId::OpenaiChat => text!(openai_chat),
            ProtocolId::OpenaiResponses => text!(openai_responses),
            ProtocolId::Gemini => text!(gemini),
            ProtocolId::OpenaiImages => text!(openai_images),
            ProtocolId::Tasks | ProtocolId::Management => None,
        }
    }

    pub fn document(&self, document: Document) -> &Shape {
        self.named(document.name())
    }

    /// The shape itself, where it is told by its name.
    pub fn resolved<'a>(&'a self, shape: &'a Shape) -> &'a Shape {
        match shape {
            Shape::Named(name) => self.named(name),
            Shape::Open | Shape::Members(_) | Shape::Kinds { .. } => shape,
        }
    }

    fn named(&self, name: &str) -> &Shape {
        let known = self.0.iter().find(|(known, _)| *known == name);
        known.map_or(&Shape::Open, |(_, shape)| shape)
    }

    /// The texts are ours: what does not parse is a bug, which the tests find.
    fn parse(text: &'static str) -> Self {
        let mut words = text.split_ascii_whitespace().peekable();
        Self(members(&mut words))
    }
}

type Words = std::iter::Peekable<std::str::SplitAsciiWhitespace<'static>>;

/// Names, each with its shape, up to the bracket that closes them.
fn members(words: &mut Words) -> Vec<(&'static str, Shape)> {
    let mut members = Vec::new();
    while let Some(name) = words.next() {
        if matches!(name, "}" | ">") {
            break;
        }
        members.push((name, shape(words)));
    }
    members
}

fn shape(words: &mut Words) -> Shape {
    let next = words.peek().copied().unwrap_or_default();
    if let Some(name) = next.strip_prefix('@') {
        words.next();
        return Shape::Named(name);
    }
    match next {
        "{" => {
            words.next();
            Shape::Members(members(words))
        }
        "<" => {
            words.next();
            let mut kinds = members(words);
            let common = kinds.iter().position(|(name, _)| *name == "*");
            let common = common.map(|at| kinds.remove(at).1);
            let common = match common {
                Some(Shape::Members(members)) => members,
                Some(Shape::Open | Shape::Kinds { .. } | Shape::Named(_)) | None => Vec::new(),
            };
            Shape::Kinds { common, kinds }
        }
        _ => Shape::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brackets pair up, and every name that is referred to is there.
    #[test]
    fn the_texts_are_whole() {
        for protocol in ProtocolId::ALL {
            let Some(shapes) = Shapes::of(protocol) else {
                continue;
            };
            for document in [Document::Event, Document::Body, Document::Refusal] {
                let name = document.name();
                assert!(
                    shapes.0.iter().any(|(known, _)| *known == name),
                    "{protocol:?} {name}"
                );
            }
            for (name, shape) in &shapes.0 {
                is_whole(name, shape, shapes);
            }
        }
    }

    fn is_whole(name: &str, shape: &Shape, shapes: &Shapes) {
        assert!(
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._".contains(c)),
            "{name}"
        );
        match shape {
            Shape::Open => {}
            Shape::Members(members) => {
                members
                    .iter()
                    .for_each(|(name, shape)| is_whole(name, shape, shapes));
            }
            Shape::Kinds { common, kinds } => {
                let all = common.iter().chain(kinds);
                all.for_each(|(name, shape)| is_whole(name, shape, shapes));
            }
            Shape::Named(name) => {
                assert!(shapes.0.iter().any(|(known, _)| known == name), "@{name}");
            }
        }
    }
}
