//! Money: whole micro-dollars, read from decimal text without a float in between.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

use crate::json::Value;

/// Credits: 1 credit = 1 micro-USD (the gateway's credits and billing page).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct Credits(pub i64);

/// A quantity as it was written: its value, and the smallest step that its decimals can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Amount {
    pub credits: Credits,
    /// 10^(6 - decimals) credits; at least 1.
    pub quantum: Credits,
}

impl Credits {
    pub const ZERO: Self = Self(0);

    /// Dollars with six decimals, without the unit.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        format!("{sign}{}.{:06}", value / 1_000_000, value % 1_000_000)
    }

    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl Amount {
    /// Reads `192.40` as dollars. `None` for anything but digits with at most one dot and six
    /// decimals (more must be zeros), an optional sign, and a value below nine billion dollars.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(decimals) {
            return None;
        }
        if digits.contains('.') && decimals.is_empty() {
            return None;
        }
        let (kept, beyond) = decimals.split_at(decimals.len().min(6));
        if beyond.bytes().any(|byte| byte != b'0') {
            return None;
        }
        let places = u32::try_from(kept.len()).ok()?;
        let quantum = 10_i64.pow(6 - places);
        let fraction: i64 = if kept.is_empty() {
            0
        } else {
            kept.parse().ok()?
        };
        let credits = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
        let credits = credits.checked_add(fraction.checked_mul(quantum)?)?;
        let credits = Credits(if negative { -credits } else { credits });
        Some(Self {
            credits,
            quantum: Credits(quantum),
        })
    }

    /// Reads a JSON number, digit by digit, or a text.
    pub fn of_json(value: &Value) -> Option<Self> {
        Self::parse(&value.plain()?)
    }
}

impl Add for Credits {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Credits {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Credits {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// Dollars with six decimals.
impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", self.decimal())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_text_is_read_exactly_with_its_quantum() {
        let cases = [
            ("192.40", Some((192_400_000, 10_000))),
            ("0.00", Some((0, 10_000))),
            ("7", Some((7_000_000, 1_000_000))),
            ("0.000001", Some((1, 1))),
            ("1.0000010", Some((1_000_001, 1))),
            ("-3.5", Some((-3_500_000, 100_000))),
            ("1.0000001", None),
            ("", None),
            (".5", None),
            ("5.", None),
            ("1,000.00", None),
            ("1e3", None),
            ("NaN", None),
            ("+1.00", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            let read = Amount::parse(text).map(|a| (a.credits.0, a.quantum.0));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn the_smallest_sums_of_json_are_read() {
        for (text, credits) in [
            ("0.000001", 1),
            ("0.00001", 10),
            ("2e-6", 2),
            ("1e3", 1_000_000_000),
        ] {
            let value = crate::json::parse(text.as_bytes()).unwrap();
            let read = Amount::of_json(&value).map(|amount| amount.credits.0);
            assert_eq!(read, Some(credits), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_json_number_loses_nothing(credits in 0_i64..1_000_000_000_000_000) {
            let text = format!("{}.{:06}", credits / 1_000_000, credits % 1_000_000);
            let value = crate::json::parse(text.as_bytes()).unwrap();
            prop_assert_eq!(Amount::of_json(&value).unwrap().credits, Credits(credits));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Amount::parse(&text);
        }
    }
}
