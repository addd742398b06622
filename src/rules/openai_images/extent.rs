//! The picture itself against what is said of it.

use crate::json::Value;

use super::order::{Kind, kind};
use super::resolved::side_lengths;
use super::shape::{data, is_whole, requested};
use super::{REQUEST, STREAMED, body, stream};
use crate::protocol::Asked;
use crate::protocol::openai_images::State;
use crate::rules::picture::pixels;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

/// A PNG of 16 by 16 pixels.
macro_rules! small_png {
    () => {
        concat!(
            "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAAE0lEQVR42mPg",
            "52eAow8fEAiHOAAqXw/xPczXZQAAAABJRU5ErkJggg=="
        )
    };
}

macro_rules! sized {
    ($size:literal) => {
        concat!(
            r#"{"created":1790000007,"data":[{"b64_json":""#,
            small_png!(),
            r#""}],"background":"opaque","output_format":"png","quality":"low","size":""#,
            $size,
            r#"","usage":"#,
            usage!(),
            "}"
        )
    };
}

pub(super) static WRONG_SIZE: Rule = Rule {
    id: "OAI-010",
    name: "images-other-pixel-size",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, `size`; every recorded picture has it",
    explanation: "A picture has as many pixels as `size` says, of the answer or of the request. \
        Sizes differ in price, and layouts are made for the one that was ordered.",
    violations: &[
        body(REQUEST, sized!("1024x1024")),
        body(
            r#"{"model":"gpt-image-1","prompt":"a kite","size":"32x32"}"#,
            concat!(
                r#"{"created":1790000007,"data":[{"b64_json":""#,
                small_png!(),
                r#""}],"usage":"#,
                usage!(),
                "}"
            ),
        ),
    ],
    conforming: &[
        body(REQUEST, sized!("16x16")),
        stream(STREAMED, completed!(small_png!(), usage!())),
    ],
    faults: &[r#"edit * /size = "64x64""#],
    check: Check::OpenaiImages(Hooks {
        event: Some(streamed_size),
        body: Some(whole_size),
        ..Hooks::NONE
    }),
};

fn streamed_size(transition: &Transition<'_, State>) -> Verdict {
    // Previews may be smaller.
    match transition.event.json() {
        Some(event) if kind(transition) == Kind::Completed => {
            is_sized(transition.asked.get(), event, event)
        }
        Some(_) | None => Verdict::Silent,
    }
}

fn whole_size(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole.body.ok().filter(|_| is_whole(whole)) else {
        return Verdict::Silent;
    };
    let entries = data(whole).and_then(Value::as_array);
    let mut verdict = Verdict::Silent;
    for entry in entries.into_iter().flatten() {
        match is_sized(whole.asked.get(), body, entry) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

fn is_sized(asked: &Asked, owner: &Value, entry: &Value) -> Verdict {
    let told = owner.get("size").and_then(Value::as_str);
    let told = told.filter(|told| side_lengths(told).is_some());
    let size = told.or(requested(asked, "size")).and_then(side_lengths);
    let picture = entry.get("b64_json").and_then(Value::as_str);
    let (Some(size), Some(found)) = (size, picture.and_then(pixels)) else {
        return Verdict::Silent;
    };
    Verdict::when(size == found, || {
        format!(
            "expected a picture of `{}x{}`, found `{}x{}`",
            size.0, size.1, found.0, found.1
        )
    })
}

pub(super) static REVISED_PROMPT: Rule = Rule {
    id: "OAI-012",
    name: "images-revised-prompt",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, Image: `revised_prompt`; recordings",
    explanation: "Where an entry has a `revised_prompt` it is the prompt that was really drawn, a \
        text that is not empty. Clients show it under the picture.",
    violations: &[body(
        REQUEST,
        concat!(
            r#"{"created":1790000007,"data":[{"revised_prompt":null,"b64_json":""#,
            png!(),
            r#""}],"usage":"#,
            usage!(),
            "}"
        ),
    )],
    conforming: &[body(
        REQUEST,
        concat!(
            r#"{"created":1790000007,"data":[{"revised_prompt":"a red kite","b64_json":""#,
            png!(),
            r#""}],"usage":"#,
            usage!(),
            "}"
        ),
    )],
    faults: &[r#"edit * /data/0/revised_prompt = """#],
    check: Check::OpenaiImages(Hooks {
        body: Some(revised),
        ..Hooks::NONE
    }),
};

fn revised(whole: &Whole<'_, State>) -> Verdict {
    let entries = data(whole).and_then(Value::as_array);
    let mut verdict = Verdict::Silent;
    for entry in entries.into_iter().flatten() {
        let Some(found) = entry.get("revised_prompt") else {
            continue;
        };
        if found.as_str().is_none_or(str::is_empty) {
            let found = quoted_value(Some(found));
            return Verdict::fail(format!(
                "expected a text in `revised_prompt`, found {found}"
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
