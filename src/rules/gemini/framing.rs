//! How events lie on the wire: labels, encoding, lines.

use super::sample::{ARRAY, TEXT};
use crate::protocol::gemini::{State, raw_error};
use crate::protocol::{Delivery, Payload};
use crate::rules::wire::{is_labelled, is_utf8};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Transition, Verdict};
use crate::wire::frame::Lines;

pub(super) static NOT_A_STREAM: Rule = Rule {
    id: "GEM-001",
    name: "gemini-stream-not-labelled",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "`:streamGenerateContent?alt=sse` is answered as `text/event-stream`: the request \
                  asked for events, and clients pick their reader by the label.",
    violations: &[Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent?alt=sse\n",
        status: 200,
        headers: &[("content-type", "application/json")],
        body: chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
    }],
    conforming: &[TEXT],
    faults: &["wrong-content-type", "content-type-missing", "error-in-200"],
    check: Check::Gemini(Hooks {
        head: Some(|opened| is_labelled(opened, Delivery::Sse, "text/event-stream")),
        ..Hooks::NONE
    }),
};

pub(super) static NOT_AN_ARRAY: Rule = Rule {
    id: "GEM-020",
    name: "gemini-array-not-labelled",
    severity: Severity::Must,
    source: "Every recorded answer of this form",
    explanation: "`:streamGenerateContent` without `alt=sse` is answered with one JSON array, \
                  labelled `application/json`. Events instead of it break every client that asked \
                  for the array.",
    violations: &[Sample::Answer {
        request: "/v1beta/models/{model}:streamGenerateContent\n",
        status: 200,
        headers: &[("content-type", "text/event-stream")],
        body: concat!(first!(), last!()),
    }],
    conforming: &[ARRAY],
    faults: &["wrong-content-type", "content-type-missing"],
    check: Check::Gemini(Hooks {
        head: Some(|opened| is_labelled(opened, Delivery::Array, "application/json")),
        ..Hooks::NONE
    }),
};

pub(super) static NOT_UTF8: Rule = Rule {
    id: "GEM-003",
    name: "gemini-not-utf8",
    severity: Severity::Must,
    source: "Every recorded stream of the service; Google's Python client fails on a byte-order \
             mark",
    explanation: "A stream is UTF-8 without a byte-order mark. Google's Python client raises at \
                  the mark, and at bytes that are no characters. Cut text between characters only.",
    violations: &[stream!("\u{feff}", first!(), last!())],
    conforming: &[TEXT],
    faults: &["bom", "truncated-utf8", "garbage-body"],
    check: Check::Gemini(Hooks {
        event: Some(|seen: &Transition<'_, State>| is_utf8(seen.event.lines())),
        ..Hooks::NONE
    }),
};

/// The lines of an event's block; `None` for array elements and what is no event stream.
fn lines_of<'a>(seen: &Transition<'a, State>) -> Option<&'a Lines> {
    let lines = seen.event.lines();
    (seen.asked.delivery == Delivery::Sse && !lines.oversized).then_some(lines)
}

