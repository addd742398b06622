//! Stream faults in a stream of pictures: one edit of its healthy events.

use rand::Rng;
use serde_json::Value;

use super::frame_edits as edit;
use crate::script::{Frame, FrameKind};
use crate::seed::Dice;
use crate::text::spoil::StreamFault;

/// The same events with one fault, placed by the dice where there is a choice. None where the fault
/// means nothing: pictures have no ids and no roles, and nothing in them is opened and closed.
pub(super) fn spoiled(
    fault: StreamFault,
    healthy: &[Frame],
    dice: &mut Dice,
) -> Option<Vec<Frame>> {
    let mut frames = healthy.to_vec();
    let last = frames.len().checked_sub(1)?;
    let mut below = |end: usize| {
        if end == 0 {
            0
        } else {
            dice.random_range(0..end)
        }
    };
    if let Some((_, place, change)) = CHANGES.iter().find(|(known, ..)| *known == fault) {
        let at = place(last, &mut below);
        frames[at] = change(&frames[at])?;
        return Some(frames);
    }
    match fault {
        StreamFault::EmptyData | StreamFault::CommentFrame | StreamFault::KeepaliveFrame => {
            frames.insert(below(last + 1), edit::plumbing(between(fault)));
        }
        StreamFault::DropFirstEvent if last > 0 => drop(frames.remove(0)),
        // The last draft may be missing, so one before it, or the picture.
        StreamFault::DropEvent if last > 1 => drop(frames.remove(below(last - 1))),
        StreamFault::DropEvent | StreamFault::MissingTerminator => drop(frames.pop()),
        StreamFault::DoubleEvent => {
            let at = below(last + 1);
            frames.insert(at, frames[at].clone());
        }
        StreamFault::SwapEvents if last > 0 => {
            let at = below(last);
            frames.swap(at, at + 1);
        }
        StreamFault::EventAfterEnd => frames.push(frames[0].clone()),
        StreamFault::EarlyEnd if last > 0 => frames.truncate(1 + below(last)),
        StreamFault::Crlf => frames = frames.iter().map(edit::crlf).collect(),
        StreamFault::SplitBytes => frames = frames.iter().flat_map(edit::split).collect(),
        StreamFault::DropFirstEvent
        | StreamFault::SwapEvents
        | StreamFault::EarlyEnd
        | StreamFault::WrongId
        | StreamFault::MissingStop
        | StreamFault::WrongRole
        | StreamFault::TruncatedUtf8
        | StreamFault::BadJson
        | StreamFault::MissingBlankLine
        | StreamFault::Bom
        | StreamFault::WrongIndex
        | StreamFault::WrongType
        | StreamFault::WrongUsage
        | StreamFault::MissingUsage => return None,
    }
    Some(frames)
}

/// What a fault puts between two events.
fn between(fault: StreamFault) -> &'static str {
    if fault == StreamFault::EmptyData {
        "event: image_generation.partial_image\ndata:\n\n"
    } else if fault == StreamFault::CommentFrame {
        ": keep-alive\n\n"
    } else {
        "event: keepalive\ndata: {\"type\":\"keepalive\"}\n\n"
    }
}

/// Which event to change, of the place of the last one and a throw below a number.
type Place = fn(usize, &mut dyn FnMut(usize) -> usize) -> usize;
type Change = fn(&Frame) -> Option<Frame>;

/// Faults in what one event says or in how it is written.
const CHANGES: [(StreamFault, Place, Change); 8] = [
    (StreamFault::TruncatedUtf8, any, edit::broken_character),
    (StreamFault::BadJson, any, edit::without_last_brace),
    (StreamFault::MissingBlankLine, any, edit::without_blank_line),
    (StreamFault::Bom, |_, _| 0, edit::with_mark),
    (
        StreamFault::WrongIndex,
        |last, below| below(last),
        |frame| {
            // Only drafts have one.
            let is_draft = frame.kind != FrameKind::Terminal;
            let raised = |event: &mut Value| raise(&mut event["partial_image_index"]);
            is_draft.then(|| edit::rewritten(frame, raised)).flatten()
        },
    ),
    (StreamFault::WrongType, any, |frame| {
        edit::rewritten(frame, |event| event["type"] = other_family(&event["type"]))
    }),
    (
        StreamFault::WrongUsage,
        |last, _| last,
        |frame| edit::rewritten(frame, |event| raise(&mut event["usage"]["total_tokens"])),
    ),
    (
        StreamFault::MissingUsage,
        |last, _| last,
        |frame| {
            edit::rewritten(frame, |event| {
                if let Some(event) = event.as_object_mut() {
                    event.shift_remove("usage");
                }
            })
        },
    ),
];

fn any(last: usize, below: &mut dyn FnMut(usize) -> usize) -> usize {
    below(last + 1)
}

fn raise(number: &mut Value) {
    *number = (number.as_u64().unwrap_or(0) + 1).into();
}

fn other_family(kind: &Value) -> Value {
    let kind = kind.as_str().unwrap_or_default();
    match kind.strip_prefix("image_edit") {
        Some(stage) => format!("image_generation{stage}").into(),
        None => kind.replace("image_generation", "image_edit").into(),
    }
}
