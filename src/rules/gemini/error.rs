//! Errors before the stream and in it.

use super::reading::{error_of, first_fault};
use super::sample::{FAILED, REFUSED, TEXT};
use crate::json::Value;
use crate::protocol::BodyEnd;
use crate::protocol::gemini::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static ENVELOPE: Rule = Rule {
    id: "GEM-110",
    name: "gemini-error-envelope",
    severity: Severity::Must,
    source: "Google API reference, errors; every recorded refusal",
    explanation: "A refusal is `{\"error\":{\"code\",\"message\",\"status\"}}`, bare or as the \
                  only element of an array. Google's clients build their exception from it and \
                  raise a `TypeError` of their own when `code` is missing.",
    violations: &[
        refused!(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"No."}}"#
        ),
        refused!(502, "Bad Gateway"),
    ],
    conforming: &[REFUSED],
    faults: &["edit * /error/code removed"],
    check: Check::Gemini(Hooks {
        refusal: Some(envelope),
        ..Hooks::NONE
    }),
};

fn envelope(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let body = match whole.body {
        Ok(body) => body,
        Err(error) => return Verdict::fail(format!("expected a JSON error, found: {error}")),
    };
    match error_of(body) {
        Some(error) => shape(error),
        None => Verdict::fail(format!(
            "expected an `error` object, found {}",
            quoted_value(Some(body))
        )),
    }
}

fn shape(error: &Value) -> Verdict {
    let code = error.get("code");
    if code.and_then(Value::as_u64).is_none() {
        return Verdict::fail(format!(
            "expected `error.code` to be a number, found {}",
            quoted_value(code)
        ));
    }
    for key in ["message", "status"] {
        let found = error.get(key);
        if found.and_then(Value::as_str).is_none_or(str::is_empty) {
            return Verdict::fail(format!(
                "expected `error.{key}` to be a non-empty text, found {}",
                quoted_value(found)
            ));
        }
    }
    Verdict::Pass
}

