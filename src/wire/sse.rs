//! Event streams: bytes in any pieces, blocks out.
//!
//! Follows the WHATWG event-stream format (HTML standard, section "Server-sent events"): lines end
//! in LF, CRLF or CR, one leading byte-order mark is skipped, one space after a field's colon is
//! dropped, data lines are joined by LF, a block is closed by an empty line. It keeps what that
//! algorithm throws away (comments, `id`, `retry`, the kind of line ends, bytes left over at the
//! end), because rules speak about it. The blocks do not depend on how the bytes were cut: a CR at
//! the end of a piece is decided only when the next byte, or the end, is seen.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::frame::{Frame, Lines};

/// Whoever takes the blocks.
pub trait Sink {
    /// A block that the reader has cut.
    fn take(&mut self, frame: &Frame<'_>);

    /// Asked where a block begins, with the bytes that are here: whether they begin with a block
    /// that needs no cutting, and how long it is. It must be closed, its last byte a line feed, and
    /// what follows must not matter. One that is claimed is not taken.
    fn claim(&mut self, _begin: Begin, _bytes: &[u8]) -> Option<usize> {
        None
    }
}

/// Where a block begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begin {
    /// Its ordinal.
    pub index: u32,
    /// Of its first byte, in the body.
    pub offset: u64,
}

/// Takes blocks and claims none.
struct Taker<'a, F>(&'a mut F);

