//! Faults in the midst of events that repeat: what is said of them must not depend on whether the
//! events around them were read or known at sight.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::streams::{Stream, streams};
use crate::judge::{Basis, Judge, Judgement, Memory, Shared};
use crate::protocol::BodyEnd;
use crate::wire::frame::Frame;
use crate::wire::sse;

thread_local! {
    /// Ordinals of the events that were known at sight.
    static CLAIMED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// How often each edit is tried on each stream.
const ROUNDS: u64 = 6;

type Dice = Xoshiro256PlusPlus;

/// Contents of a string, between its quotes.
const TEXTS: [&[u8]; 24] = [
    b"",
    b" ",
    b"plain",
    b"a longer text that does not fit into the value itself, by far",
    b"\\n",
    b"\\\"",
    b"\\\\",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"\\ude00",
    b"\\ud83dx",
    b"\\u12",
    b"\\x",
    b"\\",
    b"\n",
    b"\x01",
    b"\x7f",
    b"\xc3",
    b"\xc3\xa9",
    b"\xe2\x82",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbf\xbd",
];

/// What may stand where a whole number stood.
const NUMBERS: [&[u8]; 12] = [
    b"0",
    b"1",
    b"2",
    b"7",
    b"01",
    b"-1",
    b"1.0",
    b"1e2",
    b"null",
    b"\"1\"",
    b"123456789012345678",
    b"12345678901234567890",
];

/// What may stand between two tokens.
const SPACES: [&[u8]; 6] = [b" ", b"  ", b"\t", b"\n", b"\r\n", b"                    "];

#[derive(Debug, Clone, Copy)]
enum Edit {
    /// A string has another content.
    Text,
    /// A number is another.
    Number,
    /// A number is one more or less.
    Step,
    /// White space where there was none.
    Space,
    /// A byte is another.
    Byte,
    /// A byte is lost.
    Lose,
    /// A member stands twice, the second time with another text or the same.
    Twice,
    /// A member more.
    More,
    /// The event comes twice, or not at all.
    Double,
    Drop,
    /// Lines end otherwise.
    LineEnds,
    /// A line before the event.
    Line,
    /// Nothing comes after it.
    Cut,
    /// All is well, but for the pieces.
    Nothing,
}

const EDITS: [Edit; 14] = [
    Edit::Text,
    Edit::Number,
    Edit::Step,
    Edit::Space,
    Edit::Byte,
    Edit::Lose,
    Edit::Twice,
    Edit::More,
    Edit::Double,
    Edit::Drop,
    Edit::LineEnds,
    Edit::Line,
    Edit::Cut,
    Edit::Nothing,
];

/// The strings of a block's data, without their quotes, and its whole numbers.
fn tokens(block: &[u8]) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    let mut at = block
        .iter()
        .position(|byte| *byte == b'{')
        .unwrap_or(block.len());
    while at < block.len() {
        let start = at;
        at += 1;
        if block[start] == b'"' {
            while at < block.len() && block[at] != b'"' {
                at += if block[at] == b'\\' { 2 } else { 1 };
            }
            texts.push(start + 1..at.min(block.len()));
            at += 1;
        } else if block[start].is_ascii_digit() {
            while at < block.len() && block[at].is_ascii_digit() {
                at += 1;
            }
            numbers.push(start..at);
        }
    }
    (texts, numbers)
}

fn put(block: &mut Vec<u8>, at: Range<usize>, bytes: &[u8]) {
    block.splice(at, bytes.iter().copied());
}

/// A block with an edit; `None`: it has no place for it.
fn edited(block: &[u8], edit: Edit, dice: &mut Dice) -> Option<Vec<u8>> {
    let mut block = block.to_vec();
    let (texts, numbers) = tokens(&block);
    let any = dice.random_range(0..block.len());
    match edit {
        Edit::Text => put(&mut block, texts.choose(dice)?.clone(), TEXTS.choose(dice)?),
        Edit::Number => put(
            &mut block,
            numbers.choose(dice)?.clone(),
            NUMBERS.choose(dice)?,
        ),
        Edit::Step => {
            let at = numbers.choose(dice)?.clone();
            let number: u64 = str::from_utf8(&block[at.clone()]).ok()?.parse().ok()?;
            let other = if dice.random_bool(0.5) {
                number + 1
            } else {
                number.saturating_sub(1)
            };
            put(&mut block, at, other.to_string().as_bytes());
        }
        Edit::Space => {
            let after = |at: &usize| matches!(block[*at], b':' | b',' | b'{' | b'}' | b'[');
            let places: Vec<usize> = (0..block.len()).filter(after).collect();
            let at = *places.choose(dice)? + usize::from(dice.random_bool(0.5));
            put(&mut block, at..at, SPACES.choose(dice)?);
        }
        Edit::Byte => block[any] = dice.random(),
        Edit::Lose => {
            block.remove(any);
        }
        Edit::Twice | Edit::More => return with_member(block, edit, dice),
        Edit::LineEnds | Edit::Line => return with_lines(block, edit, dice),
        Edit::Double => block = block.repeat(2),
        Edit::Drop => block.clear(),
        Edit::Cut | Edit::Nothing => {}
    }
    Some(block)
}

