//! What the body of a refusal is labelled as.

use super::{Surface, answer, is_ours, is_refusal, surface};
use crate::endpoint::Endpoint;
use crate::json::Value;
use crate::protocol::{BodyEnd, Delivery};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Verdict, Whole};

const CHAT: &str = "/v1/chat/completions @gateway\n";
const EVENTS: &str = "/v1beta/models/{model}:streamGenerateContent?alt=sse @gateway\n";

const REFUSED: &str = openai!("invalid_param");
const NOT_FOUND: &str = r#"{"error":{"code":404,"message":"No.","status":"NOT_FOUND"}}"#;

/// A refusal of the gateway's own with this label.
macro_rules! labelled {
    ($request:expr, $status:literal, $body:expr $(, $label:literal)?) => {
        Sample::Answer {
            request: $request,
            status: $status,
            headers: &[
                $(("content-type", $label),)?
                ("x-ratelimit-limit", "50.00"),
                ("x-ratelimit-remaining", "42.18"),
                ("x-ratelimit-reset", "1790000000"),
                ("x-quota-remaining-credits", "192.40"),
            ],
            body: $body,
        }
    };
}

/// The gateway's refusals are JSON and say so.
pub(super) static NOT_JSON: Rule = Rule {
    id: "GW-180",
    name: "refusal-not-labelled-json",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference: every envelope is a JSON object; RFC \
             9110, 8.3",
    explanation: "A refusal is a JSON envelope labelled `application/json`. Many HTTP libraries \
        read JSON only where it is labelled so: under another label, or none, the caller gets a \
        string in which no code can be looked up. (Asked for events, Gemini labels its refusals \
        `text/event-stream`, which is let pass there. What is no JSON has a rule elsewhere.)",
    violations: &[
        labelled!(CHAT, 400, REFUSED, "text/html"),
        labelled!(CHAT, 400, REFUSED, "text/plain; charset=utf-8"),
        labelled!(CHAT, 400, REFUSED),
        labelled!(CHAT, 400, REFUSED, "text/event-stream"),
    ],
    conforming: &[
        answer(CHAT, 400, REFUSED),
        labelled!(CHAT, 400, REFUSED, "application/json; charset=utf-8"),
        labelled!(EVENTS, 404, NOT_FOUND, "text/event-stream"),
    ],
    faults: &[
        r#"edit head content-type = "text/html""#,
        r#"edit head content-type = "text/plain""#,
        "edit head content-type removed",
    ],
    check: Check::Gateway(Hooks {
        refusal: Some(is_labelled),
        ..Hooks::NONE
    }),
};

fn is_labelled(whole: &Whole<'_, ()>) -> Verdict {
    if !is_refusal(whole) || whole.body.is_err() {
        return Verdict::Silent;
    }
    let label = whole.head.media_type();
    let is_stream = surface(whole.asked.get()) == Surface::Google
        && whole.asked.delivery == Delivery::Sse
        && label.as_deref() == Some("text/event-stream");
    Verdict::when(
        is_stream || label.as_deref() == Some("application/json"),
        || {
            let found = label.as_deref().map_or("nothing".to_owned(), quoted);
            format!("expected a refusal labelled `application/json`, found {found}")
        },
    )
}

/// A refusal of anybody's.
macro_rules! native {
    ($label:literal) => {
        Sample::Answer {
            request: "/v1/messages\n",
            status: 400,
            headers: &[("content-type", $label)],
            body: concat!(
                r#"{"type":"error","error":{"type":"invalid_request_error","#,
                r#""message":"no messages"}}"#
            ),
        }
    };
}

/// Whoever refuses, JSON is no page.
pub(super) static PAGE: Rule = Rule {
    id: "GW-181",
    name: "refusal-labelled-as-page",
    severity: Severity::Must,
    source: "RFC 9110, 8.3: the content type is that of the body; no recorded refusal",
    explanation: "A refusal that is JSON does not call itself a page. Clients that go by the label \
        show a person raw JSON, or fail over it with an error of their own. (One recorded refusal \
        is JSON in `text/plain`, so that this is let pass, and so is what has no label. Of what \
        calls itself JSON and is a page, each protocol has a rule.)",
    violations: &[native!("text/html; charset=utf-8")],
    conforming: &[native!("text/plain"), native!("application/json")],
    faults: &[r#"edit head content-type = "text/html""#],
    check: Check::Gateway(Hooks {
        refusal: Some(is_no_page),
        ..Hooks::NONE
    }),
};

/// Of the gateway's own more is asked.
fn is_no_page(whole: &Whole<'_, ()>) -> Verdict {
    let is_other = !is_ours(whole.asked.get()) && whole.asked.endpoint != Endpoint::Asset;
    let is_json = whole.end == BodyEnd::Clean && whole.body.is_ok_and(Value::is_object);
    let Some(label) = whole.head.media_type().filter(|_| is_other && is_json) else {
        return Verdict::Silent;
    };
    Verdict::when(!matches!(label.as_str(), "text/html" | "text/xml"), || {
        format!("expected no JSON in a body labelled `{label}`, found an object")
    })
}
