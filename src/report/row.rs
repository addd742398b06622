//! A row of a table, field by field. There may be millions of them, each of dozens of fields, of
//! which next to none needs quoting: those are put down as they are, and the library quotes the
//! others.

use std::io;

use super::line::in_a_line;
use crate::billing::Credits;

/// Emptied when it has been written, and used again.
#[derive(Default)]
pub(super) struct Row {
    /// The fields so far, each with a comma behind it.
    line: Vec<u8>,
}

impl Row {
    pub(super) fn text(&mut self, text: &str) {
        if text.bytes().all(|byte| IS_PLAIN[usize::from(byte)]) {
            self.field(text.as_bytes());
        } else {
            self.field(&quoted(text));
        }
    }

    fn field(&mut self, field: &[u8]) {
        self.line.extend_from_slice(field);
        self.line.push(b',');
    }

    /// What a peer said, which may be of many lines.
    pub(super) fn said(&mut self, text: &str) {
        // As most of it is.
        if text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.text(text);
        } else {
            self.text(&in_a_line(text));
        }
    }

    pub(super) fn number(&mut self, number: Option<u64>) {
        self.decimal(number, 0);
    }

    /// A number in units of so many decimals. Formatting them the usual way cost as much as all
    /// else that is done with an exchange here.
    pub(super) fn decimal(&mut self, number: Option<u64>, decimals: usize) {
        self.signed(number.map(|number| (false, number)), decimals);
    }

    /// In credits, whole.
    pub(super) fn credits(&mut self, amount: Option<Credits>) {
        self.signed(
            amount.map(|amount| (amount.0 < 0, amount.0.unsigned_abs())),
            0,
        );
    }

    /// In dollars, as [`Credits::decimal`] has it.
    pub(super) fn usd(&mut self, amount: Option<Credits>) {
        self.signed(
            amount.map(|amount| (amount.0 < 0, amount.0.unsigned_abs())),
            6,
        );
    }

    /// Whether it is below nought, and what it is without a sign.
    fn signed(&mut self, number: Option<(bool, u64)>, decimals: usize) {
        let Some((is_negative, mut left)) = number else {
            return self.text("");
        };
        let mut digits = [b'0'; 24];
        let mut from = digits.len();
        while left > 0 || digits.len() - from <= decimals + decimals.min(1) {
            from -= 1;
            if decimals > 0 && digits.len() - from == decimals + 1 {
                digits[from] = b'.';
                continue;
            }
            digits[from] += u8::try_from(left % 10).unwrap_or_default();
            left /= 10;
        }
        if is_negative {
            from -= 1;
            digits[from] = b'-';
        }
        self.field(&digits[from..]);
    }

    pub(super) fn write(&mut self, table: &mut impl io::Write) -> io::Result<()> {
        if let Some(last) = self.line.last_mut() {
            *last = b'\n';
        }
        let written = table.write_all(&self.line);
        self.clear();
        written
    }

    pub(super) fn clear(&mut self) {
        self.line.clear();
    }
}

/// Bytes that never make a field need quoting: more cautious than the library, which knows best.
const IS_PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let other = matches!(
            byte as u8,
            b',' | b'"' | b'#' | b'\\' | b'\'' | 0..b' ' | 127
        );
        plain[byte] = !other;
        byte += 1;
    }
    plain
};

fn quoted(text: &str) -> Vec<u8> {
    let mut field = Vec::new();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(&mut field);
    // Nothing can go wrong in memory.
    let _ = writer.write_record([text]);
    drop(writer);
    field.truncate(field.len().saturating_sub(1));
    field
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(row: &mut Row) -> String {
        let mut out = Vec::new();
        row.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        let mut row = Row::default();
        let mut expected = Vec::new();
        for number in [
            0,
            5,
            10,
            999,
            1_000,
            1_001,
            1_234_567,
            98_765_432_100,
            u64::MAX,
        ] {
            row.number(Some(number));
            expected.push(number.to_string());
            row.decimal(Some(number), 3);
            let thousandths = format!("{}.{:03}", number / 1_000, number % 1_000);
            expected.push(thousandths);
            row.decimal(Some(number), 6);
            let millionths = format!("{}.{:06}", number / 1_000_000, number % 1_000_000);
            expected.push(millionths);
        }
        row.number(None);
        expected.push(String::new());
        assert_eq!(written(&mut row), expected.join(",") + "\n");
    }

    #[test]
    fn amounts_are_written_as_they_write_themselves() {
        let mut row = Row::default();
        let mut expected = Vec::new();
        for credits in [
            0,
            1,
            -1,
            999_999,
            -1_000_000,
            192_400_000,
            i64::MAX,
            i64::MIN,
        ] {
            let amount = Credits(credits);
            row.credits(Some(amount));
            row.usd(Some(amount));
            expected.push(credits.to_string());
            expected.push(amount.decimal());
        }
        row.credits(None);
        expected.push(String::new());
        assert_eq!(written(&mut row), expected.join(",") + "\n");
    }

    proptest! {
        /// Whatever a text holds, a reader of the library's gives it back, in its place.
        #[test]
        fn what_is_written_is_read_again(
            rows in prop::collection::vec(
                [r#"([a-z#,"'\n\r\t é]|\PC){0,8}"#, ".*", "[ -~]{0,5}"],
                1..6,
            ),
        ) {
            let mut row = Row::default();
            let mut out = Vec::new();
            for fields in &rows {
                fields.iter().for_each(|field| row.text(field));
                row.write(&mut out).unwrap();
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
            let read: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), rows.len());
            for (read, fields) in read.iter().zip(&rows) {
                prop_assert!(read.iter().eq(fields.iter()), "{read:?} {fields:?}");
            }
        }
    }
}
