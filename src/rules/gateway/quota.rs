//! The quota envelope: four headers on every answer.

use super::{answer, headers, is_ours, short};
use crate::protocol::Head;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

pub(super) const LIMIT: &str = "x-ratelimit-limit";
pub(super) const REMAINING: &str = "x-ratelimit-remaining";
const RESET_AT: &str = "x-ratelimit-reset";
const QUOTA: &str = "x-quota-remaining-credits";
const ORG_QUOTA: &str = "x-org-quota-remaining-credits";

const ENVELOPE: [&str; 4] = [LIMIT, REMAINING, RESET_AT, QUOTA];

const MODELS: &str = "/v1/models @gateway\n";
const NO_MODELS: &str = r#"{"object":"list","data":[]}"#;
const SUBMIT: &str = "/v1/tasks/submit @gateway\n";
const REFUSED: &str = concat!(
    r#"{"error":{"message":"no prompt","type":"invalid_request_error","#,
    r#""param":"prompt","code":"invalid_param"}}"#
);

fn missing(head: &Head) -> Verdict {
    let mut absent = ENVELOPE
        .into_iter()
        .filter(|name| head.header(name).is_none());
    match absent.next() {
        None => Verdict::Pass,
        Some(first) => {
            let more = absent.count();
            let others = if more == 0 {
                String::new()
            } else {
                format!(" and `{more}` more of the four")
            };
            Verdict::fail(format!(
                "expected the quota headers, `{first}`{others} is missing"
            ))
        }
    }
}

/// A success carries all four.
pub(super) static SUCCESS_WITHOUT: Rule = Rule {
    id: "GW-018",
    name: "quota-headers-missing",
    severity: Severity::Must,
    source: "docs.bytespike.ai/quickstart",
    explanation: "Clients budget by these headers and take an absent one for an empty wallet. Send \
        limit, remaining, reset and quota with every success, for streams in the head.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "1790000000"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &["header-missing", "ratelimit-headers-missing"],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            if !is_ours(opened.asked.get()) || !opened.head.is_success() {
                return Verdict::Silent;
            }
            missing(opened.head)
        }),
        ..Hooks::NONE
    }),
};

/// So does a failure.
pub(super) static FAILURE_WITHOUT: Rule = Rule {
    id: "GW-019",
    name: "quota-headers-missing-on-failure",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/overview, docs.bytespike.ai/quickstart",
    explanation: "Only the headers of a failed call prove to a client that the failure cost \
        nothing. Send all four with every refusal too, those without a key included.",
    violations: &[Sample::Answer {
        request: SUBMIT,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: REFUSED,
    }],
    conforming: &[answer(SUBMIT, 400, REFUSED)],
    faults: &["header-missing", "ratelimit-headers-missing"],
    check: Check::Gateway(Hooks {
        head: Some(|opened| {
            if !is_ours(opened.asked.get()) || opened.head.status < 400 {
                return Verdict::Silent;
            }
            missing(opened.head)
        }),
        ..Hooks::NONE
    }),
};

/// An amount in USD: digits, a dot, at least two and at most six decimals.
fn is_amount(text: &str) -> bool {
    let Some((whole, cents)) = text.split_once('.') else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    !whole.is_empty() && digits(whole) && (2..=6).contains(&cents.len()) && digits(cents)
}

/// In micro-USD; `None` where it is no amount or too large.
pub(super) fn micros(text: &str) -> Option<i64> {
    if !is_amount(text) {
        return None;
    }
    let (whole, cents) = text.split_once('.')?;
    let missing = 6_u32.checked_sub(u32::try_from(cents.len()).ok()?)?;
    let magnitude = |part: &str| part.trim_start_matches('-').parse::<i64>().ok();
    let cents = magnitude(cents)?.checked_mul(10_i64.pow(missing))?;
    let micros = magnitude(whole)?
        .checked_mul(1_000_000)?
        .checked_add(cents)?;
    Some(if text.starts_with('-') {
        -micros
    } else {
        micros
    })
}

/// Amounts are plain decimals.
pub(super) static NOT_DECIMAL: Rule = Rule {
    id: "GW-021",
    name: "quota-header-not-decimal",
    severity: Severity::Must,
    source: "docs.bytespike.ai/quickstart, docs.bytespike.ai/concepts/credits-and-billing",
    explanation: "The documented client parses these values as numbers; a word, an integer of \
        credits or a separator breaks it or is read as another amount. Write USD with a dot and at \
        least two decimals.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: headers!("unlimited"),
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &["header-not-decimal"],
    check: Check::Gateway(Hooks {
        head: Some(not_decimal),
        ..Hooks::NONE
    }),
};

