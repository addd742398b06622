//! What the head of a failure says of it: status, id, when to come back.

use super::moment::{Body, object};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

const OVERLOADED: &str = concat!(
    r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"#,
    r#""request_id":"req_01"}"#
);
const INVALID: &str =
    r#"{"type":"error","error":{"type":"invalid_request_error","message":"No."}}"#;
const INTERNAL: &str = r#"{"type":"error","error":{"type":"api_error","message":"No."}}"#;
const LIMITED: &str = r#"{"type":"error","error":{"type":"rate_limit_error","message":"No."}}"#;

/// A failure with one header more.
macro_rules! failing {
    ($status:literal, $body:expr $(, $name:literal: $value:literal)*) => {
        Sample::Answer {
            request: "",
            status: $status,
            headers: &[("content-type", "application/json") $(, ($name, $value))*],
            body: $body,
        }
    };
}

pub(super) static STATUS: Rule = Rule {
    id: "ANT-112",
    name: "error-type-and-status",
    severity: Severity::Must,
    source: "Anthropic documentation, Errors: which type goes with which status; widened where \
             the gateway's own pages give a type another status",
    explanation: "A documented error type comes with the status that it stands for. Clients decide \
                  by the one or by the other whether to try again, and do opposite things where \
                  the two disagree. Types that are not documented are let pass.",
    violations: &[
        failing!(500, INVALID),
        failing!(400, LIMITED),
        failing!(429, INVALID),
        failing!(529, INTERNAL),
    ],
    conforming: &[failing!(529, OVERLOADED), failing!(400, INVALID)],
    faults: &[
        r#"edit * /error/type = "overloaded_error""#,
        "edit status 500",
    ],
    check: Check::AnthropicMessages(Hooks {
        refusal: Some(|whole: &Body<'_>| {
            let error = object(whole).and_then(|body| body.get("error"));
            let kind = error.and_then(|error| error.get("type")?.as_str());
            let Some((kind, holds)) = kind.and_then(|kind| {
                let fits = fits(kind, whole.head.status)?;
                Some((kind, fits))
            }) else {
                return Verdict::Silent;
            };
            Verdict::when(holds, || {
                format!(
                    "expected a type that goes with status `{}`, found {}",
                    whole.head.status,
                    quoted(kind)
                )
            })
        }),
        ..Hooks::NONE
    }),
};

/// `None`: the type is not documented.
fn fits(kind: &str, status: u16) -> Option<bool> {
    Some(match kind {
        // Statuses that only the gateway has, such as 451, have no type of their own; these have.
        "invalid_request_error" => {
            (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 413 | 429)
        }
        "authentication_error" => status == 401,
        "billing_error" => status == 402,
        "permission_error" => status == 403,
        // Of an unknown model the gateway's pages say either (C-08).
        "not_found_error" => matches!(status, 400 | 404),
        "conflict_error" => status == 409,
        "request_too_large" => status == 413,
        "rate_limit_error" => status == 429,
        // Of a server that is overloaded there is a status and a type.
        "api_error" => status >= 500 && status != 529,
        "timeout_error" => matches!(status, 408 | 504),
        "overloaded_error" => matches!(status, 502 | 503 | 504 | 529),
        _ => return None,
    })
}

pub(super) static REQUEST_ID: Rule = Rule {
    id: "ANT-113",
    name: "request-ids-differ",
    severity: Severity::Should,
    source: "Anthropic documentation, Errors, Request id; recordings: header and body agree",
    explanation: "The header `request-id` and the body's `request_id` are one id. It is what a \
                  user quotes to support; of two, one finds nothing. Where either is missing, or \
                  was made unreadable, nothing is said.",
    violations: &[failing!(529, OVERLOADED, "request-id": "req_02")],
    conforming: &[failing!(529, OVERLOADED, "request-id": "req_01")],
    faults: &[r#"edit * /request_id = "req_other""#],
    check: Check::AnthropicMessages(Hooks {
        refusal: Some(|whole: &Body<'_>| {
            let told = object(whole).and_then(|body| body.get("request_id")?.as_str());
            let (Some(told), Some(header)) = (told, whole.head.header("request-id")) else {
                return Verdict::Silent;
            };
            if !told.starts_with("req_") || !header.starts_with("req_") {
                return Verdict::Silent;
            }
            Verdict::when(told == header, || {
                format!(
                    "expected `request_id` {} as in the header, found {}",
                    quoted(header),
                    quoted(told)
                )
            })
        }),
        ..Hooks::NONE
    }),
};

fn refused<'a>(opened: &'a Opened<'_>, statuses: &[u16], name: &str) -> Option<&'a str> {
    let is_refused = statuses.contains(&opened.head.status);
    opened.head.header(name).filter(|_| is_refused)
}

/// Statuses that may say when to come back. Those of proxies in front may say it as a date.
const TELLING: [u16; 6] = [400, 401, 403, 404, 429, 529];

