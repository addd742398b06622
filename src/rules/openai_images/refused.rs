//! A request without a prompt is told so.

use super::body;
use crate::json::Value;
use crate::protocol::Mistake;
use crate::protocol::openai_images::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const NO_PROMPT: &str = concat!(
    "/v1/images/generations @mistake=missing-field\n",
    r#"{"model":"gpt-image-1"}"#
);

const fn refused(status: u16, text: &'static str) -> Sample {
    Sample::Answer {
        request: NO_PROMPT,
        status,
        headers: &[("content-type", "application/json")],
        body: text,
    }
}

pub(super) static PROMPT: Rule = Rule {
    id: "OAI-046",
    name: "images-prompt-not-named",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `prompt` is required; recorded refusals name the member",
    explanation: "A request for a picture without a prompt is refused with status 400 and `param` \
        `prompt`. A server error instead makes clients send it again and again.",
    violations: &[
        refused(
            400,
            r#"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        body(
            NO_PROMPT,
            concat!(
                r#"{"created":1790000007,"data":[{"b64_json":""#,
                png!(),
                r#""}],"usage":"#,
                usage!(),
                "}"
            ),
        ),
    ],
    conforming: &[refused(
        400,
        concat!(
            r#"{"error":{"message":"no","type":"invalid_request_error","param":"prompt","#,
            r#""code":"missing_required_parameter"}}"#
        ),
    )],
    faults: &[r#"edit * /error/param = "size""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| match whole.asked.mistake {
            Some(Mistake::MissingField) => {
                Verdict::fail("expected a refusal of a request without a prompt, found a success")
            }
            Some(_) | None => Verdict::Silent,
        }),
        refusal: Some(named),
        ..Hooks::NONE
    }),
};

fn named(whole: &Whole<'_, State>) -> Verdict {
    if whole.asked.mistake != Some(Mistake::MissingField) {
        return Verdict::Silent;
    }
    // Other refusals have other reasons; a server error has none here.
    if !matches!(whole.head.status, 400 | 500) {
        return Verdict::Silent;
    }
    let param = whole
        .body
        .ok()
        .and_then(|body| body.pointer("/error/param"));
    let is_named = param.and_then(Value::as_str) == Some("prompt");
    Verdict::when(is_named && whole.head.status == 400, || {
        format!(
            "expected status `400` and `param` `prompt`, found `{}` and {}",
            whole.head.status,
            quoted_value(param)
        )
    })
}