pub(super) static IN_STREAM: Rule = Rule {
    id: "GEM-118",
    name: "gemini-stream-error-envelope",
    severity: Severity::Must,
    source: "Google API reference, errors; Google's clients raise a `TypeError` without `code`",
    explanation: "An error in the middle of a stream is an object like that of a refusal, with \
                  `code`, `message` and `status`. Google's JavaScript client takes one without a \
                  code for an empty chunk, so that the failure goes unnoticed.",
    violations: &[stream!(
        first!(),
        event!(r#"{"error":{"message":"Overloaded.","status":"UNAVAILABLE"}}"#)
    )],
    conforming: &[FAILED],
    faults: &[r#"edit * /error = {"message":"Overloaded.","status":"UNAVAILABLE"}"#],
    check: Check::Gemini(Hooks {
        about: &[Topic::Member("error")],
        event: Some(in_stream),
        ..Hooks::NONE
    }),
};

fn in_stream(seen: &Transition<'_, State>) -> Verdict {
    let chunk = seen.event.json().filter(|_| seen.event.lines().closed);
    let Some(error) = chunk.and_then(|chunk| chunk.get("error")) else {
        return Verdict::Silent;
    };
    shape(error)
}

pub(super) static CODE: Rule = Rule {
    id: "GEM-111",
    name: "gemini-error-code-differs",
    severity: Severity::Must,
    source: "Google API reference, errors; every recorded refusal",
    explanation: "`error.code` is the HTTP status. Clients decide by the one or by the other \
                  whether to try again.",
    violations: &[refused!(
        400,
        r#"{"error":{"code":500,"message":"No.","status":"INTERNAL"}}"#
    )],
    conforming: &[REFUSED],
    faults: &["edit * /error/code = 500"],
    check: Check::Gemini(Hooks {
        refusal: Some(same_code),
        ..Hooks::NONE
    }),
};

fn same_code(whole: &Whole<'_, State>) -> Verdict {
    let error = whole.body.ok().and_then(error_of);
    let Some(code) = error.and_then(|error| error.get("code")?.as_u64()) else {
        return Verdict::Silent;
    };
    let status = u64::from(whole.head.status);
    Verdict::when(code == status, || {
        format!("expected `error.code` `{status}`, the HTTP status, found `{code}`")
    })
}

pub(super) static STATUS_NAME: Rule = Rule {
    id: "GEM-112",
    name: "gemini-error-status-name",
    severity: Severity::Should,
    source: "Google API reference, errors; Google's RPC status codes",
    explanation: "`error.status` is the canonical name of the code. Google's clients show it, and \
                  some callers branch on it. Where this service has statuses that Google has not, \
                  the name only has to blame the same side.",
    violations: &[
        refused!(
            404,
            r#"{"error":{"code":404,"message":"No.","status":"INVALID_ARGUMENT"}}"#
        ),
        refused!(
            502,
            r#"{"error":{"code":502,"message":"No.","status":"INVALID_ARGUMENT"}}"#
        ),
        refused!(
            451,
            r#"{"error":{"code":451,"message":"No.","status":"INTERNAL"}}"#
        ),
    ],
    conforming: &[REFUSED],
    faults: &[r#"edit * /error/status = "UNKNOWN_WORD""#],
    check: Check::Gemini(Hooks {
        refusal: Some(status_name),
        ..Hooks::NONE
    }),
};

fn status_name(whole: &Whole<'_, State>) -> Verdict {
    let error = whole.body.ok().and_then(error_of);
    let Some(found) = error.and_then(|error| error.get("status")?.as_str()) else {
        return Verdict::Silent;
    };
    let names: &[&str] = match whole.head.status {
        400 => &["INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE"],
        401 => &["UNAUTHENTICATED", "INVALID_ARGUMENT"],
        403 => &["PERMISSION_DENIED"],
        404 => &["NOT_FOUND"],
        429 => &["RESOURCE_EXHAUSTED"],
        500 => &["INTERNAL", "UNKNOWN"],
        503 => &["UNAVAILABLE"],
        504 => &["DEADLINE_EXCEEDED"],
        status => return same_side(status, found),
    };
    Verdict::when(names.contains(&found), || {
        format!(
            "expected `error.status` `{}`, found {}",
            names.join("` or `"),
            quoted(found)
        )
    })
}

/// Whether the name of a status that Google has not blames the caller or the server as it does.
fn same_side(status: u16, found: &str) -> Verdict {
    let of_the_caller = [
        "INVALID_ARGUMENT",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "RESOURCE_EXHAUSTED",
    ];
    let of_the_server = ["INTERNAL", "UNKNOWN", "UNAVAILABLE", "DATA_LOSS"];
    let other = if status >= 500 {
        of_the_caller.contains(&found)
    } else {
        of_the_server.contains(&found)
    };
    Verdict::when(!other, || {
        format!(
            "expected an `error.status` that goes with status `{status}`, found {}",
            quoted(found)
        )
    })
}

pub(super) static DETAILS: Rule = Rule {
    id: "GEM-113",
    name: "gemini-error-details",
    severity: Severity::Should,
    source: "Google API reference, error details; recorded refusals",
    explanation: "Each of an error's `details` names its type in `@type`: clients choose by it \
                  which ones they can read.",
    violations: &[refused!(
        429,
        concat!(
            r#"{"error":{"code":429,"message":"Quota.","status":"RESOURCE_EXHAUSTED","#,
            r#""details":[{"retryDelay":"48s"}]}}"#
        )
    )],
    conforming: &[REFUSED],
    faults: &[r#"edit * /error/details/0/@type = "ErrorInfo""#],
    check: Check::Gemini(Hooks {
        refusal: Some(details),
        ..Hooks::NONE
    }),
};

fn details(whole: &Whole<'_, State>) -> Verdict {
    first_fault(members(whole).map(|detail| {
        let kind = detail.get("@type").and_then(Value::as_str);
        let is_named = kind.is_some_and(|kind| kind.starts_with("type.googleapis.com/"));
        Verdict::when(is_named, || {
            format!(
                "expected `@type` in a detail, found {}",
                quoted_value(detail.get("@type"))
            )
        })
    }))
}

/// The details of a refusal.
pub(super) fn members<'a>(whole: &Whole<'a, State>) -> impl Iterator<Item = &'a Value> + use<'a> {
    let error = whole.body.ok().and_then(error_of);
    let details = error.and_then(|error| error.get("details")?.as_array());
    details.into_iter().flatten()
}

pub(super) static DELAY: Rule = Rule {
    id: "GEM-117",
    name: "gemini-retry-delay",
    severity: Severity::Should,
    source: "Google's RPC error details, `RetryInfo`; recorded refusals",
    explanation: "A delay to wait is told as `retryDelay`, a text of seconds such as `48s`. \
                  Clients that wait as told parse it; from a number they read none and come back \
                  at once.",
    violations: &[refused!(
        429,
        concat!(
            r#"{"error":{"code":429,"message":"Quota.","status":"RESOURCE_EXHAUSTED","#,
            r#""details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","#,
            r#""retryDelay":48}]}}"#
        )
    )],
    conforming: &[REFUSED],
    faults: &[concat!(
        r#"edit * /error/details/0 = {"@type":"type.googleapis.com/google.r"#,
        r#"pc.RetryInfo","retryDelay":48}"#
    )],
    check: Check::Gemini(Hooks {
        refusal: Some(|whole| {
            let delays = members(whole).filter_map(|detail| detail.get("retryDelay"));
            first_fault(delays.map(|delay| {
                Verdict::when(delay.as_str().is_some_and(is_seconds), || {
                    format!(
                        "expected `retryDelay` such as `48s`, found {}",
                        quoted_value(Some(delay))
                    )
                })
            }))
        }),
        ..Hooks::NONE
    }),
};

fn is_seconds(delay: &str) -> bool {
    let number = delay.strip_suffix('s').unwrap_or_default();
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(is_digit)
}

pub(super) static LATE: Rule = Rule {
    id: "GEM-114",
    name: "gemini-refusal-in-stream",
    severity: Severity::Must,
    source: "Recordings: a refused stream has the refusal's status and no event",
    explanation: "A request that is refused before anything was generated is answered with a \
                  status of 400 or above, not with a stream whose first event is the refusal. \
                  With 200 gateways and clients count a success, and do what one does after it: \
                  bill, cache, stop trying.",
    violations: &[stream!(event!(
        r#"{"error":{"code":400,"message":"No such field.","status":"INVALID_ARGUMENT"}}"#
    ))],
    conforming: &[TEXT],
    faults: &["edit status 200"],
    check: Check::Gemini(Hooks {
        event: Some(late),
        ..Hooks::NONE
    }),
};

/// Capacity may run out after the head was sent; what is wrong with a request was known before.
fn late(seen: &Transition<'_, State>) -> Verdict {
    let chunk = seen.event.json().filter(|_| seen.event.lines().closed);
    let Some(chunk) = chunk.filter(|_| !seen.before.chunks.has_begun()) else {
        return Verdict::Silent;
    };
    let code = error_of(chunk).and_then(|error| error.get("code")?.as_u64());
    match code {
        Some(code @ (400..=428 | 430..=499)) => Verdict::fail(format!(
            "expected the refusal as status `{code}`, found it in a stream with status `{}`",
            seen.head.status
        )),
        Some(_) => Verdict::Silent,
        None => Verdict::Pass,
    }
}
