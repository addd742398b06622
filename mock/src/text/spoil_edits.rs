//! A stream taken apart for editing: its events as JSON beside their bytes, and the edits that work
//! on bytes or positions alone. What an edit means in a protocol is in `spoil_order` and
//! `spoil_values`.

use serde_json::Value;

use super::dice::Dice;
use super::wire::{data_event, frame, gemini_event, google_pretty, named_event};
use super::{Delivery, Dialect, Frames};
use crate::script::{Frame, FrameKind};

/// One event. In an array its bytes are the element without the delimiters around it.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) kind: FrameKind,
    pub(super) bytes: Vec<u8>,
    /// The name on the `event:` line.
    name: Option<String>,
    /// Null for `[DONE]`.
    pub(super) event: Value,
}

/// What is done to the bytes after all else.
enum Finish {
    OtherLineEnds,
    ByteOrderMark,
    Split,
}

pub(super) struct Edit {
    pub(super) dialect: Dialect,
    pub(super) delivery: Delivery,
    pub(super) parts: Vec<Part>,
    pub(super) dice: Dice,
    /// Whether an array ends with its bracket.
    pub(super) is_closed: bool,
    finish: Option<Finish>,
}

impl Part {
    fn read(frame: Frame, delivery: Delivery) -> Self {
        let Frame { bytes: whole, kind } = frame;
        let text = String::from_utf8_lossy(&whole);
        let json = match delivery {
            Delivery::Array => {
                let start = text.find('{').unwrap_or(0);
                let end = text.rfind('}').map_or(text.len(), |at| at + 1);
                text.get(start..end).unwrap_or_default()
            }
            Delivery::Sse | Delivery::Unary => text
                .lines()
                .find_map(|line| line.strip_prefix("data: "))
                .unwrap_or_default(),
        };
        let name = text.lines().find_map(|line| line.strip_prefix("event: "));
        let bytes = match delivery {
            Delivery::Array => json.as_bytes().to_vec(),
            Delivery::Sse | Delivery::Unary => whole.to_vec(),
        };
        Self {
            kind,
            bytes,
            name: name.map(str::to_owned),
            event: serde_json::from_str(json).unwrap_or_default(),
        }
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.event["type"] == kind
    }
}

impl Edit {
    pub(super) fn new(dialect: Dialect, delivery: Delivery, frames: Frames, seed: u64) -> Self {
        Self {
            dialect,
            delivery,
            parts: frames
                .into_iter()
                .map(|frame| Part::read(frame, delivery))
                .collect(),
            dice: Dice::new(seed, "spoil"),
            is_closed: true,
            finish: None,
        }
    }

    pub(super) fn frames(self) -> Frames {
        let last = self.parts.len().saturating_sub(1);
        let is_array = self.delivery == Delivery::Array;
        let mut frames = Frames::new();
        for (at, part) in self.parts.into_iter().enumerate() {
            let mut bytes = part.bytes;
            if is_array {
                let before: &[u8] = if at == 0 { b"[" } else { b"\n,\r\n" };
                let after: &[u8] = if at == last && self.is_closed {
                    b"\n]"
                } else {
                    b""
                };
                bytes = [before, &bytes, after].concat();
            }
            match self.finish {
                Some(Finish::OtherLineEnds) => bytes = other_line_ends(self.dialect, &bytes),
                Some(Finish::ByteOrderMark) if at == 0 => {
                    bytes.splice(0..0, *b"\xef\xbb\xbf");
                }
                Some(Finish::ByteOrderMark) | None => {}
                Some(Finish::Split) => {
                    split(&bytes, part.kind, &mut frames);
                    continue;
                }
            }
            frames.push(frame(bytes, part.kind));
        }
        frames
    }

    /// The place of one part that the test likes, chosen by the seed.
    pub(super) fn one(&mut self, test: impl Fn(&Part) -> bool) -> Option<usize> {
        let places: Vec<usize> = (0..self.parts.len())
            .filter(|at| test(&self.parts[*at]))
            .collect();
        self.dice.pick(&places).copied()
    }

    pub(super) fn last(&self) -> usize {
        self.parts.len().saturating_sub(1)
    }

    /// Changes an event's JSON and writes it anew, under the name it had.
    pub(super) fn rewrite(&mut self, at: usize, change: impl FnOnce(&mut Value)) {
        let part = &mut self.parts[at];
        change(&mut part.event);
        part.bytes = match (self.dialect, self.delivery, &part.name) {
            (_, Delivery::Array, _) => google_pretty(&part.event),
            (Dialect::Gemini, Delivery::Sse | Delivery::Unary, _) => gemini_event(&part.event),
            (_, Delivery::Sse | Delivery::Unary, Some(name)) => {
                named_event(name, &part.event.to_string())
            }
            (_, Delivery::Sse | Delivery::Unary, None) => data_event(&part.event.to_string()),
        }
        .into_bytes();
    }