impl<F: FnMut(&Frame<'_>)> Sink for Taker<'_, F> {
    fn take(&mut self, frame: &Frame<'_>) {
        (self.0)(frame);
    }
}

/// A longer block is cut: the rest is skipped and `Lines::oversized` set. The largest event known
/// from a vendor is an image of some 3 MB.
pub const MAX_BLOCK: usize = 16 << 20;
/// What is kept of a block that is too long.
const KEPT_OF_OVERSIZED: usize = 16 << 10;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Cuts a body into blocks. Feed it with [`Reader::push`], close it with [`Reader::finish`].
#[derive(Debug, Default)]
pub struct Reader {
    /// Bytes of the block being read, from its first byte.
    block: Vec<u8>,
    /// Where the line being read starts in `block`.
    line_start: usize,
    /// Up to where `block` is known to hold no further line break, so that a long line that comes
    /// in small pieces is not searched again for each of them.
    scanned: usize,
    /// Whether that line is known to have bytes that are no longer in `block`.
    line_cut: bool,
    offset: u64,
    index: u32,
    started: bool,
    bom: bool,
    /// Bytes of an oversized block that were skipped.
    skipped: u64,
    max_block: Option<usize>,
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    /// For tests of the limit.
    pub fn with_max_block(max_block: usize) -> Self {
        Self {
            max_block: Some(max_block),
            ..Self::default()
        }
    }

    /// Takes the next piece of the body and hands every block it closes to `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(&Frame<'_>)) {
        self.push_to(&mut Taker(sink), bytes);
    }

    /// The same, for whoever knows blocks at sight.
    pub fn push_to(&mut self, sink: &mut impl Sink, bytes: &[u8]) {
        if !self.started && self.block.is_empty() {
            self.started = bytes.len() >= BOM.len() && !bytes.starts_with(BOM);
        }
        if self.started && self.block.is_empty() && self.skipped == 0 {
            // Nothing is left of before: only what this piece leaves over is kept.
            let consumed = self.cut(bytes, false, sink);
            self.block.extend_from_slice(&bytes[consumed..]);
            return self.keep();
        }
        self.block.extend_from_slice(bytes);
        if self.started || self.skip_bom(false) {
            self.cut_kept(false, sink);
        }
    }

    /// The body is over: hands out what is left, as a block that was not closed, unless nothing is.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Frame<'_>)) {
        self.finish_to(&mut Taker(sink));
    }

    /// The same, for whoever knows blocks at sight.
    pub fn finish_to(&mut self, sink: &mut impl Sink) {
        if !self.started {
            self.skip_bom(true);
        }
        self.cut_kept(true, sink);
        if !self.block.is_empty() || self.skipped > 0 {
            let block = std::mem::take(&mut self.block);
            self.emit(&block, false, sink);
        }
    }

    /// Bytes that belong to a block not closed yet.
    pub fn pending(&self) -> usize {
        self.block.len()
    }

    /// Says whether enough is known to go on.
    fn skip_bom(&mut self, at_end: bool) -> bool {
        if !at_end && self.block.len() < BOM.len() && BOM.starts_with(&self.block) {
            return false;
        }
        self.started = true;
        if self.block.starts_with(BOM) {
            self.block.drain(..BOM.len());
            self.offset = BOM.len() as u64;
            self.bom = true;
        }
        true
    }

    /// Cuts what is kept.
    fn cut_kept(&mut self, at_end: bool, sink: &mut impl Sink) {
        let block = std::mem::take(&mut self.block);
        let consumed = self.cut(&block, at_end, sink);
        self.block = block;
        self.block.drain(..consumed);
        self.keep();
    }

    /// After cutting: what is left has been looked through.
    fn keep(&mut self) {
        self.bound();
        // A CR at the very end is undecided.
        self.scanned = self.block.len() - usize::from(self.block.last() == Some(&b'\r'));
    }

    /// Says how many of the bytes are done with.
    fn cut(&mut self, block: &[u8], at_end: bool, sink: &mut impl Sink) -> usize {
        // A block that comes in small pieces is not asked about for each of them.
        let is_worth = self.scanned == 0 || memchr(b'\n', &block[self.scanned..]).is_some();
        let mut consumed = if is_worth {
            self.claimed(block, 0, sink)
        } else {
            0
        };
        self.line_start = self.line_start.max(consumed);
        let mut from = self.line_start.max(self.scanned);
        while let Some((line_end, next)) = line_break(block, from, at_end) {
            let is_empty = line_end == self.line_start && !self.line_cut;
            self.line_start = next;
            self.line_cut = false;
            from = next;
            if !is_empty {
                continue;
            }
            // An empty line before any field closes nothing.
            if line_end == consumed && self.skipped == 0 {
                self.offset += (next - consumed) as u64;
            } else {
                self.emit(&block[consumed..next], true, sink);
            }
            consumed = self.claimed(block, next, sink);
            self.line_start = consumed;
            from = consumed;
        }
        self.line_start -= consumed;
        consumed
    }

    /// Hands out the blocks that are claimed, from where one begins; says where the next does.
    fn claimed(&mut self, block: &[u8], begin: usize, sink: &mut impl Sink) -> usize {
        let mut at = begin;
        if self.skipped > 0 || self.bom {
            return at;
        }
        let limit = self.max_block.unwrap_or(MAX_BLOCK);
        while at < block.len() {
            let begin = Begin {
                index: self.index,
                offset: self.offset,
            };
            let rest = &block[at..];
            let Some(length) = sink.claim(begin, &rest[..rest.len().min(limit)]) else {
                break;
            };
            self.index += 1;
            self.offset += length as u64;
            at += length;
        }
        at
    }

    /// Forgets what exceeds the limit, but for the start of the block.
    fn bound(&mut self) {
        let limit = self.max_block.unwrap_or(MAX_BLOCK);
        if self.block.len() <= limit {
            return;
        }
        let keep = kept_of(limit);
        // A CR at the very end is undecided and must stay.
        let tail = usize::from(self.block.last() == Some(&b'\r'));
        let end = self.block.len() - tail;
        self.line_cut = self.line_cut || self.line_start < end;
        self.skipped += (end - keep) as u64;
        self.block.drain(keep..end);
        self.line_start = keep;
    }

    fn emit(&mut self, raw: &[u8], closed: bool, sink: &mut impl Sink) {
        let length = raw.len() as u64 + std::mem::take(&mut self.skipped);
        // Also where it came in pieces so large that nothing was skipped: what is handed out must
        // not depend on how the bytes were cut.
        let limit = self.max_block.unwrap_or(MAX_BLOCK);
        let oversized = length > limit as u64;
        let kept = if oversized {
            kept_of(limit).min(raw.len())
        } else {
            raw.len()
        };
        let raw = &raw[..kept];
        let mut frame = parse_block(raw);
        frame.index = self.index;
        frame.offset = self.offset;
        frame.lines.closed = closed;
        frame.lines.bom = std::mem::take(&mut self.bom);
        frame.lines.oversized = oversized;
        if oversized {
            // The cut may have gone through a character.
            let fault = std::str::from_utf8(raw).err();
            frame.lines.not_utf8 = fault.is_some_and(|fault| fault.error_len().is_some());
        }
        sink.take(&frame);
        self.index += 1;
        self.offset += length;
    }
}

