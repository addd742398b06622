//! Money as the documents print it.

/// USD text with at most six decimals in micro-USD, without a float in between.
pub(crate) fn micros(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(rest) || rest.len() > 6 {
        return None;
    }
    let rest: i64 = format!("{rest:0<6}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()? * 1_000_000 + rest))
}

#[test]
fn usd_text_is_read_to_the_micro() {
    for (text, read) in [
        ("192.40", Some(192_400_000)),
        ("-0.01", Some(-10_000)),
        ("3", Some(3_000_000)),
        ("0.000001", Some(1)),
        ("1e3", None),
        ("", None),
        ("unlimited", None),
    ] {
        assert_eq!(micros(text), read, "{text}");
    }
}
