//! Times of a trace's rows, as its publisher writes them.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

/// What a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    fn nanos(self) -> i128 {
        match self {
            Self::Seconds => 1_000_000_000,
            Self::Milliseconds => 1_000_000,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
        }
    }
}

/// In nanoseconds since some epoch; only differences mean something.
pub(super) fn parse(text: &str, unit: Unit) -> Result<i128, String> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    if !text.is_empty() && text.chars().all(is_number) {
        return number(text, unit).ok_or_else(|| expected(unit));
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Ok(stamp.as_nanosecond());
    }
    let date: DateTime = text.parse().map_err(|_| expected(unit))?;
    let stamp = TimeZone::UTC
        .to_timestamp(date)
        .map_err(|_| expected(unit))?;
    Ok(stamp.as_nanosecond())
}

fn expected(unit: Unit) -> String {
    let unit = unit.name();
    format!("expected {unit}, or a date such as `2023-11-16 18:15:46.68`")
}

/// Exact to the nanosecond; finer digits are cut.
fn number(text: &str, unit: Unit) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() > 18 || fraction.len() > 30 || fraction.contains('.') || whole.is_empty() {
        return None;
    }
    let mut nanos = whole.parse::<i128>().ok()?.checked_mul(unit.nanos())?;
    let mut weight = unit.nanos();
    for digit in fraction.chars() {
        weight /= 10;
        nanos += i128::from(digit.to_digit(10)?) * weight;
    }
    Some(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_read_to_the_nanosecond() {
        let second = 1_000_000_000;
        for (text, unit, nanos) in [
            ("5", Unit::Seconds, 5 * second),
            ("5.25", Unit::Seconds, 5 * second + second / 4),
            (
                "1699999999.123456789",
                Unit::Seconds,
                1_699_999_999_123_456_789,
            ),
            ("27482", Unit::Milliseconds, 27_482_000_000),
            (
                "1970-01-01 00:00:02.5000000",
                Unit::Seconds,
                2 * second + second / 2,
            ),
            ("1970-01-01T00:00:02Z", Unit::Milliseconds, 2 * second),
            (
                "1970-01-01 02:00:01.009930+02:00",
                Unit::Seconds,
                second + 9_930_000,
            ),
        ] {
            assert_eq!(parse(text, unit), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-1",
            "1e3",
            "NaN",
            "1.2.3",
            ".5",
            "soon",
            "2023-13-01 00:00:00",
        ] {
            assert!(parse(text, Unit::Seconds).is_err(), "{text}");
        }
        assert!(parse(&"9".repeat(40), Unit::Seconds).is_err());
    }
}
