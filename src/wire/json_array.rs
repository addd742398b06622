//! A streamed JSON array: bytes in any pieces, elements out as soon as each is complete.
//!
//! Gemini streams this way when asked without `alt=sse`. Only brackets and strings are followed;
//! whether an element is JSON is for its reader to say.

use std::borrow::Cow;

use super::frame::{Frame, Lines};

/// A longer element is an error of the peer; reading stops there.
pub const MAX_ELEMENT: usize = 16 << 20;

/// What was wrong with the array around the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrayFault {
    /// The first byte that is not white space is no `[`.
    NotAnArray,
    /// Between elements stands something other than one comma.
    Separator,
    /// The body ended before `]`.
    Unclosed,
    /// Bytes after the closing `]`.
    Trailing,
    /// An element is longer than [`MAX_ELEMENT`].
    Oversized,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    BeforeArray,
    /// After `[` or an element; whether a comma was seen.
    Between {
        comma: bool,
    },
    Inside,
    /// In a bare number, word or string at the array's own level.
    Scalar,
    AfterArray,
}

/// Cuts the body into elements. After a fault nothing more is handed out.
#[derive(Debug, Default)]
pub struct Reader {
    /// Bytes since the end of the last element, and while a piece is read those before it.
    pending: Vec<u8>,
    /// End of the last element in `pending`.
    start: usize,
    scanned: usize,
    element_start: usize,
    place: Place,
    depth: u32,
    in_string: bool,
    escaped: bool,
    offset: u64,
    index: u32,
    fault: Option<ArrayFault>,
    max_element: Option<usize>,
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    /// For tests of the limit.
    pub fn with_max_element(max_element: usize) -> Self {
        Self {
            max_element: Some(max_element),
            ..Self::default()
        }
    }

    pub fn fault(&self) -> Option<ArrayFault> {
        self.fault
    }

    /// Whether the closing bracket was seen.
    pub fn is_closed(&self) -> bool {
        self.place == Place::AfterArray
    }

    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(&Frame<'_>)) {
        if self.fault.is_some() {
            return;
        }
        self.pending.extend_from_slice(bytes);
        while self.scanned < self.pending.len() && self.fault.is_none() {
            let byte = self.pending[self.scanned];
            self.scanned += 1;
            let is_whole = self.step(byte);
            // Byte by byte: what is too long must not depend on how the bytes were cut.
            if self.scanned - self.start > self.max_element.unwrap_or(MAX_ELEMENT) {
                self.fault = Some(ArrayFault::Oversized);
                self.pending = Vec::new();
                return;
            }
            if is_whole {
                self.emit(sink);
            }
        }
        self.pending.drain(..self.start);
        self.scanned -= self.start;
        self.element_start = self.element_start.saturating_sub(self.start);
        self.start = 0;
    }

    /// The body is over.
    pub fn finish(&mut self) {
        if self.place != Place::AfterArray {
            self.fault = self.fault.or(Some(ArrayFault::Unclosed));
        }
    }

    /// Follows one byte; says whether it completed an element.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            return self.step_in_string(byte);
        }
        match (self.place, byte) {
            (Place::Inside, b'"') => self.in_string = true,
            (Place::Inside, b'{' | b'[') => self.depth += 1,
            (Place::Inside, b'}' | b']') => {
                self.depth -= 1;
                return self.depth == 0;
            }
            (Place::Scalar, b',' | b']') => {
                // The scalar ended one byte ago; look at this byte again as a separator.
                self.scanned -= 1;
                return true;
            }
            (Place::Inside | Place::Scalar, _) | (_, b' ' | b'\t' | b'\r' | b'\n') => {}
            (Place::BeforeArray, b'[') => self.place = Place::Between { comma: true },
            (Place::BeforeArray, _) => self.fault = Some(ArrayFault::NotAnArray),
            (Place::Between { comma: false }, b',') => self.place = Place::Between { comma: true },
            (Place::Between { comma }, b']') => {
                if comma && self.index > 0 {
                    self.fault = Some(ArrayFault::Separator);
                }
                self.place = Place::AfterArray;
            }
            (Place::Between { comma: false }, _) | (Place::Between { .. }, b',') => {
                self.fault = Some(ArrayFault::Separator);
            }
            (Place::Between { .. }, _) => self.open(byte),
            (Place::AfterArray, _) => self.fault = Some(ArrayFault::Trailing),
        }
        false
    }

    fn open(&mut self, byte: u8) {
        self.element_start = self.scanned - 1;
        if matches!(byte, b'{' | b'[') {
            self.place = Place::Inside;
            self.depth = 1;
        } else {
            self.place = Place::Scalar;
            self.in_string = byte == b'"';
        }
    }

    fn step_in_string(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        match byte {
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
        false
    }

    fn emit(&mut self, sink: &mut impl FnMut(&Frame<'_>)) {
        let raw = &self.pending[self.start..self.scanned];
        let data = &raw[self.element_start - self.start..];
        let lines = Lines {
            closed: true,
            not_utf8: std::str::from_utf8(raw).is_err(),
            ..Lines::default()
        };
        let data = Cow::Borrowed(data);
        sink(&Frame {
            index: self.index,
            offset: self.offset,
            raw,
            name: None,
            data,
            lines,
        });
        self.index += 1;
        self.offset += raw.len() as u64;
        self.start = self.scanned;
        self.element_start = self.scanned;
        self.place = Place::Between { comma: false };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8], step: usize) -> (Vec<String>, Option<ArrayFault>) {
        let mut reader = Reader::new();
        let mut elements = Vec::new();
        for piece in text.chunks(step) {
            reader.push(piece, &mut |frame| {
                elements.push(String::from_utf8_lossy(&frame.data).into_owned());
            });
        }
        reader.finish();
        (elements, reader.fault())
    }

    #[test]
    fn elements_come_out_whole() {
        let text = b"[{\n \"a\": \"]},\\\"\"\n}\n,\r\n{\"b\": [1, {}]}\n]";
        for step in [1, 2, 5, 100] {
            let (elements, fault) = read(text, step);
            assert_eq!(elements, ["{\n \"a\": \"]},\\\"\"\n}", "{\"b\": [1, {}]}"]);
            assert_eq!(fault, None);
        }
    }

    #[test]
    fn what_is_no_array_of_elements_is_a_fault() {
        let cases: &[(&str, Option<ArrayFault>)] = &[
            ("[]", None),
            ("{}", Some(ArrayFault::NotAnArray)),
            ("[{}", Some(ArrayFault::Unclosed)),
            ("", Some(ArrayFault::Unclosed)),
            ("[{}{}]", Some(ArrayFault::Separator)),
            ("[{},]", Some(ArrayFault::Separator)),
            ("[,{}]", Some(ArrayFault::Separator)),
            ("[{}]x", Some(ArrayFault::Trailing)),
            ("[1,\"a\",{}]", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes(), 1).1, *expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_pieces_do_not_matter(
            parts in prop::collection::vec(
                prop::sample::select(vec!["[", "]", "{", "}", ",", "\"", "\\", " ", "1", "é"]),
                0..40,
            ),
        ) {
            let text = parts.concat();
            prop_assert_eq!(read(text.as_bytes(), 1), read(text.as_bytes(), 1000));
        }
    }
}
