//! One JSON document a line: a stream of which only the documents were kept.
//!
//! Recorders of some test suites keep streams so. What lay between the documents is lost, hence the
//! frames look as if it had been as it should: rules about framing must be silent about them.

use std::borrow::Cow;

use super::frame::{Frame, Lines};

/// A longer line is cut.
pub const MAX_LINE: usize = 16 << 20;

/// Cuts a body into lines; empty ones are passed over.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    /// Bytes of the line that were not kept.
    cut: u64,
    offset: u64,
    index: u32,
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(&Frame<'_>)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = MAX_LINE.saturating_sub(self.line.len());
            let kept = piece.len().min(room);
            self.line.extend_from_slice(&piece[..kept]);
            self.cut += (piece.len() - kept) as u64;
            if piece.ends_with(b"\n") {
                self.emit(sink);
            }
        }
    }

    /// The body is over; its last line need not be closed.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Frame<'_>)) {
        self.emit(sink);
    }

    fn emit(&mut self, sink: &mut impl FnMut(&Frame<'_>)) {
        let line = std::mem::take(&mut self.line);
        let cut = std::mem::take(&mut self.cut);
        let data = line.trim_ascii();
        if !data.is_empty() {
            let lines = Lines {
                data: 1,
                lf: 2,
                closed: true,
                oversized: cut > 0,
                not_utf8: std::str::from_utf8(data).is_err(),
                ..Lines::default()
            };
            sink(&Frame {
                index: self.index,
                offset: self.offset,
                raw: &line,
                name: None,
                data: Cow::Borrowed(data),
                lines,
            });
            self.index = self.index.saturating_add(1);
        }
        self.offset += line.len() as u64 + cut;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(u64, Vec<u8>)> {
        let mut read = Vec::new();
        let mut take = |frame: &Frame<'_>| read.push((frame.offset, frame.data.to_vec()));
        let mut reader = Reader::new();
        for piece in pieces {
            reader.push(piece, &mut take);
        }
        reader.finish(&mut take);
        read
    }

    #[test]
    fn documents_do_not_depend_on_how_the_bytes_were_cut() {
        let body: &[u8] = b"{\"a\":1}\r\n\n  \n[2]\n3";
        let wanted = [(0, &b"{\"a\":1}"[..]), (13, b"[2]"), (17, b"3")];
        let wanted = wanted.map(|(offset, data)| (offset, data.to_vec()));
        let bytes: Vec<_> = body.chunks(1).collect();
        assert_eq!(read(&[body]), wanted);
        assert_eq!(read(&bytes), wanted);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_keeps_its_place() {
        let long = vec![b'x'; MAX_LINE + 5];
        let read = read(&[&long, b"\n{}\n"]);
        assert_eq!(read[0].1.len(), MAX_LINE);
        assert_eq!(read[1], (MAX_LINE as u64 + 6, b"{}".to_vec()));
    }
}
