//! The images themselves: where they are, and whether they are images.

use crate::json::Value;

use super::order::{Kind, kind};
use super::shape::{data, is_whole, requested};
use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::openai_images::State;
use crate::protocol::url;
use crate::rules::picture::{base64_fault, magic_fault};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

const DALLE: &str = r#"{"model":"dall-e-3","prompt":"a kite","response_format":"b64_json"}"#;
const BY_URL: &str = r#"{"created":1790000007,"data":[{"url":"https://cdn.example.com/1.png"}]}"#;

/// The entries of `data`.
fn entries<'a>(whole: &Whole<'a, State>) -> impl Iterator<Item = &'a Value> {
    let list = data(whole).and_then(Value::as_array);
    list.into_iter().flatten()
}

fn text<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.get(name)?.as_str()
}

/// `Pass` when there is an entry that the check has an opinion on and none has a fault.
fn each(whole: &Whole<'_, State>, check: impl Fn(&Value) -> Option<Result<(), String>>) -> Verdict {
    if !is_whole(whole) {
        return Verdict::Silent;
    }
    let mut verdict = Verdict::Silent;
    for (index, entry) in entries(whole).enumerate() {
        match check(entry) {
            None => {}
            Some(Ok(())) => verdict = Verdict::Pass,
            Some(Err(fault)) => return Verdict::fail(format!("`data[{index}]`: {fault}")),
        }
    }
    verdict
}

/// An entry is one image in one form.
pub(super) static BOTH_OR_NEITHER: Rule = Rule {
    id: "OAI-005",
    name: "images-not-one-form",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, Image: `b64_json` or `url`",
    explanation: "Clients take whichever of the two they find first; with neither there is no \
        image. Put exactly one of `b64_json` and `url` into each entry.",
    violations: &[
        body(
            REQUEST,
            concat!(
                r#"{"created":1790000007,"data":[{"url":"https://a.example/1","b64_json":""#,
                png!(),
                r#""}]}"#
            ),
        ),
        body(
            REQUEST,
            r#"{"created":1790000007,"data":[{"revised_prompt":"a kite"}]}"#,
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &[r#"edit * /data/0/url = "https://a.example/1""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            each(whole, |entry| {
                let full = |name| text(entry, name).is_some_and(|text| !text.is_empty());
                Some(match (full("b64_json"), full("url")) {
                    (true, false) | (false, true) => Ok(()),
                    (true, true) => Err("expected `b64_json` or `url`, found both".to_owned()),
                    (false, false) => Err("expected `b64_json` or `url`, found neither".to_owned()),
                })
            })
        }),
        ..Hooks::NONE
    }),
};

/// gpt-image answers in base64.
pub(super) static NO_BASE64: Rule = Rule {
    id: "OAI-006",
    name: "images-gpt-image-by-url",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: gpt-image models always return `b64_json`",
    explanation: "Clients of the vendor's gpt-image models read `b64_json` and never a URL. Asked \
        of the vendor's own answers only: the gateway documents URLs for these models too.",
    violations: &[body(REQUEST, BY_URL)],
    conforming: &[body(REQUEST, BODY)],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            let asked = whole.asked;
            let model = asked.model.as_deref().unwrap_or_default();
            let by_choice = requested(asked.get(), "response_format").is_some();
            if asked.gateway || by_choice || !model.starts_with("gpt-image") {
                return Verdict::Silent;
            }
            each(whole, |entry| {
                match (text(entry, "b64_json"), text(entry, "url")) {
                    (Some(_), _) => Some(Ok(())),
                    (None, Some(_)) => Some(Err("expected `b64_json`, found `url`".to_owned())),
                    (None, None) => None,
                }
            })
        }),
        ..Hooks::NONE
    }),
};