pub(super) static NOT_CLOSED: Rule = Rule {
    id: "GEM-007",
    name: "gemini-event-not-closed",
    severity: Severity::Must,
    source: "WHATWG HTML, server-sent events; Google's JavaScript client loses the last chunk",
    explanation: "Every event is closed by an empty line, the last one too. Google's JavaScript \
                  client otherwise raises `Incomplete JSON segment at the end` and loses the chunk \
                  that says why the answer ended; two events in a row become one that is no JSON.",
    violations: &[
        stream!(
            first!(),
            "data: ",
            chunk!(finished!(r#"{"text":" the Moon."}"#), usage!(6, 13)),
            "\r\n"
        ),
        stream!(
            "data: ",
            chunk!(candidate!(r#"{"text":"Tides"}"#), usage!(3, 10)),
            "\r\n",
            last!()
        ),
        stream!(first!(), last!(), "upstream closed"),
    ],
    conforming: &[TEXT],
    faults: &["missing-blank-line"],
    check: Check::Gemini(Hooks {
        event: Some(closing),
        ..Hooks::NONE
    }),
};

fn closing(seen: &Transition<'_, State>) -> Verdict {
    let Some(lines) = lines_of(seen) else {
        return Verdict::Silent;
    };
    let is_json = matches!(seen.event.payload, Payload::Json(_) | Payload::Done);
    if !lines.closed {
        // Bytes that end inside their JSON are a broken-off stream, which has a rule of its own.
        return if is_json {
            Verdict::fail("expected an empty line after the last event, found the end")
        } else if seen.before.all_finished() {
            Verdict::fail("expected nothing after the last event, found bytes of no event")
        } else {
            Verdict::Silent
        };
    }
    if lines.data > 1 && !is_json && starts_each(seen.event.frame().data.as_ref()) {
        return Verdict::fail("expected an empty line between two events, found none");
    }
    Verdict::Pass
}

/// Whether every line of the data begins an object: events that ran together.
fn starts_each(data: &[u8]) -> bool {
    let mut lines = data.split(|byte| *byte == b'\n');
    lines.all(|line| line.starts_with(b"{"))
}

pub(super) static UNEXPECTED_LINE: Rule = Rule {
    id: "GEM-004",
    name: "gemini-unexpected-line",
    severity: Severity::Must,
    source: "Every recorded stream of the service; seen with Google's Python and JavaScript \
             clients",
    explanation: "Every line is empty or begins with `data: `, the space included. Google's Python \
                  client raises at any other line, comments among them, and the JavaScript client \
                  silently drops an event that has an `event` line. Send no keepalive comments on \
                  this route.",
    violations: &[
        stream!(first!(), ": keepalive\r\n\r\n", last!()),
        stream!("event: chunk\r\n", first!(), last!()),
        stream!(
            "data:",
            chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
            "\r\n\r\n"
        ),
    ],
    conforming: &[TEXT],
    faults: &["comment-frame", "keepalive-frame"],
    check: Check::Gemini(Hooks {
        event: Some(only_data),
        ..Hooks::NONE
    }),
};

fn only_data(seen: &Transition<'_, State>) -> Verdict {
    let Some(lines) = lines_of(seen).filter(|lines| lines.closed) else {
        return Verdict::Silent;
    };
    let found = if lines.comment > 0 {
        "a comment"
    } else if lines.event > 0 {
        "an `event` line"
    } else if lines.id + lines.retry > 0 {
        "an `id` or `retry` line"
    } else if lines.unspaced > 0 && !seen.event.frame().data.is_empty() {
        "a `data:` without exactly one space after it"
    } else if lines.unknown > 0 && raw_error(seen.event.frame().raw).is_none() {
        "a line that is no field"
    } else {
        return Verdict::Pass;
    };
    if seen.before.odd_lines {
        return Verdict::Silent;
    }
    Verdict::fail(format!("expected `data: ` lines only, found {found}"))
}

pub(super) static SEVERAL_LINES: Rule = Rule {
    id: "GEM-005",
    name: "gemini-several-data-lines",
    severity: Severity::Must,
    source: "Every recorded stream of the service; Google's JavaScript client fails",
    explanation: "A chunk is one line of JSON. Pretty-printed over several `data` lines it is \
                  legal, but Google's JavaScript client parses each line by itself and raises.",
    violations: &[stream!(
        "data: {\r\ndata: ",
        r#""candidates":["#,
        finished!(r#"{"text":"Tides."}"#),
        r#"],"usageMetadata":"#,
        usage!(6, 13),
        "}\r\n\r\n"
    )],
    conforming: &[TEXT],
    faults: &[r#"edit bytes "\"usageMetadata\"" "\r\ndata: \"usageMetadata\"""#],
    check: Check::Gemini(Hooks {
        event: Some(one_line),
        ..Hooks::NONE
    }),
};

fn one_line(seen: &Transition<'_, State>) -> Verdict {
    match lines_of(seen) {
        Some(lines) if lines.closed && lines.data > 0 => Verdict::when(lines.data == 1, || {
            format!("expected one `data` line, found `{}`", lines.data)
        }),
        _ => Verdict::Silent,
    }
}

pub(super) static LINE_FEEDS: Rule = Rule {
    id: "GEM-006",
    name: "gemini-line-feeds",
    severity: Severity::Should,
    source: "Every recorded stream of the service",
    explanation: "The service ends its lines with CR LF. Google's clients take line feeds as well, \
                  yet a byte-for-byte stand-in sends what the service sends.",
    violations: &[stream!(
        "data: ",
        chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
        "\n\n"
    )],
    conforming: &[TEXT],
    faults: &[r#"edit bytes "\r\n\r\n" "\n\n""#],
    check: Check::Gemini(Hooks {
        event: Some(line_ends),
        ..Hooks::NONE
    }),
};

fn line_ends(seen: &Transition<'_, State>) -> Verdict {
    // One stream has one writer: what holds for the first event holds for all.
    if seen.before.chunks.has_begun() {
        return Verdict::Silent;
    }
    match lines_of(seen) {
        Some(lines) if lines.data > 0 => Verdict::when(lines.lf + lines.cr == 0, || {
            "expected lines that end in CR LF, found others".to_owned()
        }),
        _ => Verdict::Silent,
    }
}
