//! A stream is announced as one.

use super::sample::streamed;
use crate::endpoint::Endpoint;
use crate::protocol::Delivery;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-002",
    name: "chat-stream-media-type",
    severity: Severity::Must,
    source: "OpenAI API description, Create chat completion: `text/event-stream`; every \
             recorded stream says so",
    explanation: "A request with `\"stream\": true` that is accepted is answered with media type \
                  `text/event-stream`. Browsers and generic clients choose their reader by it, and \
                  proxies buffer what they take for JSON.",
    violations: &[Sample::Answer {
        request: r#"{"stream":true}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: concat!(hi!(0), done!()),
    }],
    conforming: &[streamed(r#"{"stream":true}"#, concat!(hi!(0), done!()))],
    faults: &["wrong-content-type", "content-type-missing", "error-in-200"],
    check: Check::OpenaiChat(Hooks {
        head: Some(check),
        ..Hooks::NONE
    }),
};

fn check(opened: &Opened<'_>) -> Verdict {
    let (asked, head) = (opened.asked, opened.head);
    let is_stream = asked.endpoint == Endpoint::ChatCompletions && asked.delivery == Delivery::Sse;
    if !is_stream || !head.is_success() {
        return Verdict::Silent;
    }
    let found = head.media_type();
    Verdict::when(found.as_deref() == Some("text/event-stream"), || {
        let found = found.map_or("nothing".to_owned(), |found| quoted(&found));
        format!("expected media type `text/event-stream`, found {found}")
    })
}
