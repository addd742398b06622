//! Requests that are refused: which are, and in which words.

use super::reading::word;
use super::sample::REFUSED;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict, Whole};

/// The answer to a request that asks for what there is not.
macro_rules! refusal_of {
    ($request:literal, $status:literal, $error:expr) => {
        Sample::Answer {
            request: $request,
            status: $status,
            headers: &[("content-type", "application/json")],
            body: concat!(r#"{"error":"#, $error, "}"),
        }
    };
}

pub(super) static NOT_REFUSED: Rule = Rule {
    id: "OAR-104",
    name: "responses-bad-setting-accepted",
    severity: Severity::Should,
    source: "OpenAI API description: ranges of `max_output_tokens`, `temperature`, `top_p` and \
             `top_logprobs`; recorded refusals",
    explanation: "A setting outside its documented range is refused with status 400 and named: \
                  taken, it is not what was asked for; answered with 500, it is tried again and \
                  again.",
    violations: &[
        asked!(r#"{"temperature":-1}"#, written!(), completed!()),
        refusal_of!(
            r#"{"max_output_tokens":1}"#,
            500,
            r#"{"message":"Oops.","type":"server_error","param":null,"code":null}"#
        ),
    ],
    conforming: &[
        refusal_of!(
            r#"{"temperature":-1}"#,
            400,
            concat!(
                r#"{"message":"Below the minimum.","type":"invalid_request_error","#,
                r#""param":"temperature","code":"decimal_below_min_value"}"#
            )
        ),
        asked!(r#"{"temperature":1.0}"#, written!(), completed!()),
    ],
    faults: &["edit status 500"],
    check: Check::OpenaiResponses(Hooks {
        head: Some(refused),
        ..Hooks::NONE
    }),
};

/// Settings and the least and the most they may be.
const RANGES: [(&str, f64, f64); 4] = [
    ("max_output_tokens", 16.0, f64::INFINITY),
    ("temperature", 0.0, 2.0),
    ("top_p", 0.0, 1.0),
    ("top_logprobs", 0.0, 20.0),
];

fn refused(opened: &Opened<'_>) -> Verdict {
    let Some(request) = opened.asked.body.as_ref() else {
        return Verdict::Silent;
    };
    let out_of_range = |(key, least, most): &(&str, f64, f64)| {
        let wanted = request.get(*key).and_then(Value::as_f64);
        wanted.is_some_and(|wanted| wanted < *least || wanted > *most)
    };
    let status = opened.head.status;
    // Keys, money and limits are looked at before settings are.
    let holds = (400..500).contains(&status);
    match RANGES.iter().find(|range| out_of_range(range)) {
        None if opened.head.is_success() => Verdict::Pass,
        None => Verdict::Silent,
        Some((key, ..)) => Verdict::when(holds, || {
            format!("expected status 400 for `{key}` out of its range, found `{status}`")
        }),
    }
}

pub(super) static UNKNOWN_PREVIOUS: Rule = Rule {
    id: "OAR-108",
    name: "responses-previous-not-named",
    severity: Severity::Should,
    source: "Open Responses specification, continuing a response; OpenAI's service",
    explanation: "A request that goes on from a response that is not there is refused with the \
                  code `previous_response_not_found`: clients then send the whole conversation \
                  anew, and can tell by nothing else that they should.",
    violations: &[refusal_of!(
        r#"{"previous_response_id":"resp_0"}"#,
        404,
        concat!(
            r#"{"message":"Previous response with id 'resp_0' not found.","#,
            r#""type":"invalid_request_error","param":"previous_response_id","code":null}"#
        )
    )],
    conforming: &[refusal_of!(
        r#"{"previous_response_id":"resp_0"}"#,
        400,
        concat!(
            r#"{"message":"Previous response with id 'resp_0' not found.","#,
            r#""type":"invalid_request_error","param":"previous_response_id","#,
            r#""code":"previous_response_not_found"}"#
        )
    )],
    faults: &[concat!(
        r#"edit * /error = {"message":"It was not found.","#,
        r#""type":"invalid_request_error","param":"previous_response_id","code":null}"#,
    )],
    check: Check::OpenaiResponses(Hooks {
        refusal: Some(named),
        ..Hooks::NONE
    }),
};

fn named(whole: &Whole<'_, State>) -> Verdict {
    let request = whole.asked.body.as_ref();
    let previous = request.and_then(|request| word(request, "previous_response_id"));
    let error = whole.body.ok().and_then(|body| body.get("error"));
    let (Some(_), Some(error)) = (previous, error) else {
        return Verdict::Silent;
    };
    let is_unknown = word(error, "param") == Some("previous_response_id")
        && word(error, "message").is_some_and(|message| message.contains("not found"));
    if !is_unknown {
        return Verdict::Silent;
    }
    let code = error.get("code");
    Verdict::when(
        code.and_then(Value::as_str) == Some("previous_response_not_found"),
        || {
            let found = quoted_value(code);
            format!("expected the code `previous_response_not_found`, found {found}")
        },
    )
}

pub(super) static TYPE: Rule = Rule {
    id: "OAR-118",
    name: "responses-unknown-error-type",
    severity: Severity::Should,
    source: "OpenAI's pages on errors and rate limits; every recorded refusal",
    explanation: "The `type` of an error is one of a few words that say whose fault it is and \
                  whether to try again. Clients that know the words give up on any other.",
    violations: &[refusal_of!(
        "",
        400,
        r#"{"message":"No.","type":"bad_request","param":null,"code":null}"#
    )],
    conforming: &[REFUSED],
    faults: &["edit * /error/type = \"bad_request\""],
    check: Check::OpenaiResponses(Hooks {
        refusal: Some(known_type),
        ..Hooks::NONE
    }),
};

/// The words of the vendor, and those that gateways take from the vendors behind them.
const TYPES: [&str; 22] = [
    "api_error",
    "authentication_error",
    "billing_error",
    "conflict_error",
    "content_policy_violation",
    "image_generation_user_error",
    "insufficient_quota",
    "insufficient_quota_error",
    "internal_server_error",
    "invalid_request",
    "invalid_request_error",
    "not_found",
    "not_found_error",
    "overloaded_error",
    "permission_error",
    "rate_limit_error",
    "request_forbidden",
    "request_too_large",
    "requests",
    "server_error",
    "service_unavailable_error",
    "tokens",
];

fn known_type(whole: &Whole<'_, State>) -> Verdict {
    let error = whole.body.ok().and_then(|body| body.get("error"));
    match error.and_then(|error| word(error, "type")) {
        None => Verdict::Silent,
        Some(kind) => Verdict::when(TYPES.contains(&kind), || {
            format!("expected a known `type` of error, found {}", quoted(kind))
        }),
    }
}
