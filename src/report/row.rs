//! A row of a table, field by field. There may be millions of them, each of dozens of fields.

use super::line::in_a_line;
use crate::billing::Credits;

/// Emptied when it has been written, and used again.
#[derive(Default)]
pub(super) struct Row {
    fields: csv::ByteRecord,
}

impl Row {
    pub(super) fn text(&mut self, text: &str) {
        self.fields.push_field(text.as_bytes());
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
        self.fields.push_field(&digits[from..]);
    }

    pub(super) fn write(
        &mut self,
        table: &mut csv::Writer<impl std::io::Write>,
    ) -> csv::Result<()> {
        let written = table.write_byte_record(&self.fields);
        self.clear();
        written
    }

    pub(super) fn clear(&mut self) {
        self.fields.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        let mut row = Row::default();
        let mut expected = csv::ByteRecord::new();
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
            expected.push_field(number.to_string().as_bytes());
            row.decimal(Some(number), 3);
            let thousandths = format!("{}.{:03}", number / 1_000, number % 1_000);
            expected.push_field(thousandths.as_bytes());
            row.decimal(Some(number), 6);
            let millionths = format!("{}.{:06}", number / 1_000_000, number % 1_000_000);
            expected.push_field(millionths.as_bytes());
        }
        row.number(None);
        expected.push_field(b"");
        assert_eq!(row.fields, expected);
    }

    #[test]
    fn amounts_are_written_as_they_write_themselves() {
        let mut row = Row::default();
        let mut expected = csv::ByteRecord::new();
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
            expected.push_field(credits.to_string().as_bytes());
            expected.push_field(amount.decimal().as_bytes());
        }
        row.credits(None);
        expected.push_field(b"");
        assert_eq!(row.fields, expected);
    }
}
