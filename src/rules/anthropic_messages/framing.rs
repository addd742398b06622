//! How the bytes lie: rules that look at a frame and not at what it says.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::oddities;
use crate::rules::wire::{is_closed, is_text};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static ANTHROPIC_BOM: Rule = Rule {
    id: "ANT-005",
    name: "anthropic-byte-order-mark",
    severity: Severity::Must,
    source: "Recordings: no stream starts with a byte-order mark; the vendor's Python client \
             loses the first event behind one",
    explanation: "A stream starts with its first event. Behind a byte-order mark the vendor's \
                  Python client does not see `message_start` and raises at the event after it.",
    violations: &[stream(concat!("\u{feff}", start!(), hi!(0), bye!()))],
    conforming: &[GREETING],
    faults: &["bom"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(marked),
        ..Hooks::NONE
    }),
};

fn marked(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    if frame.index > 0 {
        return Verdict::Silent;
    }
    Verdict::when(!frame.lines.bom, || {
        "expected the first event, found a byte-order mark before it".to_owned()
    })
}

pub(super) static ANTHROPIC_NOT_UTF8: Rule = Rule {
    id: "ANT-004",
    name: "anthropic-not-utf8",
    severity: Severity::Must,
    source: "WHATWG HTML, Server-sent events: event streams are UTF-8; recordings: every \
             stream is",
    explanation: "An event stream is UTF-8 throughout. Other bytes turn into replacement \
                  characters, and the text that the user sees is spoilt for good. A character may \
                  be split over two network writes, never over two events.",
    violations: &[stream(concat!(
        start!(),
        open_text!(0),
        delta!(
            0,
            r#"{"type":"text_delta","text":"caf"#,
            "\u{fffd}",
            r#""}"#
        ),
        close!(0),
        bye!()
    ))],
    conforming: &[GREETING],
    faults: &["truncated-utf8", "garbage-body"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(|step: &Step<'_>| is_text(step.event.lines())),
        ..Hooks::NONE
    }),
};

pub(super) static ANTHROPIC_DATA_LINES: Rule = Rule {
    id: "ANT-007",
    name: "anthropic-data-lines",
    severity: Severity::Must,
    source: "Anthropic documentation, Streaming messages: each event has one data line with \
             JSON; every recorded event does",
    explanation: "Each event carries exactly one `data` line that is not empty. An event without \
                  data makes clients parse nothing and stop; two events that run together lose one \
                  of them. Close every event with an empty line and give each one data line.",
    violations: &[
        stream(concat!("event: ping\n\n", start!(), hi!(0), bye!())),
        stream(concat!(
            start!(),
            open_text!(0),
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\n",
            "data: \"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            close!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["empty-data", "missing-blank-line"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(data_lines),
        ..Hooks::NONE
    }),
};

fn data_lines(step: &Step<'_>) -> Verdict {
    let (frame, lines) = (step.event.frame(), step.event.lines());
    if !lines.closed || lines.oversized || lines.event + lines.data == 0 {
        return Verdict::Silent;
    }
    match lines.data {
        1 if frame.data.is_empty() => Verdict::fail("the event's data is empty"),
        1 => Verdict::Pass,
        0 => Verdict::fail("expected one `data` line in the event, found none"),
        lines => Verdict::fail(format!(
            "expected one `data` line in the event, found `{lines}`"
        )),
    }
}

pub(super) static ANTHROPIC_LOOSE_FRAMING: Rule = Rule {
    id: "ANT-008",
    name: "anthropic-loose-framing",
    severity: Severity::Should,
    source: "Recordings: all events are `event: N`, `data: J`, empty line, each ended by LF \
             alone; the event-stream format allows more",
    explanation: "The vendor writes each event as `event: NAME`, then `data: JSON`, then an empty \
                  line, with one space after each colon and LF alone as line end. Other forms are \
                  legal, but simple clients that split at `\\n\\n` find no event at all in a \
                  stream with CRLF.",
    violations: &[
        stream(concat!(
            "event: ping\r\ndata: {\"type\": \"ping\"}\r\n\r\n",
            start!(),
            hi!(0),
            bye!()
        )),
        stream(concat!(
            "event:ping\ndata:{\"type\": \"ping\"}\n\n",
            start!(),
            hi!(0),
            bye!()
        )),
        stream(concat!(
            "data: {\"type\": \"ping\"}\nevent: ping\n\n",
            start!(),
            hi!(0),
            bye!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["crlf"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(loose_framing),
        ..Hooks::NONE
    }),
};

fn loose_framing(step: &Step<'_>) -> Verdict {
    let (lines, seen) = (step.event.lines(), step.before.oddities);
    if !lines.closed {
        return Verdict::Silent;
    }
    if oddities::has_carriage_return(lines) && !seen.carriage_return {
        return Verdict::fail("expected lines that end in LF alone, found a carriage return");
    }
    if lines.data_before_event && !seen.data_first {
        return Verdict::fail("expected `event` before `data`, found `data` first");
    }
    if lines.unspaced > 0 && !seen.spacing {
        return Verdict::fail("expected one space after the colon of each field");
    }
    Verdict::Pass
}

pub(super) static ANTHROPIC_STRAY_LINE: Rule = Rule {
    id: "ANT-009",
    name: "anthropic-stray-line",
    severity: Severity::Should,
    source: "Recordings: no stream has comments, `id`, `retry` or unknown fields",
    explanation: "The vendor sends `event` and `data` lines and nothing else; its keep-alive is a \
                  `ping` event. Comments and other fields are legal in event streams and most \
                  clients skip them, but home-made parsers stumble over them.",
    violations: &[
        stream(concat!(start!(), ": keepalive\n\n", hi!(0), bye!())),
        stream(concat!("id: 7\n", start!(), hi!(0), bye!())),
    ],
    conforming: &[GREETING],
    faults: &["comment-frame"],
    check: Check::AnthropicMessages(Hooks {
        event: Some(stray_line),
        ..Hooks::NONE
    }),
};

fn stray_line(step: &Step<'_>) -> Verdict {
    let (lines, seen) = (step.event.lines(), step.before.oddities);
    if !lines.closed {
        return Verdict::Silent;
    }
    if lines.comment > 0 && !seen.comment {
        return Verdict::fail("found a comment line in the stream");
    }
    if oddities::has_stray_field(lines) && !seen.stray_field {
        return Verdict::fail("found a field other than `event` and `data`");
    }
    Verdict::Pass
}

pub(super) static ANTHROPIC_UNCLOSED_EVENT: Rule = Rule {
    id: "ANT-010",
    name: "anthropic-unclosed-event",
    severity: Severity::Must,
    source: "WHATWG HTML, Server-sent events: an event is dispatched by the empty line after \
             it; recordings: every body ends with one",
    explanation: "The last event is followed by an empty line like every other. Readers drop an \
                  event that no empty line closes, and the last one is `message_stop`: the whole \
                  answer then looks cut off.",
    violations: &[stream(concat!(
        start!(),
        hi!(0),
        end!("end_turn", 5),
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n"
    ))],
    conforming: &[GREETING],
    faults: &["half-body"],
    check: Check::AnthropicMessages(Hooks {
        end: Some(is_closed),
        ..Hooks::NONE
    }),
};
