//! Which members an answer has.

use crate::json::Value;

use super::order::{Kind, kind};
use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::openai_images::State;
use crate::protocol::{Asked, BodyEnd};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// Generations and edits answer with the same object.
pub(super) static OTHER_SCHEMA: Rule = Rule {
    id: "OAI-021",
    name: "images-other-schema",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: one ImagesResponse for generations and edits",
    explanation: "Clients read the images of edits where they read those of generations. Put them \
        into `data`, whichever endpoint was called.",
    violations: &[body(
        concat!(
            "/v1/images/edits\n",
            r#"{"model":"gpt-image-1","prompt":"a kite"}"#
        ),
        concat!(
            r#"{"created":1790000007,"images":[{"b64_json":""#,
            png!(),
            r#""}]}"#
        ),
    )],
    conforming: &[body(
        concat!(
            "/v1/images/edits\n",
            r#"{"model":"gpt-image-1","prompt":"a kite"}"#
        ),
        BODY,
    )],
    faults: &["edit * /data named images"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| match whole.body {
            Ok(Value::Object(body)) if body.contains_key("data") => Verdict::Pass,
            Ok(Value::Object(body)) => {
                let keys: Vec<_> = body.keys().take(6).collect();
                Verdict::fail(format!(
                    "expected `data`, found only `{}`",
                    keys.join("`, `")
                ))
            }
            Ok(_) => Verdict::fail("expected an object"),
            Err(_) => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

/// `data` holds images.
pub(super) static NO_DATA: Rule = Rule {
    id: "OAI-003",
    name: "images-no-data",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImagesResponse; recorded answers always have it",
    explanation: "A success without an image fails in the client's own code, far from the cause, \
        and may be billed. Answer with at least one image, or with an error.",
    violations: &[
        body(REQUEST, r#"{"created":1790000007,"data":null}"#),
        body(REQUEST, r#"{"created":1790000007,"data":[]}"#),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /data = []"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| match data(whole) {
            Some(Value::Array(images)) => Verdict::when(!images.is_empty(), || {
                "expected images in `data`, found an empty list".to_owned()
            }),
            Some(_) => Verdict::fail("expected `data` to be a list"),
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

/// The member `data` of a body that has one.
pub(super) fn data<'a>(whole: &Whole<'a, State>) -> Option<&'a Value> {
    whole.body.ok()?.get("data")
}

/// As many images as asked for.
pub(super) static WRONG_COUNT: Rule = Rule {
    id: "OAI-004",
    name: "images-wrong-count",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document: `n` is the number of images; the gateway bills each of them",
    explanation: "Fewer images than asked for leave the client's slots empty, more may be billed. \
        Put exactly `n` entries into `data`.",
    violations: &[body(
        r#"{"model":"gpt-image-1","prompt":"a kite","n":2}"#,
        BODY,
    )],
    conforming: &[body(
        r#"{"model":"gpt-image-1","prompt":"a kite","n":1}"#,
        BODY,
    )],
    faults: &["edit * /data/0 doubled"],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            let (Some(Value::Array(images)), Some(wanted)) = (data(whole), whole.asked.n) else {
                return Verdict::Silent;
            };
            let found = images.len() as u64;
            if found == 0 {
                return Verdict::Silent;
            }
            Verdict::when(found == wanted, || {
                format!("expected `{wanted}` images as asked for, found `{found}`")
            })
        }),
        ..Hooks::NONE
    }),
};

/// What every image event says of its image.
const ECHO: [&str; 4] = ["size", "quality", "background", "output_format"];

/// A preview has all its members.
pub(super) static PARTIAL_KEYS: Rule = Rule {
    id: "OAI-029",
    name: "images-partial-keys",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, ImageGenPartialImageEvent: required",
    explanation: "Typed clients fill a preview from eight members and leave out what is missing. \
        Send all of them with every preview.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: image_generation.partial_image\n",
            r#"data: {"type":"image_generation.partial_image","b64_json":""#,
            png!(),
            r#"","created_at":1790000003,"partial_image_index":0}"#,
            "\n\n",
            completed!()
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["edit image_generation.partial_image /size removed"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if kind(transition) != Kind::Partial {
                return Verdict::Silent;
            }
            keys(transition, "partial_image_index")
        }),
        ..Hooks::NONE
    }),
};

/// The final image has all its members.
pub(super) static COMPLETED_KEYS: Rule = Rule {
    id: "OAI-030",
    name: "images-completed-keys",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, ImageGenCompletedEvent: required",
    explanation: "Typed clients fill the result from eight members, `usage` among them, and leave \
        out what is missing. Send all of them with the completed image.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: image_generation.completed\n",
            r#"data: {"type":"image_generation.completed","b64_json":""#,
            png!(),
            r#"","created_at":1790000007,"#,
            echo!(),
            "}\n\n"
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["missing-usage"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if kind(transition) != Kind::Completed {
                return Verdict::Silent;
            }
            keys(transition, "usage")
        }),
        ..Hooks::NONE
    }),
};

fn keys(transition: &Transition<'_, State>, own: &str) -> Verdict {
    let Some(value) = transition.event.json() else {
        return Verdict::Silent;
    };
    if value.get(own).is_none() {
        return Verdict::fail(format!("expected a member `{own}`, found none"));
    }
    let missing = ECHO
        .into_iter()
        .find(|key| !value.get(key).is_some_and(Value::is_string));
    match missing {
        Some(key) => Verdict::fail(format!("expected a string `{key}`, found none")),
        None => Verdict::Pass,
    }
}

/// Whether a rule that needs the whole body may judge it.
pub(super) fn is_whole(whole: &Whole<'_, State>) -> bool {
    whole.end == BodyEnd::Clean
}

/// A text member of the request.
pub(super) fn requested<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked.body.as_ref()?.get(name)?.as_str()
}
