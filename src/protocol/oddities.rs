//! What was odd about a stream's framing so far.
//!
//! A fault of framing is nearly always on every frame; remembering that it was seen lets a rule
//! report it once. It judges nothing: which oddity breaks which rule is the rules' business.

use crate::wire::frame::Lines;

/// Kinds of oddity seen in the frames before the one in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oddities {
    /// A line ended in CR or CRLF.
    pub carriage_return: bool,
    /// A field without exactly one space after its colon.
    pub spacing: bool,
    /// `data` stood before `event`.
    pub data_first: bool,
    /// An `id`, `retry` or unknown field.
    pub stray_field: bool,
    pub comment: bool,
    /// An `event` field.
    pub named: bool,
    /// A dispatched frame without an `event` field.
    pub unnamed: bool,
    /// More than one `data` line in a frame.
    pub split_data: bool,
}

impl Oddities {
    /// Adds those of one frame.
    pub fn note(&mut self, lines: &Lines) {
        self.carriage_return |= has_carriage_return(lines);
        self.spacing |= lines.unspaced > 0;
        self.data_first |= lines.data_before_event;
        self.stray_field |= has_stray_field(lines);
        self.comment |= lines.comment > 0;
        self.named |= lines.event > 0;
        self.unnamed |= lines.data > 0 && lines.event == 0;
        self.split_data |= lines.data > 1;
    }
}

pub fn has_carriage_return(lines: &Lines) -> bool {
    lines.crlf + lines.cr > 0
}

pub fn has_stray_field(lines: &Lines) -> bool {
    lines.id + lines.retry + lines.unknown > 0
}