fn not_decimal(opened: &Opened<'_>) -> Verdict {
    if !is_ours(opened.asked.get()) {
        return Verdict::Silent;
    }
    let mut verdict = Verdict::Silent;
    for name in [LIMIT, REMAINING, QUOTA, ORG_QUOTA] {
        match opened.head.header(name) {
            None => {}
            Some(value) if is_amount(value) => verdict = Verdict::Pass,
            Some(value) => {
                let value = short(value);
                return Verdict::fail(format!(
                    "expected `{name}` to be an amount such as `12.34`, found `{value}`"
                ));
            }
        }
    }
    verdict
}

/// The reset is a time in Unix seconds.
pub(super) static RESET: Rule = Rule {
    id: "GW-022",
    name: "rate-limit-reset-not-unix-seconds",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/rate-limits",
    explanation: "Clients wait until this instant after a 429; a number of seconds to wait, or \
        milliseconds, makes them retry at once or never. Send whole Unix seconds.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "42.18"),
            ("x-ratelimit-reset", "3600"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &[r#"edit head x-ratelimit-reset = "2026-05-25T14:00:00Z""#],
    check: Check::Gateway(Hooks {
        head: Some(reset),
        ..Hooks::NONE
    }),
};

fn reset(opened: &Opened<'_>) -> Verdict {
    let Some(value) = opened
        .head
        .header(RESET_AT)
        .filter(|_| is_ours(opened.asked.get()))
    else {
        return Verdict::Silent;
    };
    // Ten digits last until the year 2286.
    if value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Verdict::Pass;
    }
    // No page says what a key without any cap is told.
    let unlimited = opened.head.header(LIMIT).and_then(micros) == Some(0);
    if value == "0" && unlimited {
        return Verdict::Silent;
    }
    let value = short(value);
    Verdict::fail(format!(
        "expected `{RESET_AT}` in Unix seconds, ten digits, found `{value}`"
    ))
}

/// What is left lies between nothing and the cap.
pub(super) static OVER_LIMIT: Rule = Rule {
    id: "GW-027",
    name: "rate-limit-remaining-out-of-range",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/rate-limits: remaining is the limit minus what was spent",
    explanation: "Spend is never negative and a bucket never goes below empty, so a remainder \
        outside of its cap is a mistake in the bucket. Report the limit minus the window's spend, \
        at least 0.",
    violations: &[Sample::Answer {
        request: MODELS,
        status: 200,
        headers: &[
            ("content-type", "application/json"),
            ("x-ratelimit-limit", "50.00"),
            ("x-ratelimit-remaining", "50.01"),
            ("x-ratelimit-reset", "1790000000"),
            ("x-quota-remaining-credits", "192.40"),
        ],
        body: NO_MODELS,
    }],
    conforming: &[answer(MODELS, 200, NO_MODELS)],
    faults: &["remaining-above-limit"],
    check: Check::Gateway(Hooks {
        head: Some(over_limit),
        ..Hooks::NONE
    }),
};

fn over_limit(opened: &Opened<'_>) -> Verdict {
    if !is_ours(opened.asked.get()) {
        return Verdict::Silent;
    }
    let amount = |name| opened.head.header(name).and_then(micros);
    let (Some(limit), Some(left)) = (amount(LIMIT), amount(REMAINING)) else {
        return Verdict::Silent;
    };
    // A cap of 0 means unlimited, and nothing is said of what is left of that.
    if limit == 0 {
        return Verdict::Silent;
    }
    Verdict::when((0..=limit).contains(&left), || {
        let header = |name| opened.head.header(name).map(short).unwrap_or_default();
        format!(
            "expected remaining between `0.00` and the limit `{}`, found `{}`",
            header(LIMIT),
            header(REMAINING)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        assert_eq!(micros("192.40"), Some(192_400_000));
        assert_eq!(micros("0.000001"), Some(1));
        assert_eq!(micros("-0.01"), Some(-10_000));
        for text in [
            "192",
            "192.4",
            "1,000.00",
            "1e3",
            "1.0000000",
            ".50",
            "50.",
            "+1.00",
            "",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
        assert_eq!(micros("99999999999999999999.00"), None);
    }
}
