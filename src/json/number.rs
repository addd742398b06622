//! A number, digit by digit.

use compact_str::CompactString;

/// A JSON number as it was written.
#[derive(Debug, Clone)]
pub struct Number {
    text: CompactString,
}

impl Number {
    /// `text` must be a number by the grammar of JSON.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.into() }
    }

    /// As it was written: `1.50` keeps its nought.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Without an exponent and with every digit it was written with. `None`: it would take more
    /// than forty digits that were not written.
    pub fn plain(&self) -> Option<CompactString> {
        let Some((mantissa, exponent)) = self.text.split_once(['e', 'E']) else {
            return Some(self.text.clone());
        };
        let exponent: i32 = exponent
            .parse()
            .ok()
            .filter(|shift| (-40..=40).contains(shift))?;
        let (sign, mantissa) = mantissa
            .strip_prefix('-')
            .map_or(("", mantissa), |rest| ("-", rest));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let shift = exponent.unsigned_abs() as usize;
        let (before, behind, after) = if exponent < 0 {
            (shift, 0, fraction.len() + shift)
        } else {
            let behind = shift.saturating_sub(fraction.len());
            (0, behind, fraction.len().saturating_sub(shift))
        };
        let noughts = |count: usize| "0".repeat(count);
        let digits = format!("{}{whole}{fraction}{}", noughts(before), noughts(behind));
        let point = digits.len() - after;
        let whole = digits[..point].trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let after = &digits[point..];
        let dot = if after.is_empty() { "" } else { "." };
        Some(format!("{sign}{whole}{dot}{after}").into())
    }

    /// The value of a whole number that is written without fraction and exponent.
    pub fn as_u64(&self) -> Option<u64> {
        /// Digits that no `u64` is too small for.
        const FEW: usize = 19;
        let digits = self.text.as_bytes();
        if digits.len() > FEW {
            return self.text.parse().ok();
        }
        digits.iter().try_fold(0, |sum, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| sum * 10 + u64::from(digit))
        })
    }

    pub fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// The nearest double; infinite where the number is beyond all doubles.
    pub fn as_f64(&self) -> f64 {
        // The grammar of JSON is part of what `f64` reads.
        self.text.parse().unwrap_or(f64::NAN)
    }
}

/// Whole numbers by value, others as doubles; a whole number is never equal to `1.0`.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        let is_whole = |number: &Self| !number.text.contains(['.', 'e', 'E']);
        self.text == other.text
            || !is_whole(self)
                && !is_whole(other)
                && self.as_f64().total_cmp(&other.as_f64()).is_eq()
    }
}
