//! Faults of a whole answer, whatever its protocol: its bytes, its length, its head, its pace.
//!
//! Each edits a healthy reply in one way. Where the answer's end is lost nothing is charged, since
//! the upstream's answer never came through whole.

use std::time::Duration;

use bytes::Bytes;

use super::Asked;
use super::problem::Disguise;
use super::reply::Reply;
use super::spoil::{cut, middle};
use crate::fault::Fault;
use crate::picture::crc;
use crate::script::{Frame, FrameKind, Step};

/// How long a late first byte and a gap in mid-stream take, on top of the usual.
const LATE: Duration = Duration::from_secs(2);
/// More than the line buffers of common clients hold (64 KiB).
const LONG_LINE: usize = 66_000;

/// What an edit did to the end of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// It is still there.
    Kept,
    /// It is lost, and with it the charge.
    Cut,
}

/// Applies the first fault that means something for this answer.
pub(super) fn edit(reply: &mut Reply, asked: &Asked<'_>) -> Option<Edit> {
    asked
        .faults
        .iter()
        .find_map(|fault| edited(*fault, reply, asked))
}

fn edited(fault: Fault, reply: &mut Reply, asked: &Asked<'_>) -> Option<Edit> {
    if fault == Fault::EmptyBody {
        reply.steps.retain(Step::is_lead_in);
        reply.steps.push(Step::Head);
        return Some(Edit::Cut);
    }
    if fault == Fault::HalfBody {
        halve(&mut reply.steps);
        return Some(Edit::Cut);
    }
    if fault == Fault::CutBody {
        cut(reply, &Step::Close);
        return Some(Edit::Cut);
    }
    if fault == Fault::CloseBeforeHead {
        reply.steps.retain(Step::is_lead_in);
        reply.steps.push(Step::Close);
        return Some(Edit::Cut);
    }
    let kept = if fault == Fault::ContentLengthWrong {
        misannounce(reply)
    } else if fault == Fault::ContentTypeMissing {
        reply.headers.retain(|(name, _)| name != "content-type");
        Some(())
    } else if fault == Fault::SlowFirstByte {
        reply.steps.insert(0, Step::Wait(LATE));
        Some(())
    } else if fault == Fault::LongGap {
        pause(reply)
    } else if fault == Fault::BufferedStream {
        buffer(reply)
    } else if fault == Fault::LongLine {
        lengthen(reply)
    } else if fault == Fault::GarbageBody {
        garble(reply)
    } else if fault == Fault::GzipUnasked {
        compress(reply, asked)
    } else {
        None
    };
    kept.map(|()| Edit::Kept)
}

/// What a failure looks like that a fault has put in the place of an answer.
pub(super) fn disguise(fault: Fault) -> Option<Disguise> {
    let known = [
        (Fault::ErrorIn200, Disguise::Success),
        (Fault::HtmlErrorPage, Disguise::Html),
        (Fault::Redirect, Disguise::Redirect),
    ];
    known
        .iter()
        .find(|(known, _)| *known == fault)
        .map(|(_, disguise)| *disguise)
}

/// Status, headers and body of the disguised failure.
pub(super) fn disguised(
    disguise: Disguise,
    status: &mut u16,
    headers: &mut Vec<(String, String)>,
    steps: &mut Vec<Step>,
) {
    let body = |text: &'static str| {
        vec![Step::Frame(Frame {
            bytes: Bytes::from_static(text.as_bytes()),
            kind: FrameKind::Body,
        })]
    };
    match disguise {
        Disguise::Success => *status = 200,
        Disguise::Html => {
            headers.retain(|(name, _)| name != "content-type");
            headers.push(("content-type".to_owned(), "text/html".to_owned()));
            *steps = body(HTML);
        }
        Disguise::Redirect => {
            *status = 307;
            headers.retain(|(name, _)| name != "content-type");
            headers.push(("location".to_owned(), "/moved".to_owned()));
            *steps = body("");
        }
    }
}

const HTML: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

fn frames(steps: &mut [Step]) -> impl Iterator<Item = &mut Frame> {
    steps.iter_mut().filter_map(|step| {
        let Step::Frame(frame) = step else {
            return None;
        };
        Some(frame)
    })
}

fn length(steps: &[Step]) -> usize {
    let lengths = steps.iter().map(|step| match step {
        Step::Frame(frame) => frame.bytes.len(),
        Step::Wait(_) | Step::Slot | Step::Work(_) | Step::Head | Step::Settle => 0,
        Step::Continue | Step::Stall | Step::Reset | Step::Close => 0,
    });
    lengths.sum()
}