/// Bytes that are kept of a block that is longer than the limit.
fn kept_of(limit: usize) -> usize {
    KEPT_OF_OVERSIZED.min(limit / 2)
}

/// The next line's end and the start of the one after it. `None`: no line is complete.
fn line_break(bytes: &[u8], from: usize, at_end: bool) -> Option<(usize, usize)> {
    let end = from + memchr2(b'\n', b'\r', &bytes[from..])?;
    if bytes[end] == b'\n' {
        return Some((end, end + 1));
    }
    match bytes.get(end + 1) {
        Some(b'\n') => Some((end, end + 2)),
        Some(_) => Some((end, end + 1)),
        None if at_end => Some((end, end + 1)),
        None => None,
    }
}

/// Reads the fields of one block.
fn parse_block(raw: &[u8]) -> Frame<'_> {
    let mut lines = Lines {
        not_utf8: std::str::from_utf8(raw).is_err(),
        ..Lines::default()
    };
    let mut data: Option<Cow<'_, [u8]>> = None;
    let mut name = None;
    let mut at = 0;
    while at < raw.len() {
        let (end, next) = line_break(raw, at, true).unwrap_or((raw.len(), raw.len()));
        match next - end {
            2 => lines.crlf += 1,
            1 if raw[end] == b'\n' => lines.lf += 1,
            1 => lines.cr += 1,
            _ => {}
        }
        let line = &raw[at..end];
        at = next;
        let Some((field, value)) = split_field(line, &mut lines) else {
            continue;
        };
        match field {
            b"data" => {
                lines.data += 1;
                data = Some(match data {
                    None => Cow::Borrowed(value),
                    Some(before) => joined(before, value),
                });
            }
            b"event" => {
                lines.event += 1;
                lines.data_before_event |= lines.data > 0;
                name = Some(match std::str::from_utf8(value) {
                    Ok(name) => Cow::Borrowed(name),
                    Err(_) => String::from_utf8_lossy(value),
                });
            }
            b"id" => lines.id += 1,
            b"retry" => lines.retry += 1,
            _ => lines.unknown += 1,
        }
    }
    Frame {
        index: 0,
        offset: 0,
        raw,
        name,
        data: data.unwrap_or_default(),
        lines,
    }
}

fn joined<'a>(before: Cow<'a, [u8]>, value: &[u8]) -> Cow<'a, [u8]> {
    let mut joined = before.into_owned();
    joined.push(b'\n');
    joined.extend_from_slice(value);
    Cow::Owned(joined)
}

