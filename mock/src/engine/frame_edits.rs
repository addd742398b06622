//! What a fault does to the bytes of one named event, whatever it says.

use bytes::Bytes;
use serde_json::Value;

use crate::script::{Frame, FrameKind};

/// The edited bytes in the place of the frame's own.
fn with(frame: &Frame, edit: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Frame> {
    let mut bytes = frame.bytes.to_vec();
    edit(&mut bytes)?;
    Some(Frame {
        bytes: Bytes::from(bytes),
        kind: frame.kind,
    })
}

fn last(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte == wanted)
}

/// The first half of an `é`, at the end of a text.
pub(super) fn broken_character(frame: &Frame) -> Option<Frame> {
    with(frame, |bytes| {
        bytes.insert(last(bytes, b'"')?, 0xC3);
        Some(())
    })
}

pub(super) fn without_last_brace(frame: &Frame) -> Option<Frame> {
    with(frame, |bytes| {
        bytes.remove(last(bytes, b'}')?);
        Some(())
    })
}

pub(super) fn without_blank_line(frame: &Frame) -> Option<Frame> {
    with(frame, |bytes| bytes.pop().map(drop))
}

pub(super) fn with_mark(frame: &Frame) -> Option<Frame> {
    with(frame, |bytes| {
        bytes.splice(0..0, *b"\xEF\xBB\xBF");
        Some(())
    })
}

pub(super) fn crlf(frame: &Frame) -> Frame {
    let text = String::from_utf8_lossy(&frame.bytes).replace('\n', "\r\n");
    Frame {
        bytes: Bytes::from(text),
        kind: frame.kind,
    }
}

/// One frame a byte; the last has the kind, for then the event is complete.
pub(super) fn split(frame: &Frame) -> impl Iterator<Item = Frame> + '_ {
    let end = frame.bytes.len().saturating_sub(1);
    (0..frame.bytes.len()).map(move |at| Frame {
        bytes: frame.bytes.slice(at..=at),
        kind: if at == end {
            frame.kind
        } else {
            FrameKind::Plumbing
        },
    })
}

pub(super) fn plumbing(text: &'static str) -> Frame {
    Frame {
        bytes: Bytes::from_static(text.as_bytes()),
        kind: FrameKind::Plumbing,
    }
}

/// Changes what an event says; its `event` line stays.
pub(super) fn rewritten(frame: &Frame, change: impl FnOnce(&mut Value)) -> Option<Frame> {
    let text = std::str::from_utf8(&frame.bytes).ok()?;
    let (name, data) = text.split_once("\ndata: ")?;
    let mut event: Value = serde_json::from_str(data).ok()?;
    change(&mut event);
    Some(Frame {
        bytes: Bytes::from(format!("{name}\ndata: {event}\n\n")),
        kind: frame.kind,
    })
}
