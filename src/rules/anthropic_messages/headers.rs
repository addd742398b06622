//! The head of a stream.

use super::sample::streamed;
use crate::endpoint::Endpoint;
use crate::protocol::Delivery;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Verdict};

const ASKED: &str = r#"{"stream":true}"#;
const GREETED: Sample = streamed(ASKED, concat!(start!(), hi!(0), bye!()));

/// A stream with the media type and one header more.
const fn headed(headers: &'static [(&'static str, &'static str)]) -> Sample {
    Sample::Answer {
        request: ASKED,
        status: 200,
        headers,
        body: concat!(start!(), hi!(0), bye!()),
    }
}

fn is_stream(opened: &Opened<'_>) -> bool {
    let asked = opened.asked;
    let is_asked = asked.endpoint == Endpoint::Messages && asked.delivery == Delivery::Sse;
    is_asked && opened.head.is_success()
}

pub(super) static CHARSET: Rule = Rule {
    id: "ANT-002",
    name: "anthropic-stream-charset",
    severity: Severity::Should,
    source: "Recordings: every stream is `text/event-stream; charset=utf-8`",
    explanation: "The content type of a stream is `text/event-stream; charset=utf-8`. Generic HTTP \
                  libraries fall back to Latin-1 for text without a charset, and every character \
                  that is not ASCII comes out wrong. A head of one line alone, which somebody put \
                  to a file, is not judged by what it leaves out.",
    violations: &[
        headed(&[("content-type", "text/event-stream; charset=iso-8859-1")]),
        headed(&[
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
        ]),
    ],
    conforming: &[GREETED],
    faults: &[r#"edit head content-type = "text/event-stream; charset=iso-8859-1""#],
    check: Check::AnthropicMessages(Hooks {
        head: Some(charset),
        ..Hooks::NONE
    }),
};

fn charset(opened: &Opened<'_>) -> Verdict {
    let Some(value) = opened
        .head
        .header("content-type")
        .filter(|_| is_stream(opened))
    else {
        return Verdict::Silent;
    };
    let lower = value.to_ascii_lowercase();
    if !lower.trim_start().starts_with("text/event-stream") {
        return Verdict::Silent;
    }
    let mut parameters = lower.split(';').skip(1).map(str::trim);
    let charset = parameters.find_map(|parameter| parameter.strip_prefix("charset="));
    match charset.map(|charset| charset.trim_matches('"')) {
        Some("utf-8" | "utf8") => Verdict::Pass,
        None if opened.head.names().count() < 2 => Verdict::Silent,
        _ => Verdict::fail(format!(
            "expected `text/event-stream; charset=utf-8`, found {}",
            quoted(value)
        )),
    }
}

pub(super) static CACHED: Rule = Rule {
    id: "ANT-003",
    name: "anthropic-stream-cacheable",
    severity: Severity::Should,
    source: "Recordings: every stream says `cache-control: no-cache`",
    explanation: "A stream's `cache-control` says `no-cache` (or `no-store`). One that allows a \
                  copy makes proxies hold the stream back until it is whole, and answer the next \
                  caller with it. Where the header is missing nothing is said: recordings lose it.",
    violations: &[headed(&[
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "max-age=60"),
    ])],
    conforming: &[headed(&[
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-cache"),
    ])],
    faults: &[r#"edit head cache-control = "max-age=60""#],
    check: Check::AnthropicMessages(Hooks {
        head: Some(cached),
        ..Hooks::NONE
    }),
};

fn cached(opened: &Opened<'_>) -> Verdict {
    let told = opened.head.header("cache-control");
    let Some(told) = told.filter(|_| is_stream(opened)) else {
        return Verdict::Silent;
    };
    let lower = told.to_ascii_lowercase();
    let is_kept_out = lower.contains("no-cache") || lower.contains("no-store");
    Verdict::when(is_kept_out, || {
        format!("expected `cache-control: no-cache`, found {}", quoted(told))
    })
}
