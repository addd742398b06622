//! One unit of a streamed body, as it lay on the wire.

use std::borrow::Cow;

/// An event-stream block, or one element of a streamed JSON array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Ordinal in its body, from 0; comment-only blocks count too.
    pub index: u32,
    /// Of the first byte, in the body.
    pub offset: u64,
    /// All bytes, its closing blank line (or the array's separators before it) included.
    pub raw: &'a [u8],
    /// The value of the last `event` field.
    pub name: Option<Cow<'a, str>>,
    /// The `data` values joined by LF, or the element.
    pub data: Cow<'a, [u8]>,
    pub lines: Lines,
}

/// What the lines of a block looked like. All zero and false for array elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines {
    pub data: u32,
    pub event: u32,
    pub id: u32,
    pub retry: u32,
    pub comment: u32,
    /// Fields that the event-stream format does not know.
    pub unknown: u32,
    /// Fields whose colon is not followed by exactly one space.
    pub unspaced: u32,
    /// An `event` field came after a `data` field.
    pub data_before_event: bool,
    pub lf: u32,
    pub crlf: u32,
    pub cr: u32,
    /// The block was closed by an empty line; false only for bytes left over at the end.
    pub closed: bool,
    /// A byte-order mark stood before it.
    pub bom: bool,
    /// The block is longer than the reader keeps; `raw` and `data` are cut.
    pub oversized: bool,
    /// The bytes are not UTF-8.
    pub not_utf8: bool,
}

impl Frame<'_> {
    /// Whether a standard reader would dispatch an event for it.
    pub fn dispatches(&self) -> bool {
        self.lines.closed && self.lines.data > 0
    }
}
