//! Times: Unix seconds.

use crate::json::Value;

use super::order::{Kind, kind};
use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::Head;
use crate::protocol::openai_images::State;
use crate::rules::created::far;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// Between the years 2001 and 2286: ten digits, so milliseconds and zero are out.
fn fault(head: &Head, value: Option<&Value>, name: &str) -> Option<String> {
    let Some(value) = value else {
        return Some(format!("expected `{name}` in Unix seconds, found none"));
    };
    match value.as_i64() {
        Some(told @ 1_000_000_000..=9_999_999_999) => far(head, name, told),
        _ => Some(format!(
            "expected `{name}` in Unix seconds, found `{value}`"
        )),
    }
}

/// `created` of a plain answer.
pub(super) static BODY_CREATED: Rule = Rule {
    id: "OAI-002",
    name: "images-created",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImagesResponse: `created`, Unix seconds",
    explanation: "Clients turn `created` into a date; milliseconds land in the far future and a \
        text fails to parse. Send whole seconds since 1970, near those of the `date` header.",
    violations: &[
        body(
            REQUEST,
            concat!(
                r#"{"created":1790000007000,"data":[{"b64_json":""#,
                png!(),
                r#""}]}"#
            ),
        ),
        body(
            REQUEST,
            concat!(r#"{"data":[{"b64_json":""#, png!(), r#""}]}"#),
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /created = 0"],
    check: Check::OpenaiImages(Hooks {
        body: Some(body_created),
        ..Hooks::NONE
    }),
};

fn body_created(whole: &Whole<'_, State>) -> Verdict {
    match whole.body {
        Ok(Value::Object(body)) => match fault(whole.head.get(), body.get("created"), "created") {
            None => Verdict::Pass,
            Some(fault) => Verdict::fail(fault),
        },
        Ok(_) | Err(_) => Verdict::Silent,
    }
}

/// `created_at` of events never goes back.
pub(super) static EVENT_CREATED: Rule = Rule {
    id: "OAI-038",
    name: "images-event-created",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, image stream events: `created_at`, Unix seconds",
    explanation: "Clients order previews by their time. Send whole seconds since 1970 that do not \
        go back within a stream.",
    violations: &[
        stream(STREAMED, concat!(partial!(0, 1790000003.5), completed!())),
        stream(
            STREAMED,
            concat!(
                partial!(0, 1790000005),
                partial!(1, 1790000003),
                completed!()
            ),
        ),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["edit image_generation.completed /created_at = 1000000001"],
    check: Check::OpenaiImages(Hooks {
        event: Some(event_created),
        ..Hooks::NONE
    }),
};

fn event_created(transition: &Transition<'_, State>) -> Verdict {
    if kind(transition) == Kind::Other {
        return Verdict::Silent;
    }
    let value = transition
        .event
        .json()
        .and_then(|value| value.get("created_at"));
    if let Some(fault) = fault(transition.head.get(), value, "created_at") {
        return Verdict::fail(fault);
    }
    let (now, before) = (value.and_then(Value::as_i64), transition.before.created_at);
    match (now, before) {
        (Some(now), Some(before)) if now < before => Verdict::fail(format!(
            "expected `created_at` to be at least `{before}`, found `{now}`"
        )),
        _ => Verdict::Pass,
    }
}
