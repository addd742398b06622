//! Requests that are wrong on purpose, and what they are refused with.

use crate::protocol::gemini::State;
use crate::protocol::{Delivery, Mistake};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

use super::reading::error_of;

macro_rules! after {
    ($mistake:literal, $status:literal, $body:expr) => {
        Sample::Answer {
            request: concat!(
                "/v1beta/models/{model}:generateContent @mistake=",
                $mistake,
                "\n"
            ),
            status: $status,
            headers: &[("content-type", "application/json; charset=UTF-8")],
            body: $body,
        }
    };
}

const INVALID: &str = r#"{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT"}}"#;
const ABSENT: &str = r#"{"error":{"code":404,"message":"No.","status":"NOT_FOUND"}}"#;
const DENIED: &str = r#"{"error":{"code":403,"message":"No.","status":"PERMISSION_DENIED"}}"#;

pub(super) static STATUS: Rule = Rule {
    id: "GEM-116",
    name: "gemini-mistake-status",
    severity: Severity::Must,
    source: "Recorded refusals; Google API reference, errors. The gateway's own pages have 401 for \
             a key",
    explanation: "A request without `contents` is refused with 400 `INVALID_ARGUMENT`, an unknown \
                  model with 404 `NOT_FOUND`, a bad key with 400, none at all with 403. Google's \
                  clients and those who use them branch on these.",
    violations: &[
        after!("missing-field", 404, ABSENT),
        after!("unknown-model", 400, INVALID),
        after!(
            "missing-field",
            200,
            chunk!(finished!(r#"{"text":"x"}"#), usage!(6, 13))
        ),
    ],
    conforming: &[
        after!("missing-field", 400, INVALID),
        after!("unknown-model", 404, ABSENT),
        after!("no-key", 403, DENIED),
    ],
    faults: &[],
    check: Check::Gemini(Hooks {
        body: Some(|whole| status(whole, None)),
        refusal: Some(|whole| {
            let error = whole.body.ok().and_then(error_of);
            status(whole, error.and_then(|error| error.get("status")?.as_str()))
        }),
        ..Hooks::NONE
    }),
};

/// What goes with a mistake. Of the gateway's own statuses its contract knows.
fn allowed(mistake: Mistake) -> Option<(u16, &'static str)> {
    match mistake {
        Mistake::MissingField | Mistake::WrongType | Mistake::MalformedJson => {
            Some((400, "INVALID_ARGUMENT"))
        }
        Mistake::UnknownModel => Some((404, "NOT_FOUND")),
        Mistake::WrongKey => Some((400, "INVALID_ARGUMENT")),
        Mistake::NoKey => Some((403, "PERMISSION_DENIED")),
        Mistake::BodyTooLarge
        | Mistake::ContextTooLong
        | Mistake::UnknownRoute
        | Mistake::UnknownTask
        | Mistake::BothIds
        | Mistake::CancelUnknownTask
        | Mistake::CancelBothIds
        | Mistake::CancelNoId
        | Mistake::TextModelOnTasks => None,
    }
}

fn status(whole: &Whole<'_, State>, word: Option<&str>) -> Verdict {
    let mistake = whole.asked.mistake.filter(|_| !whole.asked.gateway);
    let Some((status, wanted)) = mistake.and_then(allowed) else {
        return Verdict::Silent;
    };
    let found = whole.head.status;
    // Load and failures come before the request is read.
    if found == 429 || found >= 500 {
        return Verdict::Silent;
    }
    Verdict::when(found == status && word == Some(wanted), || {
        let word = word.map_or("no word".to_owned(), quoted);
        format!("expected status `{status}` and `{wanted}`, found `{found}` and {word}")
    })
}

pub(super) static LABEL: Rule = Rule {
    id: "GEM-115",
    name: "gemini-refused-stream-label",
    severity: Severity::Note,
    source: "Recordings: refused event streams are labelled `text/event-stream` all the same",
    explanation: "Asked for events, the service labels its refusal `text/event-stream` as well, \
                  though it is one JSON object. Clients that choose their reader by the label are \
                  written for that. (The gateway does not say what it does, and is not asked.)",
    violations: &[labelled(&[("content-type", "application/json")])],
    conforming: &[labelled(&[("content-type", "text/event-stream")])],
    faults: &[],
    check: Check::Gemini(Hooks {
        refusal: Some(|whole| {
            let is_asked = whole.asked.delivery == Delivery::Sse && !whole.asked.gateway;
            let error = whole.body.ok().and_then(error_of);
            if !is_asked || error.is_none() {
                return Verdict::Silent;
            }
            // A label that is not there may not have been kept.
            let Some(label) = whole.head.media_type() else {
                return Verdict::Silent;
            };
            Verdict::when(label == "text/event-stream", || {
                let found = quoted(&label);
                format!("expected `text/event-stream` of a refused stream, found {found}")
            })
        }),
        ..Hooks::NONE
    }),
};

const fn labelled(headers: &'static [(&'static str, &'static str)]) -> Sample {
    Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent?alt=sse\n",
        status: 404,
        headers,
        body: ABSENT,
    }
}
