//! The offending bytes as a person can see them: the lines around them, a caret below, and nothing
//! that a terminal would act on.

use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// Columns of a line that are shown.
const WIDTH: usize = 96;
/// Of those, before the caret.
const BEFORE: usize = 32;
/// Bytes on either side of the caret that are looked at: a line may have megabytes.
const REACH: usize = 2000;

/// Lines with, below one of them, the caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Picture {
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1; `None`: not a line of the body.
    pub(super) number: Option<u64>,
    pub(super) text: String,
    /// Columns before the caret, and how many it covers.
    pub(super) caret: Option<(usize, usize)>,
}

/// Line and column of a byte, from 1. Columns count characters.
pub(super) fn position(body: &[u8], at: usize) -> (u64, u64) {
    let before = &body[..at.min(body.len())];
    let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |index| index + 1);
    let continues = |byte: &&u8| **byte & 0xC0 == 0x80;
    let within = &before[start..];
    let characters = within.len() - within.iter().filter(continues).count();
    (line, characters as u64 + 1)
}

/// The longest line of a stretch of the body, without its end.
pub(super) fn longest_line(body: &[u8], stretch: Range<usize>) -> Range<usize> {
    let mut longest = stretch.start..stretch.start;
    let mut start = stretch.start;
    for line in body[stretch].split(|byte| matches!(byte, b'\n' | b'\r')) {
        if line.len() > longest.len() {
            longest = start..start + line.len();
        }
        start += line.len() + 1;
    }
    longest
}

/// What is left of the first line of a stretch once separators are passed.
pub(super) fn first_line(body: &[u8], stretch: Range<usize>) -> Range<usize> {
    let part = &body[stretch.clone()];
    let is_between = |byte: &&u8| byte.is_ascii_whitespace() || matches!(**byte, b',' | b'[');
    let skipped = part.iter().take_while(is_between).count();
    let skipped = if skipped == part.len() { 0 } else { skipped };
    let rest = &part[skipped..];
    let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    let start = stretch.start + skipped;
    start..start + length
}

/// A line that is not of the body, all of it meant.
pub(super) fn line(text: &[u8]) -> Picture {
    Picture {
        lines: vec![shown(text, Some(0..text.len()), None)],
    }
}

/// A place in the body; its end is moved to where its last words end.
pub(super) fn in_words(body: &[u8], at: usize) -> usize {
    if at >= body.len() {
        body.trim_ascii_end().len()
    } else {
        at
    }
}

/// The lines of the body around some bytes: theirs, the one before and the one after.
pub(super) fn around(body: &[u8], at: Range<usize>) -> Picture {
    let start = in_words(body, at.start);
    let at = start..at.end.max(start);
    let (number, _) = position(body, start);
    let this = line_at(body, at.start);
    let mut lines = Vec::new();
    if this.start > 0 {
        let before = line_at(body, this.start - 1);
        if !before.is_empty() {
            lines.push(shown(&body[before], None, number.checked_sub(1)));
        }
    }
    let within = at.start - this.start..at.end.min(this.end).max(at.start) - this.start;
    lines.push(shown(&body[this.clone()], Some(within), Some(number)));
    if let Some(b'\n') = body.get(this.end)
        && this.end + 1 < body.len()
    {
        let after = line_at(body, this.end + 1);
        if !body[after.clone()].trim_ascii().is_empty() {
            lines.push(shown(&body[after], None, Some(number + 1)));
        }
    }
    Picture { lines }
}

/// The line around a byte, without its LF.
fn line_at(body: &[u8], at: usize) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &body[..at]).map_or(0, |index| index + 1);
    let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |index| at + index);
    start..end
}

/// One character, or one byte that is none, as it is shown.
struct Cell {
    text: String,
    width: usize,
    bytes: Range<usize>,
}

/// A line cut to the window around its caret.
fn shown(line: &[u8], caret: Option<Range<usize>>, number: Option<u64>) -> Line {
    let middle = caret.as_ref().map_or(0, |caret| caret.start);
    let from = boundary(line, middle.saturating_sub(REACH));
    let to = boundary(line, (middle + REACH).min(line.len()));
    let cells = cells(line, from..to);
    let first = first_cell(&cells, middle);
    let mut text = String::new();
    let (mut columns, mut pad, mut covered) = (0, 0, 0);
    if from > 0 || first > 0 {
        text.push('…');
        columns += 1;
        pad += 1;
    }
    let mut is_whole = true;
    for cell in &cells[first..] {
        if columns + cell.width > WIDTH {
            is_whole = false;
            break;
        }
        text.push_str(&cell.text);
        columns += cell.width;
        let Some(caret) = &caret else { continue };
        if cell.bytes.end <= caret.start {
            pad += cell.width;
        } else if cell.bytes.start < caret.end {
            covered += cell.width;
        }
    }
    if !is_whole || to < line.len() {
        text.push('…');
    }
    Line {
        number,
        text,
        caret: caret.map(|_| (pad, covered.max(1))),
    }
}