pub(super) static RETRY_AFTER: Rule = Rule {
    id: "ANT-115",
    name: "retry-after-not-seconds",
    severity: Severity::Should,
    source: "Anthropic documentation, Rate limits: `retry-after` is a number of seconds; RFC 9110",
    explanation: "`retry-after` of a refusal is a number of seconds, or a date. The vendor's \
                  clients wait as long as it says; from a word they learn nothing and come back \
                  at once.",
    violations: &[failing!(429, LIMITED, "retry-after": "soon")],
    conforming: &[failing!(429, LIMITED, "retry-after": "12")],
    faults: &[r#"edit head retry-after = "soon""#],
    check: Check::AnthropicMessages(Hooks {
        head: Some(|opened| match refused(opened, &TELLING, "retry-after") {
            None => Verdict::Silent,
            Some(told) => {
                let seconds = told
                    .parse::<f64>()
                    .is_ok_and(|number| number.is_finite() && number >= 0.0);
                // RFC 9110 allows a date as well.
                let is_time = seconds || told.ends_with(" GMT");
                Verdict::when(is_time, || {
                    format!("expected `retry-after` in seconds, found {}", quoted(told))
                })
            }
        }),
        ..Hooks::NONE
    }),
};

pub(super) static SHOULD_RETRY: Rule = Rule {
    id: "ANT-118",
    name: "retry-of-a-lost-cause",
    severity: Severity::Should,
    source: "Recordings: `x-should-retry: false` on 400, 401 and 404",
    explanation: "`x-should-retry`, where it is sent, is `false` on 400, 401 and 404: the same \
                  request fails again. The vendor's clients obey it before anything else, so that \
                  `true` makes them send a request that cannot work three times.",
    violations: &[failing!(400, INVALID, "x-should-retry": "true")],
    conforming: &[failing!(400, INVALID, "x-should-retry": "false")],
    faults: &[r#"edit head x-should-retry = "true""#],
    check: Check::AnthropicMessages(Hooks {
        head: Some(
            |opened| match refused(opened, &[400, 401, 404], "x-should-retry") {
                None => Verdict::Silent,
                Some(told) => Verdict::when(told == "false", || {
                    format!("expected `x-should-retry: false`, found {}", quoted(told))
                }),
            },
        ),
        ..Hooks::NONE
    }),
};

pub(super) static LIMITS: Rule = Rule {
    id: "ANT-119",
    name: "vendor-limits-incomplete",
    severity: Severity::Should,
    source: "Anthropic documentation, Rate limits, Response headers; recordings",
    explanation: "The vendor's `anthropic-ratelimit-` headers come in threes: limit, remaining (at \
                  most the limit) and reset, a time such as `2026-05-25T14:00:00Z`. Clients that \
                  pace themselves read all three; where the gateway sends none, nothing is said.",
    violations: &[
        failing!(
            429,
            LIMITED,
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "51",
            "anthropic-ratelimit-requests-reset": "2026-05-25T14:00:00Z"
        ),
        failing!(
            429,
            LIMITED,
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": "1790000000"
        ),
        failing!(429, LIMITED, "anthropic-ratelimit-tokens-limit": "50"),
    ],
    conforming: &[failing!(
        429,
        LIMITED,
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-05-25T14:00:00Z"
    )],
    faults: &[r#"edit head anthropic-ratelimit-requests-limit = "5""#],
    check: Check::AnthropicMessages(Hooks {
        head: Some(|opened| {
            super::server_tools::first_wrong(THREES.iter().map(|names| three(opened, names)))
        }),
        ..Hooks::NONE
    }),
};

/// The headers of one limit: how much it is, what is left of it, and when it begins anew.
macro_rules! limit {
    ($kind:literal) => {
        [
            concat!("anthropic-ratelimit-", $kind, "-limit"),
            concat!("anthropic-ratelimit-", $kind, "-remaining"),
            concat!("anthropic-ratelimit-", $kind, "-reset"),
        ]
    };
}

const THREES: [[&str; 3]; 4] = [
    limit!("requests"),
    limit!("tokens"),
    limit!("input-tokens"),
    limit!("output-tokens"),
];

fn three(opened: &Opened<'_>, names: &[&str; 3]) -> Verdict {
    let told = names.map(|name| opened.head.header(name));
    if told.iter().all(Option::is_none) {
        return Verdict::Silent;
    }
    let missing = names.iter().zip(told).find(|(_, told)| told.is_none());
    if let Some((name, _)) = missing {
        return Verdict::fail(format!("expected `{name}` with its like, found none"));
    }
    let [limit, remaining, reset] = told.map(Option::unwrap_or_default);
    if let (Ok(limit), Ok(left)) = (limit.parse::<u64>(), remaining.parse::<u64>())
        && left > limit
    {
        return Verdict::fail(format!(
            "expected `{}` of at most `{limit}`, found `{left}`",
            names[1]
        ));
    }
    Verdict::when(!reset.bytes().all(|byte| byte.is_ascii_digit()), || {
        format!("expected a time in `{}`, found {}", names[2], quoted(reset))
    })
}
