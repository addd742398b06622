//! What a failure tells beside its envelope: the member at fault, and when to come again.

use super::moment::Body;
use super::sample::refused;
use crate::endpoint::Endpoint;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

pub(super) static PARAM: Rule = Rule {
    id: "OAC-085",
    name: "field-not-named",
    severity: Severity::Note,
    source: "Recorded refusals: those whose code is about a member name it in `param`",
    explanation: "When the code says that a member is missing, unknown, unsupported or out of \
                  range, `param` says which. Without it the caller has to guess from prose.",
    violations: &[refused(
        400,
        concat!(
            r#"{"error":{"message":"too small","type":"invalid_request_error","#,
            r#""param":null,"code":"decimal_below_min_value"}}"#
        ),
    )],
    conforming: &[refused(
        400,
        concat!(
            r#"{"error":{"message":"too small","type":"invalid_request_error","#,
            r#""param":"temperature","code":"decimal_below_min_value"}}"#
        ),
    )],
    faults: &[concat!(
        r#"edit * /error = {"message":"no","type":"invalid_request_error","param":null,"#,
        r#""code":"unknown_parameter"}"#
    )],
    check: Check::OpenaiChat(Hooks {
        refusal: Some(names_field),
        ..Hooks::NONE
    }),
};

fn names_field(whole: &Body<'_>) -> Verdict {
    if whole.asked.endpoint != Endpoint::ChatCompletions || whole.head.status != 400 {
        return Verdict::Silent;
    }
    let error = whole.body.ok().and_then(|body| body.get("error"));
    let word = |key: &str| error.and_then(|error| error.get(key)?.as_str());
    let Some(code) = word("code").filter(|code| is_about_field(code)) else {
        return Verdict::Silent;
    };
    let holds = word("param").is_some_and(|param| !param.is_empty());
    Verdict::when(holds, || {
        format!(
            "expected `param` to name the member that is {}",
            quoted(code)
        )
    })
}

fn is_about_field(code: &str) -> bool {
    matches!(
        code,
        "missing_required_parameter"
            | "unknown_parameter"
            | "unsupported_parameter"
            | "unsupported_value"
            | "invalid_type"
    ) || code.ends_with("_below_min_value")
        || code.ends_with("_above_max_value")
        || code.ends_with("_above_max_length")
}

pub(super) static HEADERS: Rule = Rule {
    id: "OAC-086",
    name: "chat-rate-headers",
    severity: Severity::Should,
    source: "OpenAI documentation, Rate limits: headers; RFC 9110, `Retry-After`; recordings",
    explanation: "`retry-after` is whole seconds or a date; `x-ratelimit-limit-…` and \
                  `x-ratelimit-remaining-…` of requests and tokens are whole numbers, \
                  `x-ratelimit-reset-…` is a duration such as `6m0s`. Clients that cannot read \
                  them come back at once and are refused again.",
    violations: &[
        limited(&[
            ("content-type", "application/json"),
            ("retry-after", "soon"),
        ]),
        limited(&[
            ("content-type", "application/json"),
            ("x-ratelimit-reset-requests", "20"),
        ]),
        limited(&[
            ("content-type", "application/json"),
            ("x-ratelimit-remaining-tokens", "1,000"),
        ]),
    ],
    conforming: &[limited(&[
        ("content-type", "application/json"),
        ("retry-after", "2"),
        ("x-ratelimit-limit-requests", "500"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "1h20m52.666s"),
        ("x-ratelimit-reset-requests", "8ms"),
    ])],
    faults: &[r#"edit head x-ratelimit-reset-requests = "20""#],
    check: Check::OpenaiChat(Hooks {
        head: Some(headers),
        ..Hooks::NONE
    }),
};

const fn limited(headers: &'static [(&'static str, &'static str)]) -> Sample {
    Sample::Answer {
        request: "",
        status: 429,
        headers,
        body: concat!(
            r#"{"error":{"message":"slower","type":"requests","param":null,"#,
            r#""code":"rate_limit_exceeded"}}"#
        ),
    }
}

fn headers(opened: &Opened<'_>) -> Verdict {
    if opened.asked.endpoint != Endpoint::ChatCompletions {
        return Verdict::Silent;
    }
    let mut verdict = Verdict::Silent;
    for (name, value) in opened.head.each_header() {
        let Some(holds) = is_readable(name, value) else {
            continue;
        };
        if !holds {
            return Verdict::fail(format!(
                "expected {} that clients can read, found {}",
                quoted(name),
                quoted(value)
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

/// `None`: no header of these. Recordings in which a word stands for the figure are left alone.
fn is_readable(name: &str, value: &str) -> Option<bool> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if name == "retry-after" {
        return Some(is_number || is_date(value));
    }
    let (figure, of) = name.strip_prefix("x-ratelimit-")?.split_once('-')?;
    let is_figure = value.starts_with(|first: char| first.is_ascii_digit());
    if !is_figure || !matches!(of, "requests" | "tokens" | "input-images") {
        return None;
    }
    match figure {
        "limit" | "remaining" => Some(is_number),
        "reset" => Some(is_duration(value)),
        _ => None,
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, as far as its form goes.
fn is_date(value: &str) -> bool {
    value.ends_with(" GMT") && value.split(' ').count() == 6
}

/// Numbers, each with its unit.
fn is_duration(value: &str) -> bool {
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
        let Some(digits) = digits.filter(|digits| *digits > 0) else {
            return false;
        };
        let (_, unit) = rest.split_at(digits);
        let end = unit.find(|letter: char| letter.is_ascii_digit());
        let (unit, after) = unit.split_at(end.unwrap_or(unit.len()));
        if !matches!(unit, "ns" | "us" | "µs" | "ms" | "s" | "m" | "h" | "d") {
            return false;
        }
        rest = after;
    }
    !value.is_empty()
}