/// The first cell of the window: as much before the caret as there is room for.
fn first_cell(cells: &[Cell], middle: usize) -> usize {
    let all: usize = cells.iter().map(|cell| cell.width).sum();
    if all <= WIDTH {
        return 0;
    }
    let mut first = cells
        .iter()
        .take_while(|cell| cell.bytes.end <= middle)
        .count();
    let mut room = BEFORE;
    while first > 0 && cells[first - 1].width <= room {
        first -= 1;
        room -= cells[first].width;
    }
    first
}

/// A place between two characters, at or a little after `at`.
fn boundary(line: &[u8], at: usize) -> usize {
    let rest = line[at..].iter().take(3);
    at + rest.take_while(|byte| *byte & 0xC0 == 0x80).count()
}

fn cells(line: &[u8], part: Range<usize>) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut at = part.start;
    for chunk in line[part].utf8_chunks() {
        for c in chunk.valid().chars() {
            let text = visible(c);
            cells.push(Cell {
                width: width(&text),
                text,
                bytes: at..at + c.len_utf8(),
            });
            at += c.len_utf8();
        }
        for byte in chunk.invalid() {
            let text = format!("<{byte:02X}>");
            cells.push(Cell {
                width: width(&text),
                text,
                bytes: at..at + 1,
            });
            at += 1;
        }
    }
    cells
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Tabs as four columns, control characters by their pictures, and what turns the direction of
/// writing or hides by its number.
fn visible(c: char) -> String {
    match c {
        '\t' => "    ".to_owned(),
        '\u{7f}' => '\u{2421}'.to_string(),
        c if u32::from(c) < 0x20 => {
            let picture = char::from_u32(0x2400 + u32::from(c));
            picture.unwrap_or('\u{fffd}').to_string()
        }
        c if is_hidden(c) => {
            let mut text = String::new();
            let _ = write!(text, "<U+{:04X}>", u32::from(c));
            text
        }
        c => c.to_string(),
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(
            c,
            '\u{2060}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
        )
}

/// What a peer or a file's name says, fit for a line of a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\t' {
                " ".to_owned()
            } else {
                visible(c)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(body: &[u8], at: Range<usize>) -> String {
        let mut out = String::new();
        for line in around(body, at).lines {
            let _ = writeln!(out, "{} {}", line.number.unwrap_or(0), line.text);
            if let Some((pad, covered)) = line.caret {
                let _ = writeln!(out, "  {}{}", " ".repeat(pad), "^".repeat(covered));
            }
        }
        out
    }

    #[test]
    fn the_caret_stands_below_the_bytes_whatever_their_width() {
        assert_eq!(
            drawn(
                "event: a\ndata: {\"a\":\"日本\",\"b\":7}\n\n".as_bytes(),
                33..34
            ),
            "1 event: a\n2 data: {\"a\":\"日本\",\"b\":7}\n                        ^\n"
        );
        assert_eq!(drawn(b"a\tb\rc\x1b[2J", 2..3), "1 a    b␍c␛[2J\n       ^\n");
        assert_eq!(drawn(b"x\xE2\x82y", 1..3), "1 x<E2><82>y\n   ^^^^^^^^\n");
        assert_eq!(
            drawn("e\u{301}\u{202e}x".as_bytes(), 6..7),
            "1 e\u{301}<U+202E>x\n           ^\n"
        );
    }

    #[test]
    fn the_end_is_shown_behind_the_last_words() {
        assert_eq!(
            drawn(b"data: a\n\ndata: b\n\n", 18..18),
            "3 data: b\n         ^\n"
        );
        assert_eq!(drawn(b"", 0..0), "1 \n  ^\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}X{}", "é".repeat(100_000), "ü".repeat(100_000));
        let drawn = drawn(line.as_bytes(), 200_000..200_001);
        let rows: Vec<_> = drawn.lines().collect();
        assert_eq!(rows.len(), 2, "{drawn}");
        let caret = rows[1].chars().position(|c| c == '^');
        assert_eq!(
            rows[0].chars().nth(caret.unwrap_or(0)),
            Some('X'),
            "{drawn}"
        );
        assert!(rows[0].chars().count() < 110, "{drawn}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_shown_and_nothing_shown_moves_the_cursor(
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
            from in 0_usize..400,
            length in 0_usize..50,
        ) {
            let from = from.min(body.len());
            let to = (from + length).min(body.len());
            let drawn = drawn(&body, from..to);
            proptest::prop_assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()));
            proptest::prop_assert!(drawn.contains('^'));
            longest_line(&body, from..to);
            first_line(&body, from..to);
        }
    }
}
