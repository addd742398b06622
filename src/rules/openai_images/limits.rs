//! Requests that cannot be right, and that must be refused with the name of what is wrong.
//!
//! The vendor's limits hold for the vendor's models; what other models of the gateway take is told
//! in two ways (C-26), so nothing is said of those.

use super::body;
use crate::json::Value;
use crate::protocol::openai_images::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A success, whatever was asked for.
const DRAWN: &str = concat!(
    r#"{"created":1790000007,"data":[{"b64_json":""#,
    png!(),
    r#""}],"usage":"#,
    usage!(),
    "}"
);

macro_rules! error {
    ($kind:literal, $param:literal) => {
        concat!(
            r#"{"error":{"message":"no","type":""#,
            $kind,
            r#"","param":"#,
            $param,
            r#","code":"invalid_value"}}"#
        )
    };
}

const fn refused(request: &'static str, text: &'static str) -> Sample {
    Sample::Answer {
        request,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: text,
    }
}

/// The member that is wrong in a request. `None`: none is, or nobody can tell.
type Wrong = fn(&Value) -> Option<&'static str>;

/// The vendor's image models.
fn is_vendors(whole: &Whole<'_, State>) -> bool {
    let model = whole.asked.model.as_deref().unwrap_or_default();
    model.starts_with("gpt-image") || model.starts_with("dall-e")
}

fn wrong_member(whole: &Whole<'_, State>, wrong: Wrong) -> Option<&'static str> {
    let request = whole.asked.body.as_ref()?;
    wrong(request).filter(|_| is_vendors(whole))
}

fn drawn(whole: &Whole<'_, State>, wrong: Wrong) -> Verdict {
    match wrong_member(whole, wrong) {
        Some(name) => Verdict::fail(format!("expected a refusal of `{name}`, found a success")),
        None => Verdict::Silent,
    }
}

fn named(whole: &Whole<'_, State>, wrong: Wrong) -> Verdict {
    let Some(name) = wrong_member(whole, wrong).filter(|_| whole.head.status == 400) else {
        return Verdict::Silent;
    };
    let param = whole
        .body
        .ok()
        .and_then(|body| body.pointer("/error/param"));
    let is_named = param.and_then(Value::as_str) == Some(name);
    Verdict::when(is_named, || {
        format!("expected `param` `{name}`, found {}", quoted_value(param))
    })
}

const TOO_MANY: &str = r#"{"model":"gpt-image-1","prompt":"a kite","n":11}"#;

pub(super) static RANGE: Rule = Rule {
    id: "OAI-048",
    name: "images-number-out-of-range",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document: `n` 1 to 10 (1 for dall-e-3), `partial_images` to 3, \
        `output_compression` to 100",
    explanation: "A number beyond its limit is refused with status 400 and `param` set to its \
        name. A server that takes it draws another number of pictures than was ordered, and bills \
        those.",
    violations: &[
        body(TOO_MANY, DRAWN),
        refused(TOO_MANY, error!("invalid_request_error", "null")),
    ],
    conforming: &[refused(TOO_MANY, error!("invalid_request_error", r#""n""#))],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, out_of_range)),
        refusal: Some(|whole| named(whole, out_of_range)),
        ..Hooks::NONE
    }),
};

fn out_of_range(request: &Value) -> Option<&'static str> {
    let number = |name: &str| request.get(name).and_then(Value::as_i64);
    let model = request.get("model").and_then(Value::as_str);
    let most = if model == Some("dall-e-3") { 1 } else { 10 };
    let limits = [
        ("n", 1, most),
        ("partial_images", 0, 3),
        ("output_compression", 0, 100),
    ];
    let beyond = |(name, least, most): &&(&'static str, i64, i64)| {
        number(name).is_some_and(|found| found < *least || found > *most)
    };
    limits.iter().find(beyond).map(|(name, _, _)| *name)
}

const NO_SUCH_WORD: &str = r#"{"model":"gpt-image-1","prompt":"a kite","background":"plaid"}"#;

pub(super) static WORD: Rule = Rule {
    id: "OAI-049",
    name: "images-word-not-listed",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document: `background`, `output_format`, `moderation` are enumerations",
    explanation: "A word that is not listed is refused with status 400 and `param` set to the \
        member. Taken in silence it leaves the caller with a picture that it did not order.",
    violations: &[
        body(NO_SUCH_WORD, DRAWN),
        refused(NO_SUCH_WORD, error!("invalid_request_error", r#""size""#)),
    ],
    conforming: &[refused(
        NO_SUCH_WORD,
        error!("invalid_request_error", r#""background""#),
    )],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, not_listed)),
        refusal: Some(|whole| named(whole, not_listed)),
        ..Hooks::NONE
    }),
};

/// Qualities and sizes differ by model, and new ones come.
fn not_listed(request: &Value) -> Option<&'static str> {
    const LISTED: [(&str, &[&str]); 3] = [
        ("background", &["auto", "opaque", "transparent"]),
        ("output_format", &["png", "jpeg", "webp", "gif", "svg"]),
        ("moderation", &["auto", "low"]),
    ];
    let is_other = |(name, words): &&(&'static str, &[&str])| {
        let found = request.get(*name).and_then(Value::as_str);
        found.is_some_and(|found| !words.contains(&found))
    };
    LISTED.iter().find(is_other).map(|(name, _)| *name)
}

const SEE_THROUGH_JPEG: &str = concat!(
    r#"{"model":"gpt-image-1","prompt":"a kite","background":"transparent","#,
    r#""output_format":"jpeg"}"#
);

