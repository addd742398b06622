//! Answers that are known at sight.
//!
//! Answers of one kind are built alike: of most events, and of most whole bodies, all bytes are
//! those of one that was judged before but for a few texts and numbers. Such a document is a
//! [`stencil::Stencil`]: what comes is compared with it, byte by byte but for the holes, whose
//! content is read by the parser's own code. What fits is not cut and not parsed, and not all rules
//! are asked of it. Who is asked depends on what it resembles:
//!
//! - **An event like one of an earlier answer** ([`known`]). When the second document of a kind is
//!   judged in full and is clean, the rules are asked once more and watched ([`crate::reads`]): a
//!   rule that has read nothing but what is the same in all documents that fit says the same of
//!   each of them, and is not asked again. One that has read the content of a hole, the head, the
//!   bytes, or what the answer had said before is asked each time; one that has read the request
//!   only where that is another. The state takes the event in as it does with any other.
//! - **A repetition of the event before it** (`protocol::repeat`), from the third in a row: what
//!   differs answers from one another must be as it was, so that only the rules that look at the
//!   text, or at what flows through the state, can say anything else. Why from the third: the first
//!   may change the state in a way in which its repetitions do not (a first piece of text). What
//!   they do change is a [`crate::protocol::flow::Flow`]. Where no rule asks, and all that an
//!   event brings is one text with a known place in the state ([`crate::protocol::repeat::Spot`]),
//!   the text alone is handed on.
//! - **A body or a head like that of an earlier answer** ([`bodies`], [`heads`]): as events.
//!
//! In builds for tests whatever is known at sight is also read, and every rule asked; they stop
//! where the two differ. The memory is one thread's; what it holds is bounded.

mod bodies;
mod heads;
mod known;
mod recall;
mod stencil;

#[cfg(test)]
mod mutants;
#[cfg(test)]
mod streamed;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use crate::endpoint::ProtocolId;
use crate::protocol::Asked;

use super::finding::RuleSet;
use super::unknown::Unknowns;
use super::weights::Weights;

pub(super) use bodies::{BodyLesson, Sight};
pub(super) use heads::HeadTaught;
pub(super) use recall::{Met, Recall, See};
#[cfg(test)]
pub(super) use tests::prove;

/// Bytes of documents that are known, of one protocol.
const MOST_BYTES: usize = 2 << 20;
/// Longer documents are always read.
const LONGEST: usize = 16 << 10;
/// Times that one document may be found to differ elsewhere; then it is no longer compared.
const MOST_TRIES: u8 = 12;

/// What one thread knows of the answers that it has judged.
#[derive(Debug, Default)]
pub struct Memory {
    /// More than one answer is held against it.
    is_shared: bool,
    /// Of the rules that were asked.
    weights: Weights,
    sides: Vec<(ProtocolId, Knowledge)>,
}

/// What is known of one protocol's answers.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    events: known::Events,
    bodies: bodies::Bodies,
    heads: heads::Heads,
    /// Answers so far, the one in hand included.
    answers: u64,
    /// Bytes that are held.
    size: usize,
}

/// A memory, as all answers of a thread share it.
pub type Shared = Rc<RefCell<Memory>>;

impl Memory {
    /// For all answers of a thread.
    pub fn shared() -> Shared {
        Rc::new(RefCell::new(Self {
            is_shared: true,
            ..Self::default()
        }))
    }

    /// For one answer, which has no use for more than its own repetitions.
    pub(super) fn alone() -> Shared {
        Rc::default()
    }

    /// Whether it is worth while to remember what comes once an answer.
    pub(super) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Begins an answer, and numbers it. `None`: what is known is of other rules.
    pub(super) fn begin(&mut self, protocol: ProtocolId, weights: &Weights) -> Option<u64> {
        if self.sides.is_empty() {
            self.weights = *weights;
        } else if self.weights != *weights {
            return None;
        }
        let known = self.of(protocol);
        known.answers += 1;
        Some(known.answers)
    }

    /// What is known of a protocol's answers.
    pub(super) fn of(&mut self, protocol: ProtocolId) -> &mut Knowledge {
        let at = self.sides.iter().position(|(own, _)| *own == protocol);
        let at = at.unwrap_or_else(|| {
            self.sides.push((protocol, Knowledge::default()));
            self.sides.len() - 1
        });
        &mut self.sides[at].1
    }
}

impl Knowledge {
    /// Whether there is room for a document of that length; claims it.
    fn claim(&mut self, length: usize) -> bool {
        let has_room = length <= LONGEST && self.size + length <= MOST_BYTES;
        self.size += if has_room { length } else { 0 };
        has_room
    }
}

/// Whom to ask of a document that fits, by their places in the family; all others say what they
/// said before.
#[derive(Debug, Clone, Default)]
pub(super) struct Asks {
    pub(super) places: Vec<usize>,
    /// Who of the others passes.
    pub(super) passed: RuleSet,
}

/// What watching the rules of one family has shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Taught {
    pub(super) same: Asks,
    pub(super) alike: Asks,
    pub(super) other: Asks,
}

/// What a request is to that of the answer that was learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) enum Kin {
    /// The very one.
    Same,
    /// The same but for its body: another prompt.
    Alike,
    Other,
}

/// The request of an answer that was learnt from. Its body, which may be long, is not kept.
#[derive(Debug)]
pub(in crate::judge) struct Request {
    itself: Weak<Asked>,
    without_body: Box<Asked>,
}

impl Request {
    pub(in crate::judge) fn of(asked: &Arc<Asked>) -> Self {
        let mut without_body = Box::new(Asked::clone(asked));
        without_body.body = None.into();
        Self {
            itself: Arc::downgrade(asked),
            without_body,
        }
    }

    pub(super) fn kin(&self, asked: &Arc<Asked>) -> Kin {
        // While this is here nobody else has the place of the one that it was.
        if self.itself.as_ptr() == Arc::as_ptr(asked) {
            Kin::Same
        } else if self.without_body.is_alike(asked) {
            Kin::Alike
        } else {
            Kin::Other
        }
    }
}

impl Taught {
    pub(super) fn asks(&self, kin: Kin) -> &Asks {
        match kin {
            Kin::Same => &self.same,
            Kin::Alike => &self.alike,
            Kin::Other => &self.other,
        }
    }
}

/// What is known of an event's rules.
#[derive(Debug)]
pub(super) struct Lesson {
    asked: Request,
    /// The answer was over by then.
    pub(super) is_over: bool,
    /// The first of its form in an answer.
    pub(super) new: Taught,
    /// One of a form that the answer has had.
    pub(super) again: Taught,
    /// What of it no shape names.
    unknown: Unknowns,
}

impl Lesson {
    pub(super) fn of(asked: &Arc<Asked>, is_over: bool, new: Taught, again: Taught) -> Self {
        Self {
            asked: Request::of(asked),
            is_over,
            new,
            again,
            unknown: Unknowns::default(),
        }
    }

    /// With what of the event no shape names. `None`: some of that is counted, not named, and to be
    /// counted once an answer it must be looked at.
    pub(super) fn with(self, unknown: Unknowns) -> Option<Self> {
        (unknown.others == 0).then_some(Self { unknown, ..self })
    }

    pub(super) fn asks(&self, asked: &Arc<Asked>, is_new_form: bool) -> &Asks {
        let taught = if is_new_form { &self.new } else { &self.again };
        taught.asks(self.asked.kin(asked))
    }
}