/// Field name and value; `None` for empty lines and comments, which are counted.
fn split_field<'a>(line: &'a [u8], lines: &mut Lines) -> Option<(&'a [u8], &'a [u8])> {
    if line.is_empty() {
        return None;
    }
    let Some(colon) = memchr(b':', line) else {
        // A line without a colon is a field with an empty value.
        lines.unspaced += 1;
        return Some((line, b""));
    };
    let (field, rest) = (&line[..colon], &line[colon + 1..]);
    if field.is_empty() {
        lines.comment += 1;
        return None;
    }
    let value = rest.strip_prefix(b" ").unwrap_or(rest);
    if value.len() == rest.len() || value.starts_with(b" ") {
        lines.unspaced += 1;
    }
    Some((field, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Clone)]
    struct Seen {
        offset: u64,
        raw: Vec<u8>,
        name: Option<String>,
        data: Vec<u8>,
        lines: Lines,
    }

    fn read(pieces: &[&[u8]]) -> Vec<Seen> {
        read_with(Reader::new(), pieces)
    }

    fn read_with(mut reader: Reader, pieces: &[&[u8]]) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut sink = |frame: &Frame<'_>| {
            seen.push(Seen {
                offset: frame.offset,
                raw: frame.raw.to_vec(),
                name: frame.name.as_deref().map(str::to_owned),
                data: frame.data.to_vec(),
                lines: frame.lines,
            });
        };
        for piece in pieces {
            reader.push(piece, &mut sink);
        }
        reader.finish(&mut sink);
        seen
    }

    fn dispatched(text: &str) -> Vec<(String, String)> {
        let seen = read(&[text.as_bytes()]).into_iter();
        seen.filter(|seen| seen.lines.closed && seen.lines.data > 0)
            .map(|seen| {
                let data = String::from_utf8(seen.data).unwrap();
                (seen.name.unwrap_or_default(), data)
            })
            .collect()
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn standard_reading_of_fields() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("data: a\n\n", &[("", "a")]),
            ("data:a\n\ndata:  b\n\n", &[("", "a"), ("", " b")]),
            ("event: x\ndata: 1\ndata: 2\n\n", &[("x", "1\n2")]),
            ("data\n\ndata\ndata\n\n", &[("", ""), ("", "\n")]),
            (": note\ndata: a\n\n: only\n\n", &[("", "a")]),
            ("event: lost\n\ndata: kept\n\n", &[("", "kept")]),
            (
                "data: a\r\n\r\ndata: b\r\rdata: c\n\n",
                &[("", "a"), ("", "b"), ("", "c")],
            ),
            ("\u{feff}data: a\n\n", &[("", "a")]),
            ("\n\n\ndata: a\n\n\n", &[("", "a")]),
            ("data: unclosed\n", &[]),
            ("data: é\u{0}\n\n", &[("", "é\u{0}")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|(n, d)| pair(n, d)).collect();
            assert_eq!(dispatched(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_a_standard_reader_forgets_is_kept() {
        let seen = read(&[b"data:x\r\nevent: n\nid: 1\nretry: 5\n: c\nodd: y\n\n"]);
        let lines = seen[0].lines;
        assert_eq!(
            (lines.data, lines.event, lines.id, lines.retry),
            (1, 1, 1, 1)
        );
        assert_eq!((lines.comment, lines.unknown, lines.unspaced), (1, 1, 1));
        assert_eq!((lines.lf, lines.crlf, lines.cr), (6, 1, 0));
        assert!(lines.data_before_event && lines.closed);
    }

    #[test]
    fn leftovers_are_a_block_that_is_not_closed() {
        let seen = read(&[b"data: a\n\ndata: b\n"]);
        assert_eq!(seen.len(), 2);
        assert!(!seen[1].lines.closed);
        assert_eq!(
            (seen[1].offset, seen[1].data.as_slice()),
            (9, b"b".as_slice())
        );
    }

    #[test]
    fn a_block_over_the_limit_is_cut_and_said() {
        let long = format!("data: {}\n\ndata: next\n\n", "x".repeat(500));
        for step in [1, 7, 1000] {
            let pieces: Vec<&[u8]> = long.as_bytes().chunks(step).collect();
            let seen = read_with(Reader::with_max_block(64), &pieces);
            assert!(seen[0].lines.oversized, "{step}");
            assert_eq!(seen[0].raw, &long.as_bytes()[..32], "{step}");
            assert_eq!(seen.len(), 2, "{step}");
            assert_eq!(seen[1].data, b"next");
            assert_eq!(seen[1].offset, 508);
        }
    }

    #[test]
    fn a_long_line_is_searched_once_however_small_its_pieces() {
        let mut reader = Reader::new();
        for _ in 0..3 {
            reader.push(b"data: aaaa", &mut |_| {});
            assert_eq!(reader.scanned, reader.pending());
        }
        reader.push(b"\r", &mut |_| {});
        assert_eq!(reader.scanned, reader.pending() - 1);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "data: a", "data:b", "event: e", ": c", "id: 1", "\n", "\r", "\r\n", "\n\n",
                    "\r\n\r\n", "é", "\u{feff}", " ", "x",
                ]),
                0..40,
            ),
            cuts in prop::collection::vec(1usize..6, 0..200),
        ) {
            let text: String = parts.concat();
            let mut pieces = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let whole = read(&[text.as_bytes()]);
            prop_assert_eq!(&whole, &read(&pieces));
            let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            prop_assert_eq!(&whole, &read(&bytes));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let pieces: Vec<&[u8]> = bytes.chunks(3).collect();
            prop_assert_eq!(read(&pieces), read(&[bytes.as_slice()]));
        }
    }
}
