//! What an answer says of its own looks: size, quality, background and format as they became.

use crate::json::Value;

use super::order::{Kind, kind};
use super::shape::{is_whole, requested};
use super::{BODY, REQUEST, STREAM, STREAMED, body, stream};
use crate::protocol::Asked;
use crate::protocol::openai_images::{LOOKS, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// A whole answer with the given looks.
macro_rules! looks {
    ($looks:literal) => {
        concat!(
            r#"{"created":1790000007,"data":[{"b64_json":""#,
            png!(),
            r#""}],"#,
            $looks,
            r#","usage":"#,
            usage!(),
            "}"
        )
    };
}

const LOW: &str = r#"{"model":"gpt-image-1","prompt":"a kite","quality":"low","size":"16x16"}"#;

pub(super) static UNRESOLVED: Rule = Rule {
    id: "OAI-013",
    name: "images-looks-unresolved",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, ImagesResponse; every recorded answer that has them",
    explanation: "An answer that tells `size`, `quality` and `background` tells what they became: \
        never `auto`, the size in pixels, and the format with them. The price depends on them, so \
        that a client can only compute it from resolved values.",
    violations: &[
        body(REQUEST, looks!(r#""quality":"auto","size":"16x16""#)),
        body(REQUEST, looks!(r#""quality":"low","size":"square""#)),
        body(
            REQUEST,
            looks!(r#""quality":"low","background":"opaque","output_format":"png""#),
        ),
    ],
    conforming: &[body(REQUEST, BODY)],
    faults: &[r#"edit * /quality = "auto""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(resolved),
        ..Hooks::NONE
    }),
};

fn resolved(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole.body.ok().filter(|_| is_whole(whole)) else {
        return Verdict::Silent;
    };
    let mut verdict = Verdict::Silent;
    let is_told = LOOKS.iter().any(|name| body.get(*name).is_some());
    for name in LOOKS {
        let Some(found) = body.get(name) else {
            // Answers of the first months told none of them; later ones tell all four.
            if is_told {
                return Verdict::fail(format!("expected `{name}` beside the others, found none"));
            }
            continue;
        };
        let holds = match found.as_str() {
            Some(text) if name == "size" => side_lengths(text).is_some(),
            Some(text) => text != "auto" && !text.is_empty(),
            None => false,
        };
        if !holds {
            let found = quoted_value(Some(found));
            return Verdict::fail(format!("expected a resolved `{name}`, found {found}"));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

pub(super) static UNKNOWN: Rule = Rule {
    id: "OAI-064",
    name: "images-looks-unknown",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document and the vendor's newest client types: the values of each",
    explanation: "`quality`, `background` and `output_format` have a few documented values, and a \
        size is `auto` or pixels. A client chooses a file's name and a price by them, and knows \
        none for another.",
    violations: &[
        body(
            REQUEST,
            looks!(
                r#""quality":"lowest","size":"16x16","background":"opaque","output_format":"png""#
            ),
        ),
        stream(
            STREAMED,
            concat!(
                "event: image_generation.completed\n",
                r#"data: {"type":"image_generation.completed","b64_json":""#,
                png!(),
                r#"","created_at":1790000007,"size":"16x16","quality":"low","#,
                r#""background":"clear","output_format":"png","usage":"#,
                usage!(),
                "}\n\n"
            ),
        ),
    ],
    conforming: &[body(REQUEST, BODY), stream(STREAMED, STREAM)],
    faults: &["edit * /quality extended \"er\""],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| match transition.event.json() {
            Some(event) if kind(transition) != Kind::Other => known(event),
            Some(_) | None => Verdict::Silent,
        }),
        body: Some(|whole| whole.body.map_or(Verdict::Silent, known)),
        ..Hooks::NONE
    }),
};

const VALUES: [(&str, &[&str]); 3] = [
    (
        "quality",
        &[
            "auto", "low", "medium", "high", "xhigh", "max", "standard", "hd",
        ],
    ),
    ("background", &["auto", "opaque", "transparent"]),
    ("output_format", &["png", "jpeg", "webp", "gif", "svg"]),
];

fn known(answer: &Value) -> Verdict {
    let mut verdict = Verdict::Silent;
    let told = |name: &str| answer.get(name).and_then(Value::as_str);
    if let Some(size) = told("size") {
        if size != "auto" && side_lengths(size).is_none() {
            return Verdict::fail(format!("expected `size` in pixels, found {}", quoted(size)));
        }
        verdict = Verdict::Pass;
    }
    for (name, values) in VALUES {
        let Some(found) = told(name) else { continue };
        if !values.contains(&found) {
            return Verdict::fail(format!(
                "expected a documented `{name}`, found {}",
                quoted(found)
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

/// Width and height of `1024x768`.
pub(super) fn side_lengths(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    let side = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    Some((side(width)?, side(height)?))
}

pub(super) static NOT_AS_ASKED: Rule = Rule {
    id: "OAI-014",
    name: "images-looks-not-as-asked",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `size`, `quality`, `background`, `output_format` of request \
        and answer; every recorded answer that has them",
    explanation: "What the request fixed comes back as it was fixed. A picture in another quality \
        or size than was ordered is another product at another price.",
    violations: &[body(
        LOW,
        looks!(r#""quality":"high","size":"16x16","background":"opaque","output_format":"png""#),
    )],
    conforming: &[body(LOW, BODY)],
    faults: &[r#"edit * /quality = "high""#],
    check: Check::OpenaiImages(Hooks {
        body: Some(|whole| match whole.body.ok().filter(|_| is_whole(whole)) {
            Some(body) => as_asked(whole.asked.get(), body),
            None => Verdict::Silent,
        }),
        ..Hooks::NONE
    }),
};

fn as_asked(asked: &Asked, answer: &Value) -> Verdict {
    let mut verdict = Verdict::Silent;
    for name in LOOKS {
        let wanted = requested(asked, name).filter(|wanted| *wanted != "auto");
        let found = answer.get(name).and_then(Value::as_str);
        let (Some(wanted), Some(found)) = (wanted, found) else {
            continue;
        };
        // Aspect ratios and names of sizes are resolved to pixels.
        if name == "size" && side_lengths(wanted).is_none() {
            continue;
        }
        if wanted != found {
            return Verdict::fail(format!(
                "expected `{name}` {} as asked, found {}",
                quoted(wanted),
                quoted(found)
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

pub(super) static CHANGES: Rule = Rule {
    id: "OAI-037",
    name: "images-looks-change",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, image stream events: these describe the request",
    explanation: "All events of a stream tell one size, quality, background and format, those of \
        the request where it fixed them; `auto` may be resolved on the way. A client that wrote \
        the first preview into a `.png` writes the last one there too.",
    violations: &[
        stream(
            STREAMED,
            concat!(
                partial!(0, 1790000003),
                concat!(
                    "event: image_generation.completed\n",
                    r#"data: {"type":"image_generation.completed","b64_json":"UklGRgAAAABXRUJQ","#,
                    r#""created_at":1790000007,"size":"16x16","quality":"low","#,
                    r#""background":"opaque","output_format":"webp","usage":"#,
                    usage!(),
                    "}\n\n"
                )
            ),
        ),
        stream(
            r#"{"model":"gpt-image-1","prompt":"a kite","stream":true,"quality":"high"}"#,
            completed!(),
        ),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[r#"edit image_generation.completed /background = "transparent""#],
    check: Check::OpenaiImages(Hooks {
        event: Some(constant),
        ..Hooks::NONE
    }),
};

fn constant(transition: &Transition<'_, State>) -> Verdict {
    let Some(event) = transition.event.json() else {
        return Verdict::Silent;
    };
    if kind(transition) == Kind::Other {
        return Verdict::Silent;
    }
    for (name, before) in LOOKS.iter().zip(&transition.before.looks) {
        let found = event.get(*name).and_then(Value::as_str);
        let (Some(before), Some(found)) = (before.as_deref(), found) else {
            continue;
        };
        if before != "auto" && before != found {
            return Verdict::fail(format!(
                "expected `{name}` {} as before, found {}",
                quoted(before),
                quoted(found)
            ));
        }
    }
    match as_asked(transition.asked.get(), event) {
        Verdict::Silent | Verdict::Pass => Verdict::Pass,
        fault @ Verdict::Fail(_) => fault,
    }
}
