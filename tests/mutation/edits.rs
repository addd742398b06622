//! The edits: what can go wrong with a frame, its lines or a byte; `members.rs` has those of JSON.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use spikeproof::endpoint::ProtocolId;

use crate::members::{self, MemberEdit};
use crate::samples::{Form, Frame, Sample};

/// A kind of edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Edit {
    Frame(FrameEdit),
    Lines(LinesEdit),
    Member(MemberEdit),
    /// Two frames have each other's value of a member.
    Exchange,
    Byte(ByteEdit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum FrameEdit {
    /// A frame is lost.
    Drop,
    /// A frame comes twice.
    Double,
    /// Two frames change places.
    Swap,
    /// A frame comes again after the last one.
    Late,
    /// Nothing comes after a frame.
    Truncate,
    /// A frame comes that only another protocol has.
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum LinesEdit {
    /// Two frames are one.
    Merge,
    /// A frame is two.
    Split,
    /// A frame has another name, or none.
    Name,
    /// Lines of a frame end in CR, or in CR and LF.
    Ends,
    /// Something follows a frame's document on its line.
    Trailing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ByteEdit {
    /// A byte is another.
    Corrupt,
    /// A byte is lost.
    Lose,
    /// A byte comes twice.
    Double,
    /// Nothing comes after a byte.
    Cut,
    /// A control character, half a character or a byte-order mark stands before a byte.
    Stray,
}

pub(crate) const ALL: [Edit; 32] = [
    Edit::Frame(FrameEdit::Drop),
    Edit::Frame(FrameEdit::Double),
    Edit::Frame(FrameEdit::Swap),
    Edit::Frame(FrameEdit::Late),
    Edit::Frame(FrameEdit::Truncate),
    Edit::Frame(FrameEdit::Foreign),
    Edit::Lines(LinesEdit::Merge),
    Edit::Lines(LinesEdit::Split),
    Edit::Lines(LinesEdit::Name),
    Edit::Lines(LinesEdit::Ends),
    Edit::Lines(LinesEdit::Trailing),
    Edit::Member(MemberEdit::Lose),
    Edit::Member(MemberEdit::Rename),
    Edit::Member(MemberEdit::Retype),
    Edit::Member(MemberEdit::Null),
    Edit::Member(MemberEdit::Number),
    Edit::Member(MemberEdit::Reindex),
    Edit::Member(MemberEdit::Word),
    Edit::Member(MemberEdit::Flip),
    Edit::Member(MemberEdit::Length),
    Edit::Member(MemberEdit::Move),
    Edit::Member(MemberEdit::Another),
    Edit::Member(MemberEdit::Twice),
    Edit::Member(MemberEdit::Spell),
    Edit::Member(MemberEdit::Graft),
    Edit::Member(MemberEdit::Shorten),
    Edit::Exchange,
    Edit::Byte(ByteEdit::Corrupt),
    Edit::Byte(ByteEdit::Lose),
    Edit::Byte(ByteEdit::Double),
    Edit::Byte(ByteEdit::Cut),
    Edit::Byte(ByteEdit::Stray),
];

pub(crate) type Dice = Xoshiro256PlusPlus;

/// The body with one such edit. `None`: the sample has nothing that can be edited so.
pub(crate) fn edited(sample: &Sample, edit: Edit, dice: &mut Dice) -> Option<Vec<u8>> {
    match edit {
        Edit::Frame(edit) => among_frames(sample, edit, dice),
        Edit::Lines(edit) => of_lines(sample, edit, dice),
        Edit::Member(edit) => members::edited(sample, edit, dice),
        Edit::Exchange => members::exchanged(sample, dice),
        Edit::Byte(edit) => Some(of_bytes(sample, edit, dice)),
    }
}

fn among_frames(sample: &Sample, edit: FrameEdit, dice: &mut Dice) -> Option<Vec<u8>> {
    if sample.form == Form::Whole {
        return None;
    }
    let mut frames = sample.frames.clone();
    let at = dice.random_range(0..frames.len());
    let frame = frames[at].clone();
    match edit {
        FrameEdit::Drop => {
            frames.remove(at);
        }
        FrameEdit::Double => frames.insert(at, frame),
        FrameEdit::Swap => {
            let near = dice.random_bool(0.5);
            let other = if near {
                at + 1
            } else {
                dice.random_range(0..frames.len())
            };
            if other >= frames.len() || frames[other] == frame {
                return None;
            }
            frames.swap(at, other);
        }
        FrameEdit::Late => frames.push(frame),
        FrameEdit::Truncate => frames.truncate(at),
        FrameEdit::Foreign => frames.insert(at, foreign(sample, &frame, dice)?),
    }
    Some(sample.written(&frames))
}

/// An event of each protocol that streams, with its name.
const EVENTS: [(ProtocolId, &str, &str); 6] = [
    (
        ProtocolId::AnthropicMessages,
        "content_block_delta",
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#,
    ),
    (
        ProtocolId::OpenaiChat,
        "",
        concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}"#
        ),
    ),
    (
        ProtocolId::OpenaiResponses,
        "response.output_text.delta",
        concat!(
            r#"{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","#,
            r#""output_index":0,"content_index":0,"delta":"x","logprobs":[]}"#
        ),
    ),
    (
        ProtocolId::Gemini,
        "",
        r#"{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}]}"#,
    ),
    (
        ProtocolId::OpenaiImages,
        "image_generation.partial_image",
        concat!(
            r#"{"type":"image_generation.partial_image","b64_json":"iVBORw0KGgo=","#,
            r#""partial_image_index":0,"created_at":1790000000}"#
        ),
    ),
    (
        ProtocolId::Tasks,
        "task.updated",
        r#"{"task_id":"task_1","status":"running"}"#,
    ),
];

/// Written as the frames around it are.
fn foreign(sample: &Sample, beside: &Frame, dice: &mut Dice) -> Option<Frame> {
    let others = EVENTS.iter().filter(|(of, ..)| *of != sample.protocol);
    let others: Vec<_> = others.collect();
    let (_, name, data) = others.choose(dice)?;
    let is_named = beside.before.starts_with(b"event:") && !name.is_empty();
    let before = match sample.form {
        Form::Sse if is_named => format!("event: {name}\ndata: "),
        Form::Sse => "data: ".to_owned(),
        Form::Array | Form::Whole => String::new(),
    };
    Some(Frame {
        before: before.into_bytes(),
        data: data.as_bytes().to_vec(),
        after: beside.after.clone(),
    })
}

fn of_lines(sample: &Sample, edit: LinesEdit, dice: &mut Dice) -> Option<Vec<u8>> {
    if sample.form != Form::Sse {
        return None;
    }
    let mut frames = sample.frames.clone();
    let at = dice.random_range(0..frames.len());
    match edit {
        // Its closing empty line is lost.
        LinesEdit::Merge => {
            frames.get(at + 1)?;
            frames[at].after.truncate(1);
        }
        LinesEdit::Split => {
            let data = &frames[at].data;
            let within = dice.random_range(0..=data.len());
            let (one, two) = data.split_at(within);
            let before = if dice.random_bool(0.5) {
                b"\n\ndata: ".as_slice()
            } else {
                b"\n\n"
            };
            frames[at].data = [one, before, two].concat();
        }
        LinesEdit::Name => {
            let other = frames.choose(dice)?.before.clone();
            if other == frames[at].before {
                return None;
            }
            frames[at].before = other;
        }
        LinesEdit::Ends => {
            let end = *[b"\r".as_slice(), b"\r\n", b"\n\r"].choose(dice)?;
            let frame = &mut frames[at];
            for part in [&mut frame.before, &mut frame.after] {
                let text = String::from_utf8(part.clone()).ok()?.replace("\r\n", "\n");
                *part = text
                    .replace('\n', std::str::from_utf8(end).ok()?)
                    .into_bytes();
            }
        }
        LinesEdit::Trailing => {
            let more = [b"x".as_slice(), b"}", b"null", b"{}", b",", b"\x00"];
            frames[at].data.extend_from_slice(more.choose(dice)?);
        }
    }
    Some(sample.written(&frames))
}

fn of_bytes(sample: &Sample, edit: ByteEdit, dice: &mut Dice) -> Vec<u8> {
    let mut body = sample.written(&sample.frames);
    let at = dice.random_range(0..body.len());
    match edit {
        ByteEdit::Lose => {
            body.remove(at);
        }
        ByteEdit::Double => body.insert(at, body[at]),
        ByteEdit::Cut => body.truncate(at),
        ByteEdit::Stray => {
            let strays = [
                b"\x00".as_slice(),
                b"\x1b",
                b"\x80",
                b"\xed\xa0\x80",
                b"\xef\xbb\xbf",
                b"\r",
                b"\n",
                b"\\ud83d",
            ];
            let stray = strays[dice.random_range(0..strays.len())];
            body.splice(at..at, stray.iter().copied());
        }
        ByteEdit::Corrupt => {
            let other = [body[at] ^ (1 << dice.random_range(0..8)), dice.random()];
            body[at] = other[dice.random_range(0..2)];
        }
    }
    body
}
