//! The two ways in which the engine's scripts reach a client.
//!
//! [`listener`] plays them in time on sockets; [`mocks`] hands them whole to `wiremock`. Neither
//! knows what a script means.

pub(crate) mod counts;
pub(crate) mod courier;
pub(crate) mod listener;
mod mocks;
mod play;
pub(crate) mod system;
mod watched;
pub(crate) mod writes;

pub use counts::ListenerCounts;
pub use mocks::mocks;
pub use writes::{Written, WrittenKind};