/// Keeps the first half of the bytes, and no step after them.
fn halve(steps: &mut Vec<Step>) {
    let mut left = length(steps) / 2;
    let mut at = 0;
    while at < steps.len() && left > 0 {
        if let Step::Frame(frame) = &mut steps[at] {
            if frame.bytes.len() > left {
                frame.bytes.truncate(left);
                // The end of the protocol was in the other half.
                if frame.kind == FrameKind::Terminal {
                    frame.kind = FrameKind::Plumbing;
                }
            }
            left -= frame.bytes.len();
        }
        at += 1;
    }
    steps.truncate(at);
}

/// Announces one byte more than there is.
fn misannounce(reply: &mut Reply) -> Option<()> {
    let wrong = length(&reply.steps) + 1;
    reply
        .headers
        .push(("content-length".to_owned(), wrong.to_string()));
    reply.steps.push(Step::Close);
    Some(())
}

fn pause(reply: &mut Reply) -> Option<()> {
    if !reply.is_stream() {
        return None;
    }
    let at = middle(&reply.steps);
    reply.steps.insert(at, Step::Wait(LATE));
    Some(())
}

/// All waits first, then all frames in one write.
fn buffer(reply: &mut Reply) -> Option<()> {
    if !reply.is_stream() || reply.watched.is_some() {
        return None;
    }
    let mut whole = Vec::new();
    frames(&mut reply.steps).for_each(|frame| whole.extend_from_slice(&frame.bytes));
    reply.steps.retain(|step| matches!(step, Step::Wait(_)));
    reply.steps.push(Step::Frame(Frame {
        bytes: whole.into(),
        kind: FrameKind::Terminal,
    }));
    Some(())
}

/// White space inside a payload event's JSON, where it means nothing.
fn lengthen(reply: &mut Reply) -> Option<()> {
    let frame = frames(&mut reply.steps).find(|frame| frame.kind == FrameKind::Token)?;
    let brace = frame.bytes.iter().position(|byte| *byte == b'{')? + 1;
    let mut bytes = Vec::with_capacity(frame.bytes.len() + LONG_LINE);
    bytes.extend_from_slice(&frame.bytes[..brace]);
    bytes.resize(brace + LONG_LINE, b' ');
    bytes.extend_from_slice(&frame.bytes[brace..]);
    frame.bytes = bytes.into();
    Some(())
}

/// Bytes that are no text, in the place of a whole body or of the middle event.
fn garble(reply: &mut Reply) -> Option<()> {
    let at = if reply.is_stream() {
        middle(&reply.steps)
    } else {
        0
    };
    let frame = frames(&mut reply.steps[at..]).next()?;
    let noise = (0..frame.bytes.len()).map(|at| 0x80 | (at.wrapping_mul(37).to_le_bytes()[0] & 63));
    frame.bytes = noise.collect();
    Some(())
}

/// The same bytes as a gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4), a block or more for
/// each frame.
fn compress(reply: &mut Reply, asked: &Asked<'_>) -> Option<()> {
    let accepted = asked.incoming.header("accept-encoding").unwrap_or_default();
    if accepted.contains("gzip") || accepted.contains('*') {
        return None;
    }
    let mut whole = Vec::new();
    frames(&mut reply.steps).for_each(|frame| whole.extend_from_slice(&frame.bytes));
    let size = u32::try_from(whole.len()).ok()?;
    let mut begun = false;
    for frame in frames(&mut reply.steps) {
        let mut bytes = Vec::with_capacity(frame.bytes.len() + 32);
        if !begun {
            bytes.extend([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]);
            begun = true;
        }
        for piece in frame.bytes.chunks(0xFFFF) {
            store(&mut bytes, piece, false);
        }
        frame.bytes = bytes.into();
    }
    let last = frames(&mut reply.steps).last()?;
    let mut bytes = last.bytes.to_vec();
    store(&mut bytes, &[], true);
    bytes.extend(crc(&whole).to_le_bytes());
    bytes.extend(size.to_le_bytes());
    last.bytes = bytes.into();
    reply
        .headers
        .push(("content-encoding".to_owned(), "gzip".to_owned()));
    Some(())
}

fn store(bytes: &mut Vec<u8>, piece: &[u8], last: bool) {
    let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
    bytes.push(u8::from(last));
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend_from_slice(piece);
}