/// The form that was asked for.
pub(super) static OTHER_FORM: Rule = Rule {
    id: "OAI-007",
    name: "images-other-response-format",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `response_format`; gateway pages models/*",
    explanation: "A client that asked for base64 does not go and fetch a URL, and one that asked \
        for a URL does not store megabytes. Answer in the `response_format` of the request.",
    violations: &[body(DALLE, BY_URL)],
    conforming: &[body(
        DALLE,
        concat!(
            r#"{"created":1790000007,"data":[{"b64_json":""#,
            png!(),
            r#""}]}"#
        ),
    )],
    faults: &[r#"edit * /data/0 = {"url":"https://a.example/1"}"#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            let dalle = whole
                .asked
                .model
                .as_deref()
                .unwrap_or_default()
                .starts_with("dall-e");
            let (wanted, other) = match requested(whole.asked.get(), "response_format") {
                Some("b64_json") => ("b64_json", "url"),
                Some("url") => ("url", "b64_json"),
                None if dalle => ("url", "b64_json"),
                Some(_) | None => return Verdict::Silent,
            };
            each(whole, |entry| {
                match (text(entry, wanted), text(entry, other)) {
                    (Some(_), _) => Some(Ok(())),
                    (None, Some(_)) => Some(Err(format!("expected `{wanted}`, found `{other}`"))),
                    (None, None) => None,
                }
            })
        }),
        ..Hooks::NONE
    }),
};

/// Standard base64, padded, in one piece.
pub(super) static BAD_BASE64: Rule = Rule {
    id: "OAI-008",
    name: "images-bad-base64",
    severity: Severity::Must,
    source: "RFC 4648, section 4; OpenAI OpenAPI document, Image",
    explanation: "Strict decoders refuse a data URL, a line break, the URL-safe alphabet or a cut \
        text, and the image is lost. Send plain padded base64.",
    violations: &[
        body(
            REQUEST,
            r#"{"created":1790000007,"data":[{"b64_json":"iVBORw0KGgo"}]}"#,
        ),
        body(
            REQUEST,
            r#"{"created":1790000007,"data":[{"b64_json":"data:image/png;base64,iVBORw0KGgo="}]}"#,
        ),
        body(
            REQUEST,
            r#"{"created":1790000007,"data":[{"b64_json":"iVBORw0KGg_="}]}"#,
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &[r#"edit * /data/0/b64_json extended "!""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            each(whole, |entry| {
                let text = text(entry, "b64_json").filter(|text| !text.is_empty())?;
                Some(base64_fault(text).map_or(Ok(()), Err))
            })
        }),
        ..Hooks::NONE
    }),
};

/// The bytes are of the format they are said to be.
pub(super) static WRONG_FORMAT: Rule = Rule {
    id: "OAI-009",
    name: "images-wrong-format",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `output_format`, png unless said otherwise",
    explanation: "Clients name files and choose decoders by `output_format`. Encode the image in \
        the format that the answer (or the request) names, and send all of it: of a picture that \
        breaks off a client shows the upper half, or nothing.",
    violations: &[
        body(
            REQUEST,
            concat!(
                r#"{"created":1790000007,"data":[{"b64_json":"/9j/4AAQSkZJRg=="}],"#,
                r#""output_format":"png"}"#
            ),
        ),
        body(
            REQUEST,
            concat!(
                r#"{"created":1790000007,"data":[{"b64_json":""#,
                "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLM",
                r#""}],"output_format":"png"}"#
            ),
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &[r#"edit * /data/0/b64_json = "AAAAAAAAAAAA""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            let told = whole
                .body
                .ok()
                .and_then(|body| body.get("output_format")?.as_str());
            let format = told.or(requested(whole.asked.get(), "output_format"));
            each(whole, |entry| {
                let text = text(entry, "b64_json")?;
                let fault = magic_fault(text, format.unwrap_or("png"))?;
                Some(fault)
            })
        }),
        ..Hooks::NONE
    }),
};

/// A URL can be fetched as it stands.
pub(super) static RELATIVE_URL: Rule = Rule {
    id: "OAI-011",
    name: "images-relative-url",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, Image: `url` in format uri",
    explanation: "Clients fetch the URL without knowing where the answer came from. Send an \
        absolute `http` or `https` URL.",
    violations: &[body(
        r#"{"model":"seedream-v4","prompt":"a kite"}"#,
        r#"{"created":1790000007,"data":[{"url":"/img/1.png"}]}"#,
    )],
    conforming: &[body(r#"{"model":"seedream-v4","prompt":"a kite"}"#, BY_URL)],
    faults: &[r#"edit * /data/0/url = "pictures/1.png""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            each(whole, |entry| {
                let url = text(entry, "url").filter(|url| !url.is_empty())?;
                Some(match url::parts(url) {
                    Some(_) => Ok(()),
                    None => {
                        let short: String = url.chars().take(60).collect();
                        Err(format!("expected an absolute http URL, found `{short}`"))
                    }
                })
            })
        }),
        ..Hooks::NONE
    }),
};

/// The same for the image of an event.
pub(super) static EVENT_PICTURE: Rule = Rule {
    id: "OAI-039",
    name: "images-event-picture",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, image stream events: `b64_json` is required",
    explanation: "An event whose image is missing, cut or of another format than it says gives the \
        client nothing to show. Send whole, padded base64 of the format in `output_format`.",
    violations: &[
        stream(STREAMED, completed!("iVBORw0KGgo", usage!())),
        stream(STREAMED, completed!("", usage!())),
        stream(STREAMED, completed!("/9j/4AAQSkZJRg==", usage!())),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[r#"edit image_generation.completed /b64_json extended "!""#],
    check: Check::OpenaiImages(Hooks {
        event: Some(event_picture),
        ..Hooks::NONE
    }),
};

fn event_picture(transition: &Transition<'_, State>) -> Verdict {
    if kind(transition) == Kind::Other {
        return Verdict::Silent;
    }
    let Some(value) = transition.event.json() else {
        return Verdict::Silent;
    };
    let Some(picture) = text(value, "b64_json").filter(|text| !text.is_empty()) else {
        return Verdict::fail("expected an image in `b64_json`, found none");
    };
    if let Some(fault) = base64_fault(picture) {
        return Verdict::fail(fault);
    }
    let format =
        text(value, "output_format").or(requested(transition.asked.get(), "output_format"));
    match magic_fault(picture, format.unwrap_or("png")) {
        Some(Err(fault)) => Verdict::fail(fault),
        Some(Ok(())) | None => Verdict::Pass,
    }
}

/// Each entry is a picture of its own.
pub(super) static TWICE: Rule = Rule {
    id: "OAI-066",
    name: "images-same-twice",
    severity: Severity::Should,
    source: "docs.bytespike.ai/api-reference/image/seedream-v4-5: each of `n` is billed by itself; \
             no recorded answer has a picture twice",
    explanation: "No two entries of `data` are the same picture, by its URL or by its bytes. Each \
        is billed, so that one of the two was paid for nothing.",
    violations: &[body(
        r#"{"model":"seedream-v4","prompt":"a kite","n":2}"#,
        concat!(
            r#"{"created":1790000007,"data":[{"url":"https://a.example/1.png"},"#,
            r#"{"url":"https://a.example/1.png"}]}"#
        ),
    )],
    conforming: &[body(
        r#"{"model":"seedream-v4","prompt":"a kite","n":2}"#,
        concat!(
            r#"{"created":1790000007,"data":[{"url":"https://a.example/1.png"},"#,
            r#"{"url":"https://a.example/2.png"}]}"#
        ),
    )],
    faults: &[concat!(
        r#"edit * /data = [{"url":"https://a.example/1.png"},"#,
        r#"{"url":"https://a.example/1.png"}]"#
    )],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| {
            let pictures = entries(whole)
                .filter_map(|entry| text(entry, "url").or_else(|| text(entry, "b64_json")));
            let pictures: Vec<_> = pictures.filter(|picture| !picture.is_empty()).collect();
            if !is_whole(whole) || pictures.len() < 2 {
                return Verdict::Silent;
            }
            let again = (1..pictures.len()).find(|at| pictures[..*at].contains(&pictures[*at]));
            Verdict::when(again.is_none(), || {
                let at = again.unwrap_or_default();
                format!("expected another picture in `data[{at}]`, found one that is there already")
            })
        }),
        ..Hooks::NONE
    }),
};