pub(super) static TRANSPARENT: Rule = Rule {
    id: "OAI-051",
    name: "images-transparent-jpeg",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document: a transparent background needs png or webp",
    explanation: "A JPEG has no transparency, so that a request for both is refused. A picture in \
        either form is another than was ordered.",
    violations: &[body(SEE_THROUGH_JPEG, DRAWN)],
    conforming: &[refused(
        SEE_THROUGH_JPEG,
        error!("invalid_request_error", r#""background""#),
    )],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, see_through_jpeg)),
        // Which of the two is named is not said.
        refusal: Some(|whole| refused_at_all(whole, see_through_jpeg)),
        ..Hooks::NONE
    }),
};

fn refused_at_all(whole: &Whole<'_, State>, wrong: Wrong) -> Verdict {
    match wrong_member(whole, wrong) {
        Some(_) if whole.head.status == 400 => Verdict::Pass,
        Some(_) | None => Verdict::Silent,
    }
}

fn see_through_jpeg(request: &Value) -> Option<&'static str> {
    let word = |name: &str| request.get(name).and_then(Value::as_str);
    let is_both =
        word("background") == Some("transparent") && word("output_format") == Some("jpeg");
    is_both.then_some("background")
}

const UNKNOWN_TO_IT: &str = r#"{"model":"dall-e-2","prompt":"a kite","quality":"hd"}"#;

pub(super) static UNKNOWN_MEMBER: Rule = Rule {
    id: "OAI-047",
    name: "images-member-of-other-models",
    severity: Severity::Note,
    source: "Recorded refusal of 2025: `quality` for dall-e-2 is an `unknown_parameter`; a \
             request of 2024 was taken",
    explanation: "A member that the model does not take is refused with status 400 and `param` set \
        to its name. Passed over in silence it leaves the caller with what it wanted to avoid.",
    violations: &[refused(
        UNKNOWN_TO_IT,
        error!("invalid_request_error", r#""size""#),
    )],
    conforming: &[refused(
        UNKNOWN_TO_IT,
        error!("invalid_request_error", r#""quality""#),
    )],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, taken_by_others)),
        refusal: Some(|whole| named(whole, taken_by_others)),
        ..Hooks::NONE
    }),
};

/// The gateway takes `response_format` of gpt-image models, so nothing is said of that.
fn taken_by_others(request: &Value) -> Option<&'static str> {
    let model = request.get("model").and_then(Value::as_str);
    let is_old = model == Some("dall-e-2") && request.get("quality").is_some();
    is_old.then_some("quality")
}

const NEITHER: &str = concat!(
    "/v1/images/edits\n",
    r#"{"model":"gpt-image-1","prompt":"a kite","images":[{}]}"#
);

pub(super) static REFERENCE: Rule = Rule {
    id: "OAI-053",
    name: "images-reference-not-one",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, ImageRefParam: exactly one of `image_url` and `file_id`",
    explanation: "An entry of `images` names its picture in one way. With both it is open which is \
        meant, with neither there is none; an edit of either is an edit of something else.",
    violations: &[body(NEITHER, DRAWN)],
    conforming: &[refused(
        NEITHER,
        error!("invalid_request_error", r#""images[0]""#),
    )],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, not_one_reference)),
        refusal: Some(|whole| refused_at_all(whole, not_one_reference)),
        ..Hooks::NONE
    }),
};

fn references(request: &Value) -> impl Iterator<Item = &Value> {
    let images = request.get("images").and_then(Value::as_array);
    images.into_iter().flatten()
}

fn not_one_reference(request: &Value) -> Option<&'static str> {
    let is_one = |image: &Value| image.get("image_url").is_some() != image.get("file_id").is_some();
    (!references(request).all(is_one)).then_some("images")
}

const NO_PICTURE: &str = concat!(
    "/v1/images/edits\n",
    r#"{"model":"gpt-image-1","prompt":"a kite","#,
    r#""images":[{"image_url":"data:image/png;base64,!"}]}"#
);

pub(super) static UNREADABLE: Rule = Rule {
    id: "OAI-050",
    name: "images-unreadable-picture-accepted",
    severity: Severity::Should,
    source: "Recorded refusals: `image_generation_user_error` for bytes that are no picture",
    explanation: "A picture that does not decode is the caller's mistake: status 400 and the type \
        `image_generation_user_error` (or `invalid_request_error`). A success shows an edit of \
        nothing, and a server error is sent again and again.",
    violations: &[
        body(NO_PICTURE, DRAWN),
        refused(NO_PICTURE, error!("upload_error", "null")),
    ],
    conforming: &[refused(
        NO_PICTURE,
        error!("image_generation_user_error", "null"),
    )],
    faults: &[],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| drawn(whole, unreadable)),
        refusal: Some(|whole| {
            if wrong_member(whole, unreadable).is_none() || whole.head.status != 400 {
                return Verdict::Silent;
            }
            let kind = whole.body.ok().and_then(|body| body.pointer("/error/type"));
            let known = ["image_generation_user_error", "invalid_request_error"];
            let is_known = kind.and_then(Value::as_str);
            Verdict::when(is_known.is_some_and(|kind| known.contains(&kind)), || {
                let found = quoted_value(kind);
                format!("expected the type `image_generation_user_error`, found {found}")
            })
        }),
        ..Hooks::NONE
    }),
};

fn unreadable(request: &Value) -> Option<&'static str> {
    let urls = references(request).filter_map(|image| image.get("image_url")?.as_str());
    let mut pictures = urls.filter_map(|url| url.strip_prefix("data:")?.split_once(";base64,"));
    let is_broken = |(_, text): (&str, &str)| STANDARD.decode(text).is_err();
    pictures.any(is_broken).then_some("images")
}
