use super::sample::UNARY;
use crate::protocol::gemini::State;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "GEM-119",
    name: "gemini-body-not-an-object",
    severity: Severity::Must,
    source: "Every recorded body; Google's clients find no text in an array and raise nothing",
    explanation: "`:generateContent` is answered with one JSON object, labelled \
                  `application/json`. Google's clients take an array for an answer without text, \
                  and raise nothing.",
    violations: &[
        body!(
            "[",
            chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
            "]"
        ),
        Sample::Answer {
            request: "/v1beta/models/{model}:generateContent\n",
            status: 200,
            headers: &[("content-type", "text/plain")],
            body: chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
        },
    ],
    conforming: &[UNARY],
    faults: &[
        "wrong-content-type",
        "content-type-missing",
        "empty-body",
        "garbage-body",
        "half-body",
    ],
    check: Check::Gemini(Hooks {
        head: Some(label),
        body: Some(object),
        ..Hooks::NONE
    }),
};

fn label(opened: &Opened<'_>) -> Verdict {
    if opened.asked.delivery != Delivery::Unary || !opened.head.is_success() {
        return Verdict::Silent;
    }
    let found = opened.head.media_type();
    Verdict::when(found.as_deref() == Some("application/json"), || {
        let found = found.map_or("nothing".to_owned(), |found| quoted(&found));
        format!("expected content type `application/json`, found {found}")
    })
}

fn object(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean || whole.asked.delivery != Delivery::Unary {
        return Verdict::Silent;
    }
    match whole.body {
        Err(error) => Verdict::fail(format!("expected a JSON object, found: {error}")),
        Ok(body) => Verdict::when(body.is_object(), || {
            format!("expected a JSON object, found {}", quoted_value(Some(body)))
        }),
    }
}
