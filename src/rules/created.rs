//! When an answer says that it was made.

use jiff::Timestamp;

use super::quoting::quoted_value;
use crate::json::Value;
use crate::protocol::{Asked, Head};

/// Ten digits, from 2001 to 2286: milliseconds are out, and so are most counters.
const SECONDS: std::ops::Range<f64> = 1e9..1e10;
/// Clocks differ, and a recorded answer may have been dated anew.
const AHEAD: i64 = 86_400;
/// Answers that are kept may be handed out again; recordings show half a year.
const BEHIND: i64 = 366 * 86_400;

/// What is wrong with a time in Unix seconds. Zero is what recorders write over a time that they
/// do not want to keep: only of the gateway's own answers it is known to be what was sent.
pub(crate) fn fault(asked: &Asked, head: &Head, key: &str, found: &Value) -> Option<String> {
    let told = found.as_f64().unwrap_or(-1.0);
    if told == 0.0 && !asked.gateway {
        return None;
    }
    if !SECONDS.contains(&told) {
        return Some(format!(
            "expected `{key}` in Unix seconds, found {}",
            quoted_value(Some(found))
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it has ten digits")]
    let told = told as i64;
    far(head, key, told)
}

/// The same of a time as text.
pub(crate) fn text_fault(head: &Head, key: &str, found: &Value) -> Option<String> {
    let told = found
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok());
    let Some(told) = told else {
        return Some(format!(
            "expected `{key}` to be a time such as `2026-05-25T14:00:00Z`, found {}",
            quoted_value(Some(found))
        ));
    };
    far(head, key, told.as_second())
}

/// That a time lies far from when the head says that the answer was sent.
pub(crate) fn far(head: &Head, key: &str, told: i64) -> Option<String> {
    let date = jiff::fmt::rfc2822::parse(head.header("date")?).ok()?;
    let date = date.timestamp().as_second();
    let is_near = (date - BEHIND..=date + AHEAD).contains(&told);
    (!is_near).then(|| format!("expected `{key}` near the `date` header, `{date}`, found `{told}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::protocol::Delivery;

    /// 2026-09-21T14:13:20Z.
    const NOW: i64 = 1_790_000_000;

    fn is_wrong(told: &str, date: &str, gateway: bool) -> bool {
        let mut asked = Asked::of(Endpoint::ChatCompletions, Delivery::Unary);
        asked.gateway = gateway;
        let head = Head {
            status: 200,
            headers: vec![("date".into(), date.into())],
        };
        let told = crate::json::parse(told.as_bytes()).expect("JSON");
        fault(&asked, &head, "created", &told).is_some()
    }

    #[test]
    fn a_time_is_judged_by_its_digits_and_by_the_date_of_the_head() {
        let date = "Mon, 21 Sep 2026 14:13:20 GMT";
        let at = |offset: i64| is_wrong(&(NOW + offset).to_string(), date, true);
        assert!(!at(0) && !at(-1) && !at(AHEAD) && !at(-BEHIND));
        assert!(at(AHEAD + 1) && at(-BEHIND - 1));
        for told in [
            "-1790000000",
            "1790000000000",
            "0.5",
            "\"1790000000\"",
            "null",
        ] {
            assert!(is_wrong(told, date, false), "{told}");
        }
        assert!(is_wrong("0", date, true) && !is_wrong("0", date, false));
        assert!(!is_wrong("1234567890", "yesterday", true));
    }

    #[test]
    fn a_time_in_words_is_judged_as_well() {
        let head = Head {
            status: 200,
            headers: vec![("date".into(), "Mon, 21 Sep 2026 14:13:20 GMT".into())],
        };
        let is_wrong = |told: &str| {
            let told = crate::json::parse(told.as_bytes()).expect("JSON");
            text_fault(&head, "createTime", &told).is_some()
        };
        assert!(!is_wrong("\"2026-09-21T14:13:19.123456Z\""));
        for told in ["\"2036-09-21T14:13:19Z\"", "\"soon\"", "1790000000", "\"\""] {
            assert!(is_wrong(told), "{told}");
        }
    }
}
