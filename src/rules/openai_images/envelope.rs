//! The head of an answer, and how failures are told.

use super::{BODY, REQUEST, STREAMED, body, stream};
use crate::protocol::openai_images::State;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Transition, Verdict, Whole};

/// A plain success is labelled JSON and is JSON.
pub(super) static NOT_JSON: Rule = Rule {
    id: "OAI-001",
    name: "images-not-json",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, images: `application/json`",
    explanation: "Under another content type the vendor's JavaScript client hands the body out as \
        a plain string. Send the JSON object as `application/json`.",
    violations: &[Sample::Answer {
        request: REQUEST,
        status: 200,
        headers: &[("content-type", "text/plain")],
        body: BODY,
    }],
    conforming: &[body(REQUEST, BODY)],
    faults: &[
        "wrong-content-type",
        "content-type-missing",
        "empty-body",
        "garbage-body",
        "half-body",
    ],
    check: Check::OpenaiImages(Hooks {
        body: Some(not_json),
        ..Hooks::NONE
    }),
};

fn not_json(whole: &Whole<'_, State>) -> Verdict {
    if whole.asked.delivery != Delivery::Unary || whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let media_type = whole.head.media_type().unwrap_or_default();
    if media_type != "application/json" {
        return Verdict::fail(format!(
            "expected content type `application/json`, found `{media_type}`"
        ));
    }
    match whole.body {
        Ok(_) => Verdict::Pass,
        Err(why) => Verdict::fail(format!("expected a JSON document, found {why}")),
    }
}

/// An error within a stream is nested.
pub(super) static ERROR_EVENT: Rule = Rule {
    id: "OAI-041",
    name: "images-flat-error-event",
    severity: Severity::Must,
    source: "Behaviour of the vendor's Python and JavaScript clients",
    explanation: "An error whose members are not below `error` is yielded as if it were an image \
        event, and the failure goes unnoticed. Send `{\"type\":\"error\",\"error\":{…}}`.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: error\n",
            r#"data: {"type":"error","code":"moderation_blocked","message":"refused"}"#,
            "\n\n"
        ),
    )],
    conforming: &[stream(STREAMED, failed!())],
    faults: &[r#"edit image_generation.completed /error = "refused""#],
    check: Check::OpenaiImages(Hooks {
        event: Some(error_event),
        ..Hooks::NONE
    }),
};

fn error_event(transition: &Transition<'_, State>) -> Verdict {
    let Some(value) = transition.event.json() else {
        return Verdict::Silent;
    };
    let kind = transition.event.type_name();
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    if kind != Some("error") && value.get("error").is_none() {
        return Verdict::Silent;
    }
    let message = value.get("error").and_then(|error| error.get("message"));
    let message = message.and_then(crate::json::Value::as_str);
    Verdict::when(message.is_some_and(|text| !text.trim().is_empty()), || {
        "expected `error` to be an object with a string `message`".to_owned()
    })
}

/// A refusal is the vendor's error object.
pub(super) static ERROR_BODY: Rule = Rule {
    id: "OAI-045",
    name: "images-error-shape",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ErrorResponse: `error.{message,type,param,code}`",
    explanation: "Clients read the kind of a failure from `error`; from another shape they get a \
        status and no reason. Send all four members, null where there is nothing to say.",
    violations: &[
        Sample::Answer {
            request: REQUEST,
            status: 400,
            headers: &[("content-type", "application/json")],
            body: r#"{"detail":"no prompt"}"#,
        },
        Sample::Answer {
            request: REQUEST,
            status: 400,
            headers: &[("content-type", "application/json")],
            body: concat!(
                r#"{"error":{"message":"","type":"invalid_request_error","#,
                r#""param":"prompt","code":"invalid_param"}}"#
            ),
        },
    ],
    conforming: &[Sample::Answer {
        request: REQUEST,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: concat!(
            r#"{"error":{"message":"no prompt","type":"invalid_request_error","#,
            r#""param":"prompt","code":"invalid_param"}}"#
        ),
    }],
    faults: &["edit * /error/param removed"],
    check: Check::OpenaiImages(Hooks {
        refusal: Some(error_body),
        ..Hooks::NONE
    }),
};

fn error_body(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let error = match whole.body {
        Ok(body) => body.get("error"),
        Err(why) => return Verdict::fail(format!("expected a JSON document, found {why}")),
    };
    let Some(error) = error.and_then(crate::json::Value::as_object) else {
        return Verdict::fail("expected an object `error`, found none");
    };
    let word = |key: &str| error.get(key).and_then(crate::json::Value::as_str);
    let is_empty = |key: &str| word(key).is_some_and(|text| text.trim().is_empty());
    if word("message").is_none() || is_empty("message") {
        return Verdict::fail("expected a string `error.message` that is not empty");
    }
    if let Some(key) = ["type", "param", "code"]
        .into_iter()
        .find(|key| !error.contains_key(key))
    {
        return Verdict::fail(format!("expected `error.{key}`, found no such member"));
    }
    let is_text = |key: &str| word(key).is_some();
    let is_null = |key: &str| error.get(key).is_some_and(crate::json::Value::is_null);
    if !is_text("type") || is_empty("type") {
        return Verdict::fail("expected a string `error.type` that is not empty");
    }
    if is_empty("code") {
        return Verdict::fail("expected a word or null in `error.code`, found an empty text");
    }
    let other = ["param", "code"]
        .into_iter()
        .find(|key| !is_text(key) && !is_null(key));
    match other {
        None => Verdict::Pass,
        Some(key) => Verdict::fail(format!("expected a string or null in `error.{key}`")),
    }
}
