//! A stream is announced as one.

use super::sample::streamed;
use crate::endpoint::Endpoint;
use crate::protocol::Delivery;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ANT-001",
    name: "anthropic-stream-media-type",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: server-sent events; every recorded \
             stream says `text/event-stream`",
    explanation: "A request with `\"stream\": true` that is accepted is answered with media type \
                  `text/event-stream`. Browsers and generic clients choose their reader by it, and \
                  proxies buffer what they take for JSON.",
    violations: &[Sample::Answer {
        request: r#"{"stream":true}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: concat!(start!(), hi!(0), bye!()),
    }],
    conforming: &[streamed(
        r#"{"stream":true}"#,
        concat!(start!(), hi!(0), bye!()),
    )],
    faults: &["wrong-content-type", "content-type-missing", "error-in-200"],
    check: Check::AnthropicMessages(Hooks {
        head: Some(check),
        ..Hooks::NONE
    }),
};

fn check(opened: &Opened<'_>) -> Verdict {
    let (asked, head) = (opened.asked, opened.head);
    let is_stream = asked.endpoint == Endpoint::Messages && asked.delivery == Delivery::Sse;
    if !is_stream || !head.is_success() {
        return Verdict::Silent;
    }
    let found = head.media_type();
    Verdict::when(found.as_deref() == Some("text/event-stream"), || {
        let found = found.map_or("nothing".to_owned(), |found| format!("`{found}`"));
        format!("expected media type `text/event-stream`, found {found}")
    })
}
