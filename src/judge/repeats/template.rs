//! One event as a stencil: all of its bytes but a few must be the same again.

use std::borrow::Cow;
use std::ops::Range;

use super::MOST_BYTES;
use crate::json::{Place, Value, place};
use crate::protocol::repeat::{Hole, Repeat};
use crate::protocol::{Event, Payload};
use crate::wire::frame::{Frame, Lines};
use crate::wire::sse::Begin;

/// An event that others are compared with, and what was read of it.
#[derive(Debug)]
pub(super) struct Template {
    /// All of its block.
    raw: Vec<u8>,
    /// Where its data begins, and how many bytes come after it.
    data: (usize, usize),
    /// In the order of the wire.
    holes: Vec<Cut>,
    name: Option<String>,
    lines: Lines,
    /// The data, with the texts of the event that was read last.
    value: Value,
    kind: u64,
}

/// A hole of a template.
#[derive(Debug)]
struct Cut {
    /// In the template's bytes.
    bytes: Range<usize>,
    fills: Fills,
}

#[derive(Debug)]
enum Fills {
    /// With the way to the value.
    Text(Vec<usize>),
    Noise(Vec<usize>),
    Number(Vec<usize>),
    Padding(usize),
}

/// Whether a block may be a template: closed, one line of data, its lines ended so that what
/// follows does not matter.
pub(super) fn is_fit(frame: &Frame<'_>) -> bool {
    let lines = &frame.lines;
    let is_odd = lines.bom || lines.oversized || lines.not_utf8 || lines.cr > 0;
    let is_plain = lines.closed && lines.data == 1 && !is_odd;
    is_plain && frame.raw.len() <= MOST_BYTES && frame.raw.ends_with(b"\n")
}

/// The kind of repetition that an event may be.
pub(super) fn kind_of(repeats: &'static [Repeat], event: &Event<'_>) -> Option<&'static Repeat> {
    let json = event.json().filter(|json| json.is_object())?;
    repeats.iter().find(|repeat| {
        let is_of = repeat.of.is_none_or(|name| event.is_of(name));
        is_of && (repeat.fits)(json)
    })
}

impl Template {
    /// `None`: the event has no text where one may stand, or it is not plain where.
    pub(super) fn of(repeat: &'static Repeat, event: Event<'_>) -> Option<Self> {
        let (frame, json) = (event.frame, event.json()?);
        let data = frame.data.as_ref();
        let begin = (data.as_ptr() as usize).checked_sub(frame.raw.as_ptr() as usize)?;
        let end = begin + data.len();
        if frame.raw.get(begin..end) != Some(data) {
            return None;
        }
        let mut holes: Vec<Cut> = Vec::new();
        for hole in repeat.holes {
            let (bytes, fills) = match *hole {
                Hole::Padding(most) => (padding(data)?, Fills::Padding(most)),
                Hole::Text(pointer) | Hole::Noise(pointer) | Hole::Number(pointer) => {
                    if json.pointer(pointer).is_none() {
                        continue;
                    }
                    let Place { bytes, steps } = place(data, json, pointer)?;
                    let fills = match hole {
                        Hole::Text(_) => Fills::Text(steps),
                        Hole::Noise(_) => Fills::Noise(steps),
                        Hole::Number(_) | Hole::Padding(_) => Fills::Number(steps),
                    };
                    (bytes, fills)
                }
            };
            let bytes = bytes.start + begin..bytes.end + begin;
            holes.push(Cut { bytes, fills });
        }
        holes.sort_by_key(|hole| hole.bytes.start);
        let is_text = |hole: &Cut| matches!(hole.fills, Fills::Text(_));
        let is_apart = holes
            .windows(2)
            .all(|pair| pair[0].bytes.end < pair[1].bytes.start);
        if !holes.iter().any(is_text) || !is_apart {
            return None;
        }
        let kind = event.kind();
        let Payload::Json(value) = event.payload else {
            return None;
        };
        let mut template = Self {
            raw: frame.raw.to_vec(),
            data: (begin, frame.raw.len() - end),
            holes,
            name: frame.name.as_deref().map(str::to_owned),
            lines: frame.lines,
            value,
            kind,
        };
        // It must be a repetition of itself, with the same value read again.
        let value = template.value.clone();
        let is_whole = template.take(frame.raw) == Some(frame.raw.len());
        (is_whole && template.value == value).then_some(template)
    }

    /// How long the block is that `bytes` begin with, if it repeats this one; its texts are then
    /// those that it has.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        let (mut at, mut from) = (0, 0);
        for hole in &self.holes {
            let before = &self.raw[from..hole.bytes.start];
            if !bytes.get(at..)?.starts_with(before) {
                return None;
            }
            at += before.len();
            from = hole.bytes.end;
            let rest = &bytes[at..];
            at += match &hole.fills {
                Fills::Text(steps) => {
                    let length = self.value.at_mut(steps)?.reread_text(rest)?;
                    (length > 0).then_some(length)?
                }
                Fills::Noise(steps) => self.value.at_mut(steps)?.reread_text(rest)?,
                Fills::Number(steps) => self.value.at_mut(steps)?.reread_number(rest)?,
                Fills::Padding(most) => {
                    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
                    (spaces <= *most).then_some(spaces)?
                }
            };
        }
        let after = &self.raw[from..];
        bytes[at..].starts_with(after).then_some(at + after.len())
    }

    /// Hands on the event whose block was taken last.
    pub(super) fn with_event<T>(
        &mut self,
        begin: Begin,
        raw: &[u8],
        see: impl FnOnce(&Event<'_>) -> T,
    ) -> T {
        let (start, after) = self.data;
        let frame = Frame {
            index: begin.index,
            offset: begin.offset,
            raw,
            name: self.name.as_deref().map(Cow::Borrowed),
            data: Cow::Borrowed(&raw[start..raw.len() - after]),
            lines: self.lines,
        };
        let value = std::mem::take(&mut self.value);
        let event = Event::again(&frame, Payload::Json(value), self.kind);
        let told = see(&event);
        if let Payload::Json(value) = event.payload {
            self.value = value;
        }
        told
    }
}

#[cfg(test)]
impl Template {
    pub(super) fn value(&self) -> &Value {
        &self.value
    }

    /// The ways to the values in holes, and whether these may be empty.
    pub(super) fn ways(&self) -> impl Iterator<Item = (&[usize], bool)> {
        self.holes.iter().filter_map(|hole| match &hole.fills {
            Fills::Text(steps) | Fills::Number(steps) => Some((steps.as_slice(), false)),
            Fills::Noise(steps) => Some((steps.as_slice(), true)),
            Fills::Padding(_) => None,
        })
    }
}

/// The spaces before the last brace of an object.
fn padding(data: &[u8]) -> Option<Range<usize>> {
    let end = data.iter().rposition(|byte| *byte == b'}')?;
    let spaces = data[..end].iter().rev();
    let count = spaces.take_while(|byte| **byte == b' ').count();
    Some(end - count..end)
}
