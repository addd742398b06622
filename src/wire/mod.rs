//! HTTP and event streams: bytes and times, no meaning.
//!
//! Knows no protocol's JSON and judges nothing; what is odd about the framing is noted on the
//! [`frame::Frame`] for the rules to look at.

mod arrival;
mod clock;
mod connections;
mod failure;
pub mod frame;
pub mod http;
pub mod json_array;
pub mod json_lines;
mod link;
mod marks;
mod owned;
mod piece;
mod pooled;
mod ready;
pub mod sse;

#[cfg(test)]
mod tests;
