//! What is compared, and how two answers differ in it.

use super::answer::Place;

/// One thing that answers to the same question have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// It is answered at all.
    Served,
    /// Words, letter by letter.
    Text,
    /// Which tools are called, how often.
    Tools,
    /// What they are called with.
    Arguments,
    /// Why the answer ended.
    Stop,
    /// Tokens.
    Usage,
    /// Money, for those tokens.
    Charge,
}

impl Aspect {
    pub const ALL: [Self; 7] = [
        Self::Served,
        Self::Text,
        Self::Tools,
        Self::Arguments,
        Self::Stop,
        Self::Usage,
        Self::Charge,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Text => "text",
            Self::Tools => "tools",
            Self::Arguments => "arguments",
            Self::Stop => "stop",
            Self::Usage => "usage",
            Self::Charge => "charge",
        }
    }

    /// What must be equal whoever answers, and what a model may do otherwise each time it is asked.
    pub fn weighs(self) -> &'static str {
        match self {
            Self::Served => "must: a question that one protocol takes, all take",
            Self::Text => "must on a deterministic target, else likely: a model words it anew",
            Self::Tools => "must: the call is forced, and one tool is there to be called",
            Self::Arguments => {
                "must: JSON, its types, what the schema requires; values as for text"
            }
            Self::Stop => {
                "must on a deterministic target, where the question forces it, and where all else \
                 that was said is the same; else likely"
            }
            Self::Usage => {
                "must: it is told, and its sums hold; counts as for text, since wrappers differ"
            }
            Self::Charge => "must: the same tokens cost the same, within what the books can show",
        }
    }
}

/// How much a difference weighs, or what came of a comparison; the worst is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Same,
    /// It could not be compared.
    Unknown,
    /// It differs, as a model's answers may.
    Varies,
    /// It differs, and must not.
    Differs,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Unknown => "not compared",
            Self::Varies => "varies",
            Self::Differs => "differs",
        }
    }
}

/// How two answers, or an answer and its question, differ in one aspect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub outcome: Outcome,
    pub one: String,
    pub other: String,
    /// By what rule they ought to be equal.
    pub mapping: String,
    /// Where that is written.
    pub source: String,
}

/// Some places, and what all of them said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// None: the question itself.
    pub places: Vec<Place>,
    pub said: String,
    /// Places that agree with this side, in words of their own.
    pub agreeing: Vec<Place>,
}

/// A [`Gap`] with the places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub outcome: Outcome,
    pub one: Side,
    pub other: Side,
    pub mapping: String,
    pub source: String,
}

impl Side {
    /// Who said it.
    pub fn who(&self) -> String {
        if self.places.is_empty() {
            return "the question".to_owned();
        }
        told(&self.places)
    }

    /// Who agrees with it. `None`: nobody.
    pub fn others(&self) -> Option<String> {
        (!self.agreeing.is_empty()).then(|| told(&self.agreeing))
    }
}

/// `openai-chat (whole), gemini`: the forms where not all of a protocol's are meant.
fn told(places: &[Place]) -> String {
    let mut groups: Vec<(Place, Vec<&str>)> = Vec::new();
    for place in places {
        match groups.last_mut() {
            Some((first, forms)) if first.protocol == place.protocol => forms.push(place.form()),
            _ => groups.push((*place, vec![place.form()])),
        }
    }
    let groups = groups.iter().map(|(place, forms)| {
        let name = place.protocol_name();
        if forms.len() == Place::all(place.protocol).count() {
            name.to_owned()
        } else {
            format!("{name} ({})", forms.join(", "))
        }
    });
    groups.collect::<Vec<_>>().join(", ")
}
