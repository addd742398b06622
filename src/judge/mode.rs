//! How a body is read.

use crate::endpoint::Endpoint;
use crate::protocol::{Asked, Delivery, Head};
use crate::wire::{json_array, json_lines, sse};

pub(super) enum Mode {
    Stream(sse::Reader),
    Array(json_array::Reader),
    Lines(json_lines::Reader),
    Body(Vec<u8>),
    /// Not JSON by its nature: an asset.
    Skip,
}

/// By what was asked for and what the answer calls itself.
pub(super) fn of(asked: &Asked, head: &Head) -> Mode {
    if asked.endpoint == Endpoint::Asset {
        return Mode::Skip;
    }
    if !head.is_success() {
        return Mode::Body(Vec::new());
    }
    let media_type = head.media_type();
    match (asked.delivery, media_type.as_deref()) {
        (Delivery::Unary, _) | (Delivery::Sse, Some("application/json")) => Mode::Body(Vec::new()),
        (Delivery::Array, Some("text/event-stream")) | (Delivery::Sse, _) => {
            Mode::Stream(sse::Reader::new())
        }
        (Delivery::Array, _) => Mode::Array(json_array::Reader::new()),
    }
}
