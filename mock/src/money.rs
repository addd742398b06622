//! Amounts as the replica keeps them and as it prints them.
//!
//! Inside, money is an integer number of micro-USD. Decimal text appears only here, at the edge.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// How an amount loses digits that a header has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rounding {
    /// Towards minus infinity. The default: a balance is never shown larger than it is.
    #[default]
    Down,
    /// To the nearest, halves away from zero.
    Nearest,
    /// Towards plus infinity.
    Up,
}

const MICROS_IN_USD: i64 = 1_000_000;

/// `micros` as USD text with `decimals` digits (at most 6), for example `192.40`.
pub(crate) fn decimal(micros: i64, decimals: u32, rounding: Rounding) -> String {
    let decimals = decimals.min(6);
    let quantum = 10_i64.pow(6 - decimals);
    let units = match rounding {
        Rounding::Down => micros.div_euclid(quantum),
        Rounding::Up => -(-micros).div_euclid(quantum),
        Rounding::Nearest => {
            let half = micros.signum() * (quantum / 2);
            micros.saturating_add(half) / quantum
        }
    };
    let scale = 10_i64.pow(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.abs() / scale, units.abs() % scale);
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{rest:0width$}", width = decimals as usize)
}

/// `micros` as a JSON number of USD, exact to the micro-USD for every amount below a billion USD.
#[expect(
    clippy::cast_precision_loss,
    reason = "amounts stay below 2^53 micro-USD, so the number that is printed is exact"
)]
pub(crate) fn usd(micros: i64) -> Value {
    Value::from(micros as f64 / MICROS_IN_USD as f64)
}

/// The text of `value` with every fraction written out: at least two and at most six decimals,
/// never an exponent, so that money can be read from the text without a float in between.
pub(crate) fn json_text(value: &Value) -> String {
    let mut text = Vec::with_capacity(256);
    let mut serializer = Serializer::with_formatter(&mut text, PlainDecimals);
    value
        .serialize(&mut serializer)
        .expect("a JSON value is always writable to memory");
    String::from_utf8(text).expect("serde_json writes UTF-8")
}

struct PlainDecimals;

impl Formatter for PlainDecimals {
    fn write_f64<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        value: f64,
    ) -> std::io::Result<()> {
        let text = format!("{value:.6}");
        let point = text.find('.').unwrap_or(text.len());
        let kept = text
            .trim_end_matches('0')
            .len()
            .max(point + 3)
            .min(text.len());
        writer.write_all(&text.as_bytes()[..kept])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_rounding_mode_cuts_where_it_says() {
        let table = [
            (1_005_000, Rounding::Down, "1.00"),
            (1_005_000, Rounding::Nearest, "1.01"),
            (1_000_001, Rounding::Up, "1.01"),
            (-1, Rounding::Down, "-0.01"),
            (-1, Rounding::Up, "0.00"),
            (0, Rounding::Nearest, "0.00"),
            (192_400_000, Rounding::Down, "192.40"),
        ];
        for (micros, rounding, text) in table {
            assert_eq!(decimal(micros, 2, rounding), text, "{micros} {rounding:?}");
        }
        assert_eq!(decimal(1_234_567, 6, Rounding::Down), "1.234567");
        assert_eq!(decimal(1_934_567, 0, Rounding::Down), "1");
    }

    #[test]
    fn money_in_json_has_no_exponent_and_two_decimals_at_least() {
        let body = json!({"a": usd(1), "b": usd(1_500_000), "c": usd(99_999_999_999), "d": 3});
        assert_eq!(
            json_text(&body),
            r#"{"a":0.000001,"b":1.50,"c":99999.999999,"d":3}"#
        );
    }
}
