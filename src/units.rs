//! Quantities with their unit in the type, and how they are written in a scenario.

use std::time::Duration;

use thiserror::Error;

/// Why a text is not the quantity it should be. The message says what is expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct UnitError(String);

/// Arrivals in a second, above zero and finite. YAML: `50/s`, `120/m`, `0.5/s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// The largest rate that a plan can be made for.
    pub const MAX: f64 = 1_000_000.0;

    /// What [`Rate::parse`] takes, in words.
    pub const FORM: &str = "a rate such as `50/s`, `120/m` or `30/h`";

    /// `None` for zero, negative, not finite or above [`Rate::MAX`].
    pub fn per_second(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate > 0.0 && rate <= Self::MAX).then_some(Self(rate))
    }

    /// What [`Rate::parse_level`] takes, in words.
    pub const LEVEL_FORM: &str = "a rate such as `50/s` or `120/m`, or `0/s`";

    /// `50/s`, `120/m`, `30/h`: a decimal number and what it is counted over.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let form = || UnitError(format!("expected {}", Self::FORM));
        let count = Self::counted(text).ok_or_else(form)?;
        Self::per_second(count)
            .ok_or_else(|| UnitError(format!("a rate is above 0 and at most {}/s", Self::MAX)))
    }

    /// As [`Rate::parse`], but nothing at all is a level too. In a second.
    pub fn parse_level(text: &str) -> Result<f64, UnitError> {
        let form = || UnitError(format!("expected {}", Self::LEVEL_FORM));
        let count = Self::counted(text).ok_or_else(form)?;
        let is_possible = (0.0..=Self::MAX).contains(&count);
        let much = || UnitError(format!("a rate is at most {}/s", Self::MAX));
        is_possible.then_some(count).ok_or_else(much)
    }

    /// In a second; any number that is not negative.
    fn counted(text: &str) -> Option<f64> {
        let (count, over) = text.split_once('/')?;
        let seconds = match over.trim() {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        Some(decimal(count.trim())? / seconds)
    }

    pub fn as_per_second(self) -> f64 {
        self.0
    }
}

/// What [`parse_duration`] takes, in words.
pub const DURATION_FORM: &str = "a duration such as `500ms`, `2s` or `1m30s`";

const UNITS: [(&str, u128); 6] = [
    // Before `m` and `s`, of which they are longer forms.
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads `500ms`, `1.5s`, `1m30s`: numbers each with a unit of `ns us ms s m h`, added up.
/// Exact to the nanosecond; finer digits are refused.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let form = || UnitError(format!("expected {DURATION_FORM}"));
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > 100 {
        return Err(form());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|c: char| is_digit(c) || c == '.')
                .len();
        let (number, after) = rest.split_at(digits);
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, next) = after.split_at(letters);
        let (_, unit) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(form)?;
        let part = scaled(number, *unit).ok_or_else(form)?;
        total = total.checked_add(part).ok_or_else(form)?;
        rest = next;
    }
    u64::try_from(total)
        .map(Duration::from_nanos)
        .map_err(|_| UnitError("a duration this long does not end".to_owned()))
}

/// A duration as [`parse_duration`] reads it, in the largest units that keep it exact.
pub fn render_duration(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for unit in ["h", "m", "s", "ms", "us", "ns"] {
        if let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit)
            && rest >= *size
        {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    text
}

/// A share written `0.1%` or `0.001`, as a fraction; not below zero. No upper bound.
pub fn parse_share(text: &str) -> Option<f64> {
    match text.trim().strip_suffix('%') {
        Some(percent) => decimal(percent.trim()).map(|number| number / 100.0),
        None => decimal(text.trim()),
    }
}

/// A plain decimal number, not negative: digits, at most one point. No exponent, sign or `inf`.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let plain = text.chars().all(|c| is_digit(c) || c == '.') && text.contains(is_digit);
    if !plain || text.len() > 40 {
        return None;
    }
    text.parse().ok()
}

/// `number` times `unit`, if that is a whole number.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.len() > 12 || (number.contains('.') && fraction.is_empty()) {
        return None;
    }
    let mut total = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    if !fraction.is_empty() {
        let parts = fraction.parse::<u128>().ok()?.checked_mul(unit)?;
        let ten = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        if parts % ten != 0 {
            return None;
        }
        total = total.checked_add(parts / ten)?;
    }
    Some(total)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        for (text, nanos) in [
            ("0s", 0),
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("1m30s", 90_000_000_000),
            ("2h", 7_200_000_000_000),
            ("0.001us", 1),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_nanos(nanos)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_without_unit_or_sense_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1.s",
            ".5s",
            "1..5s",
            "1 s",
            "1e3s",
            "0.5ns",
            "5 minutes",
            "NaNs",
            "99999999999999999999h",
            "340282366920938463463374607431768211455h",
            "٣s",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_rendered_duration_reads_back_the_same() {
        for nanos in [0, 1, 999, 90_000_000_000, 3_661_001_002_003, u64::MAX] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse_duration(&render_duration(duration)), Ok(duration));
        }
        assert_eq!(render_duration(Duration::from_secs(90)), "1m30s");
    }

    #[test]
    fn rates_are_per_second_whatever_they_are_counted_over() {
        for (text, rate) in [
            ("50/s", 50.0),
            ("120/m", 2.0),
            ("0.5/s", 0.5),
            ("3600/h", 1.0),
        ] {
            assert_eq!(
                Rate::parse(text).map(Rate::as_per_second),
                Ok(rate),
                "{text}"
            );
        }
        for text in [
            "50",
            "0/s",
            "-1/s",
            "1e9/s",
            "2000000/s",
            "/s",
            "5/d",
            "inf/s",
            "5/s/s",
        ] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_level_is_a_rate_or_nothing() {
        assert_eq!(Rate::parse_level("0/s"), Ok(0.0));
        assert_eq!(Rate::parse_level("90/m"), Ok(1.5));
        for text in ["0", "-1/s", "1000001/s", "inf/s", "/s"] {
            assert!(Rate::parse_level(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_a_percentage_or_a_fraction() {
        assert_eq!(parse_share("0.5%"), Some(0.005));
        assert_eq!(parse_share("0.25"), Some(0.25));
        for text in ["", "%", "-1%", "1e3", "NaN", "1,5%"] {
            assert_eq!(parse_share(text), None, "{text}");
        }
    }
}