    /// Puts raw bytes between two events, not later than before `latest`.
    fn insert(&mut self, bytes: &str, latest: usize) -> Option<()> {
        if self.delivery == Delivery::Array {
            return None;
        }
        let at = if latest == 0 {
            0
        } else {
            1 + self.dice.below(latest)
        };
        let part = Part {
            kind: FrameKind::Plumbing,
            bytes: bytes.as_bytes().to_vec(),
            name: None,
            event: Value::Null,
        };
        self.parts.insert(at, part);
        Some(())
    }

    pub(super) fn drop_first(&mut self) -> Option<()> {
        (self.parts.len() > 1).then(|| {
            self.parts.remove(0);
        })
    }

    pub(super) fn truncated_character(&mut self) -> Option<()> {
        let has_many = |part: &Part| part.bytes.iter().any(|byte| *byte >= 0x80);
        if let Some(at) = self.one(has_many) {
            let bytes = &mut self.parts[at].bytes;
            let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let end = (0..bytes.len()).find(|at| bytes[*at] >= 0x80 && !continues(at + 1))?;
            bytes.remove(end);
            return Some(());
        }
        // A pure ASCII answer gets the first half of an `é` at the end of a string.
        let at = self.one(|part| part.event.is_object())?;
        let bytes = &mut self.parts[at].bytes;
        let quote = bytes.iter().rposition(|byte| *byte == b'"')?;
        bytes.insert(quote, 0xc3);
        Some(())
    }

    pub(super) fn other_line_ends(&mut self) -> Option<()> {
        if self.delivery == Delivery::Array && self.parts.len() < 2 {
            return None;
        }
        self.finish = Some(Finish::OtherLineEnds);
        Some(())
    }

    pub(super) fn byte_order_mark(&mut self) -> Option<()> {
        self.finish = Some(Finish::ByteOrderMark);
        Some(())
    }

    pub(super) fn split(&mut self) -> Option<()> {
        self.finish = Some(Finish::Split);
        Some(())
    }

    pub(super) fn comment(&mut self) -> Option<()> {
        let comment = match self.dialect {
            Dialect::Gemini => ": keep-alive\r\n\r\n",
            Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::OpenaiResponses => {
                ": keep-alive\n\n"
            }
        };
        self.insert(comment, self.last())
    }

    /// Anthropic's own ping, which others do not have.
    pub(super) fn keepalive(&mut self) -> Option<()> {
        let ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
        match self.dialect {
            Dialect::AnthropicMessages => {
                let latest = self
                    .parts
                    .iter()
                    .position(|part| part.is("message_delta"))?;
                self.insert(ping, latest)
            }
            Dialect::OpenaiChat | Dialect::OpenaiResponses => self.insert(ping, self.last()),
            Dialect::Gemini => self.insert("event: ping\r\ndata: {}\r\n\r\n", self.last()),
        }
    }

    pub(super) fn empty_data(&mut self) -> Option<()> {
        let event = match self.dialect {
            Dialect::AnthropicMessages => "event: ping\ndata:\n\n",
            Dialect::OpenaiChat => "data:\n\n",
            Dialect::OpenaiResponses => "event: response.in_progress\ndata:\n\n",
            Dialect::Gemini => "data: \r\n\r\n",
        };
        self.insert(event, self.last())
    }

    pub(super) fn missing_blank_line(&mut self) -> Option<()> {
        if self.delivery == Delivery::Array {
            return None;
        }
        let at = self.dice.below(self.last());
        let bytes = &mut self.parts[at].bytes;
        let line_end = if bytes.ends_with(b"\r\n") { 2 } else { 1 };
        bytes.truncate(bytes.len().saturating_sub(line_end));
        Some(())
    }

    pub(super) fn bad_json(&mut self) -> Option<()> {
        let at = self.one(|part| part.event.is_object())?;
        let bytes = &mut self.parts[at].bytes;
        let brace = bytes.iter().rposition(|byte| *byte == b'}')?;
        bytes.remove(brace);
        Some(())
    }
}

fn other_line_ends(dialect: Dialect, bytes: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(bytes.len() + 8);
    for (at, byte) in bytes.iter().enumerate() {
        match (dialect, byte) {
            (Dialect::Gemini, b'\r') if bytes.get(at + 1) == Some(&b'\n') => {}
            (
                Dialect::AnthropicMessages | Dialect::OpenaiChat | Dialect::OpenaiResponses,
                b'\n',
            ) => changed.extend_from_slice(b"\r\n"),
            (_, byte) => changed.push(*byte),
        }
    }
    changed
}

/// One frame a byte; the last byte of an event has its kind, for then it is complete.
fn split(bytes: &[u8], kind: FrameKind, frames: &mut Frames) {
    let last = bytes.len().saturating_sub(1);
    frames.extend(bytes.iter().enumerate().map(|(at, byte)| {
        frame(
            vec![*byte],
            if at == last {
                kind
            } else {
                FrameKind::Plumbing
            },
        )
    }));
}
