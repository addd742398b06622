//! Whether usage is told, and whether it counts the input pictures.

use crate::json::Value;

use super::shape::is_whole;
use super::{BODY, REQUEST, body};
use crate::endpoint::Endpoint;
use crate::protocol::openai_images::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

/// A whole answer with tokens of pictures and of text on its way in.
macro_rules! counted {
    ($pictures:literal, $text:literal) => {
        concat!(
            r#"{"created":1790000007,"data":[{"b64_json":""#,
            png!(),
            r#""}],"usage":{"total_tokens":131,"input_tokens":11,"output_tokens":120,"#,
            r#""input_tokens_details":{"image_tokens":"#,
            $pictures,
            r#","text_tokens":"#,
            $text,
            "}}}"
        )
    };
}

const DALLE: &str = r#"{"model":"dall-e-3","prompt":"a kite"}"#;
const EDIT: &str = concat!(
    "/v1/images/edits\n",
    r#"{"model":"gpt-image-1","prompt":"a kite","images":[{"image_url":"https://a.example/1"}]}"#
);

pub(super) static PRESENCE: Rule = Rule {
    id: "OAI-015",
    name: "images-usage-presence",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, ImagesResponse: `usage` for gpt-image models only; every \
        recorded answer",
    explanation: "gpt-image models are billed by token, so that their answers have `usage`; DALL·E \
        is billed by picture, and its answers have none. A cost report that finds no usage counts \
        the call as free.",
    violations: &[
        body(
            REQUEST,
            concat!(
                r#"{"created":1790000007,"data":[{"b64_json":""#,
                png!(),
                r#""}]}"#
            ),
        ),
        body(
            DALLE,
            concat!(
                r#"{"created":1790000007,"data":[{"url":"https://a.example/1"}],"usage":"#,
                usage!(),
                "}"
            ),
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &["edit * /usage removed"],
    check: Check::OpenaiImages(Hooks {
        body: Some(presence),
        ..Hooks::NONE
    }),
};

fn presence(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole.body.ok().filter(|_| is_whole(whole)) else {
        return Verdict::Silent;
    };
    let model = whole.asked.model.as_deref().unwrap_or_default();
    let is_told = body.get("usage").is_some_and(|usage| !usage.is_null());
    if model.starts_with("gpt-image") {
        return Verdict::when(is_told, || "expected `usage`, found none".to_owned());
    }
    if model.starts_with("dall-e") && is_told {
        return Verdict::fail("expected no `usage` from a model that is billed by picture");
    }
    Verdict::Silent
}

pub(super) static INPUT_PICTURES: Rule = Rule {
    id: "OAI-020",
    name: "images-input-pictures-uncounted",
    severity: Severity::Should,
    source: "Every recorded answer: input pictures count, and without any the count is 0",
    explanation: "`input_tokens_details.image_tokens` is more than 0 for an edit, which sends a \
        picture, and 0 for a generation, which does not. Tokens of pictures cost more than those \
        of text.",
    violations: &[
        body(EDIT, counted!("0", "11")),
        body(REQUEST, counted!("6", "5")),
    ],
    conforming: &[body(REQUEST, BODY), body(EDIT, counted!("6", "5"))],
    faults: &[concat!(
        r#"edit * /usage = {"total_tokens":131,"input_tokens":11,"output_to"#,
        r#"kens":120,"input_tokens_details":{"text_tokens":5,"image_tokens""#,
        r#":6}}"#
    )],
    check: Check::OpenaiImages(Hooks {
        body: Some(input_pictures),
        ..Hooks::NONE
    }),
};

fn input_pictures(whole: &Whole<'_, State>) -> Verdict {
    let count = whole.body.ok().filter(|_| is_whole(whole));
    let count = count.and_then(|body| body.pointer("/usage/input_tokens_details/image_tokens"));
    let Some(tokens) = count.and_then(Value::as_u64) else {
        return Verdict::Silent;
    };
    if whole.asked.endpoint == Endpoint::ImagesEdits {
        // What a form held is not always known.
        let request = whole.asked.body.as_ref();
        let sent = |key: &str| request.is_some_and(|request| request.get(key).is_some());
        if !sent("images") && !sent("image") {
            return Verdict::Silent;
        }
        return Verdict::when(tokens > 0, || {
            "expected tokens for the picture that was sent, found `0`".to_owned()
        });
    }
    Verdict::when(tokens == 0, || {
        let found = quoted_value(count);
        format!("expected no tokens for pictures, since none was sent, found {found}")
    })
}
