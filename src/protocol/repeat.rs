//! Events that say nothing new but a piece of text.
//!
//! Most events of a stream differ from the one before in a few bytes. A protocol lists where those
//! may stand; all else of an event must be the same, byte for byte, to be a repetition. What such
//! an event does to the state is what [`super::Protocol::apply`] does with it, as with any other.
//!
//! What a repetition may change of a state is a `super::flow::Flow`, or stays as the first one
//! has left it; what a rule asks of a flow, or of what stands in a hole, it must ask of each event
//! (`Hooks::asked_of_repeats`). `judge/memory/tests.rs` holds states and rules to that.

use crate::json::Value;

/// One kind of event that repeats.
#[derive(Debug)]
pub struct Repeat {
    /// Its `type`; `None` where events have none.
    pub of: Option<&'static str>,
    /// Whether it says a piece of text and does nothing else to the state.
    pub fits: fn(&Value) -> bool,
    pub holes: &'static [Hole],
}

/// Where such events differ. An event may lack some of these places, but not all texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    /// By its JSON pointer, a string that is not empty. Its name must be one that is free in the
    /// form of a document ([`crate::json::form`]).
    Text(&'static str),
    /// By its JSON pointer, a string that hides how long an event is, and may be empty.
    Noise(&'static str),
    /// By its JSON pointer, a whole number above nought.
    Number(&'static str),
    /// Up to so many spaces before the last brace.
    Padding(usize),
}

/// Where in a state the one text goes that repetitions of an event say: places within places, as
/// their protocol counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub outer: usize,
    pub inner: Inner,
}

/// What becomes of the text there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inner {
    /// It goes on with what is said.
    Text,
    /// It goes on with one of several.
    Part(usize),
    /// It is not kept.
    Nothing,
}
