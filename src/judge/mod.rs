//! One answer, from its bytes to what is to be said of it.
//!
//! Puts the pieces together in the only order there is: bytes are cut into frames, each frame's
//! data is parsed once, every rule sees it, then the protocol's state takes it in. The same code
//! judges a live stream and a file. It reads no clock: whoever feeds it says when, and gets back
//! what the bytes meant.

mod answer;
mod families;
mod family;
mod finding;
mod locate;
mod memory;
mod mode;
mod side;
mod taker;
mod tally;
mod topics;
mod unknown;
mod weights;
mod whole;

#[cfg(test)]
mod tests;

pub use answer::{Basis, Judge, Judgement, Progress};
pub use finding::{Evidence, Finding, RuleSet};
pub use memory::{Memory, Shared};
pub(crate) use taker::has_too_many_values;
pub use tally::Unkept;
pub use unknown::{Unknown, UnknownKind, Unknowns};
pub use weights::{Standard, Weights};