fn with_member(mut block: Vec<u8>, edit: Edit, dice: &mut Dice) -> Option<Vec<u8>> {
    let (texts, _) = tokens(&block);
    if matches!(edit, Edit::Twice) {
        let at = texts.choose(dice)?.clone();
        let is_name = block.get(at.end + 1) == Some(&b':');
        let begin = block.iter().position(|byte| *byte == b'{')? + 1;
        let name = if is_name {
            block[at].to_vec()
        } else {
            ["delta", "text", "content", "candidates", "choices", "type"]
                .choose(dice)?
                .as_bytes()
                .to_vec()
        };
        let member = [b"\"".as_slice(), &name, b"\":\"x\","].concat();
        put(&mut block, begin..begin, &member);
    } else {
        let braces = (0..block.len()).filter(|at| block[*at] == b'{');
        let begin = *braces.collect::<Vec<_>>().choose(dice)? + 1;
        let more: [&[u8]; 3] = [b"\"more\":1,", b"\"role\":\"user\",", b"\"n\":null,"];
        put(&mut block, begin..begin, more.choose(dice)?);
    }
    Some(block)
}

fn with_lines(mut block: Vec<u8>, edit: Edit, dice: &mut Dice) -> Option<Vec<u8>> {
    if matches!(edit, Edit::LineEnds) {
        let ends: [&[u8]; 3] = [b"\r\n", b"\r", b"\n\n"];
        let breaks = (0..block.len()).filter(|at| block[*at] == b'\n');
        let at = *breaks.collect::<Vec<_>>().choose(dice)?;
        put(&mut block, at..at + 1, ends.choose(dice)?);
    } else {
        let lines: [&[u8]; 9] = [
            b": note\n",
            b": note\n\n",
            b"id: 7\n",
            b"event: other\n",
            b"data: {}\n\n",
            b"data: [DONE]\n\n",
            b"event: ping\ndata: {\"type\":\"ping\"}\n\n",
            b"\n",
            b"\xef\xbb\xbf",
        ];
        put(&mut block, 0..0, lines.choose(dice)?);
    }
    Some(block)
}

/// Judges a body in pieces, with the progress that each of them made.
fn judged(
    memory: &Shared,
    stream: &Stream,
    reads_all: bool,
    pieces: &[&[u8]],
) -> (Vec<crate::judge::Progress>, Judgement) {
    let basis = Basis {
        reads_all,
        ..Basis::WIRE
    };
    let mut judge = Judge::knowing(memory, basis, Arc::new(stream.asked()), stream.head.clone());
    let mut made: Vec<_> = pieces.iter().map(|piece| judge.bytes(piece)).collect();
    let (last, judgement) = judge.end(BodyEnd::Clean);
    made.push(last);
    (made, judgement)
}

fn cut<'a>(body: &'a [u8], dice: &mut Dice) -> Vec<&'a [u8]> {
    let most = *[1, 3, 40, 300, 5000, usize::MAX]
        .choose(dice)
        .expect("some");
    let mut pieces = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(dice.random_range(1..=most)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn frames(body: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    let mut take = |frame: &Frame<'_>| frames.push(frame.raw.to_vec());
    let mut reader = sse::Reader::new();
    reader.push(body, &mut take);
    reader.finish(&mut take);
    frames
}

pub(super) fn claim(index: u32) {
    CLAIMED.with_borrow_mut(|claimed| claimed.push(index));
}

fn claimed() -> Vec<u32> {
    CLAIMED.take()
}

/// Tries edits of events of one stream that are known at sight.
fn try_all(memory: &Shared, stream: &Stream, rounds: u64) {
    let fresh = Memory::shared;
    claimed();
    judged(&fresh(), stream, false, &[&stream.body]);
    let known = claimed();
    let frames = frames(&stream.body);
    if known.is_empty() {
        return;
    }
    for (seed, edit) in (0..rounds).flat_map(|seed| EDITS.map(|edit| (seed, edit))) {
        let mut dice = Dice::seed_from_u64(seed);
        let place = *known.choose(&mut dice).expect("not empty");
        let at = usize::try_from(place).expect("it is small");
        let Some(block) = edited(&frames[at], edit, &mut dice) else {
            continue;
        };
        let mut body = frames[..at].concat();
        body.extend_from_slice(&block);
        if !matches!(edit, Edit::Cut) {
            body.extend(frames[at + 1..].concat());
        }
        let pieces = cut(&body, &mut dice);
        claimed();
        let all = judged(&fresh(), stream, true, &pieces);
        assert!(claimed().is_empty(), "each event was to be read");
        let sight = judged(&fresh(), stream, false, &pieces);
        let now = claimed();
        let recalled = judged(memory, stream, false, &pieces);
        // The events before the edit are known as they were.
        let before = |known: &[u32]| known.iter().filter(|known| **known < place).count();
        assert_eq!(before(&now), before(&known), "{edit:?} {seed}");
        if matches!(edit, Edit::Nothing) {
            assert_eq!(now, known, "pieces decide what is known");
            assert!(sight.1.findings.is_empty());
        }
        let told = || format!("{edit:?} {seed}\n{}", String::from_utf8_lossy(&block));
        assert!(all.0 == sight.0, "progress\n{}", told());
        let rules = |one: &Judgement| {
            let findings = one.findings.iter();
            findings
                .map(|found| format!("{} {} {:?}", found.rule.id, found.message, found.evidence))
                .collect::<Vec<_>>()
        };
        assert_eq!(rules(&all.1), rules(&sight.1), "{}", told());
        assert!(all.1 == sight.1, "{}", told());
        assert!(all == recalled, "by memory\n{}", told());
    }
}

#[test]
fn what_is_said_of_a_fault_amid_repetitions_is_what_reading_them_all_says() {
    // Answers to the same questions with other ids, other texts and other counts.
    let memory = Memory::shared();
    for stream in [7, 8, 9].into_iter().flat_map(streams) {
        judged(&memory, &stream, false, &[&stream.body]);
    }
    for stream in streams(5) {
        try_all(&memory, &stream, ROUNDS);
    }
}
