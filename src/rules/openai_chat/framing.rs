//! How the bytes lie: rules that look at a frame and not at what it says.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::oddities;
use crate::rules::quoting::quoted;
use crate::rules::wire::{is_closed, is_utf8};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static CHAT_NOT_UTF8: Rule = Rule {
    id: "OAC-004",
    name: "chat-not-utf8",
    severity: Severity::Must,
    source: "WHATWG HTML, Server-sent events: event streams are UTF-8; recordings: every \
             stream is, and none starts with a byte-order mark",
    explanation: "An event stream is UTF-8 throughout, without a byte-order mark. Other bytes turn \
                  into replacement characters, and behind a mark the vendor's Python client loses \
                  the first chunk and with it the role.",
    violations: &[stream(concat!("\u{feff}", hi!(0), done!()))],
    conforming: &[GREETING],
    faults: &["bom", "truncated-utf8", "garbage-body"],
    check: Check::OpenaiChat(Hooks {
        event: Some(|step: &Step<'_>| is_utf8(step.event.lines())),
        ..Hooks::NONE
    }),
};

pub(super) static CHAT_EMPTY_RECORD: Rule = Rule {
    id: "OAC-010",
    name: "chat-empty-record",
    severity: Severity::Must,
    source: "Measured with the vendor's clients: both raise on a record without data; no \
             recorded stream has one",
    explanation: "A record that has any field has data that is not empty. The vendor's Python and \
                  Node clients hand empty data to their JSON parser and raise, and the rest of the \
                  answer is lost. A keep-alive must be a comment line.",
    violations: &[
        stream(concat!(
            role!(0),
            "data:\n\n",
            say!(0),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(
            role!(0),
            "event: ping\n\n",
            say!(0),
            finish!(0, "stop"),
            done!()
        )),
    ],
    conforming: &[GREETING],
    faults: &["empty-data"],
    check: Check::OpenaiChat(Hooks {
        event: Some(empty),
        ..Hooks::NONE
    }),
};

fn empty(step: &Step<'_>) -> Verdict {
    let (frame, lines) = (step.event.frame(), step.event.lines());
    let fields = lines.data + lines.event + lines.id + lines.retry;
    if !lines.closed || lines.oversized || fields == 0 {
        return Verdict::Silent;
    }
    Verdict::when(!frame.data.is_empty(), || {
        "found a record without data".to_owned()
    })
}

pub(super) static CHAT_CARRIAGE_RETURN: Rule = Rule {
    id: "OAC-006",
    name: "chat-carriage-return",
    severity: Severity::Should,
    source: "Recordings: lines end in LF alone; the event-stream format allows CRLF and CR",
    explanation: "The vendor ends lines with LF alone. CRLF is legal, but simple clients that \
                  split at `\\n\\n` find no record at all in such a stream.",
    violations: &[stream(concat!(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",",
        "\"created\":1790000000,\"model\":\"m\",\"choices\":[]}\r\n\r\n",
        "data: [DONE]\r\n\r\n"
    ))],
    conforming: &[GREETING],
    faults: &["crlf"],
    check: Check::OpenaiChat(Hooks {
        event: Some(carriage_return),
        ..Hooks::NONE
    }),
};

fn carriage_return(step: &Step<'_>) -> Verdict {
    let lines = step.event.lines();
    if !lines.closed || step.before.oddities.carriage_return {
        return Verdict::Silent;
    }
    Verdict::when(!oddities::has_carriage_return(lines), || {
        "expected lines that end in LF alone, found a carriage return".to_owned()
    })
}

pub(super) static CHAT_DATA_LINES: Rule = Rule {
    id: "OAC-007",
    name: "chat-data-lines",
    severity: Severity::Should,
    source: "Recordings: one `data` line in each record, one space after the colon",
    explanation: "Each record is one `data` line with one space after its colon. Several lines are \
                  legal and joined by a line break, but simple clients read each as a record of \
                  its own; two records that run together are read as one and lost.",
    violations: &[
        stream(concat!(
            role!(0),
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\n",
            "data: \"created\":1790000000,\"model\":\"m\",\"choices\":[]}\n\n",
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(hi!(0), "data:[DONE]\n\n")),
    ],
    conforming: &[GREETING],
    faults: &["missing-blank-line"],
    check: Check::OpenaiChat(Hooks {
        event: Some(data_lines),
        ..Hooks::NONE
    }),
};

fn data_lines(step: &Step<'_>) -> Verdict {
    let (lines, seen) = (step.event.lines(), step.before.oddities);
    if !lines.closed || lines.data == 0 {
        return Verdict::Silent;
    }
    if lines.data > 1 && !seen.split_data {
        let found = lines.data;
        return Verdict::fail(format!(
            "expected one `data` line in the record, found `{found}`"
        ));
    }
    if lines.unspaced > 0 && !seen.spacing {
        return Verdict::fail("expected one space after the colon of each field");
    }
    Verdict::Pass
}

pub(super) static CHAT_NAMED_RECORD: Rule = Rule {
    id: "OAC-008",
    name: "chat-named-record",
    severity: Severity::Should,
    source: "OpenAI API description, `stream`: data-only server-sent events; recordings: no \
             `event` field",
    explanation: "Records have no `event` field. Clients in browsers hand named events to \
                  listeners that nobody has set up for this protocol, so that they vanish. Only a \
                  record that tells of an error may be named so.",
    violations: &[stream(concat!(
        role!(0),
        "event: chunk\n",
        say!(0),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &["keepalive-frame"],
    check: Check::OpenaiChat(Hooks {
        event: Some(named),
        ..Hooks::NONE
    }),
};

fn named(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    if !frame.lines.closed {
        return Verdict::Silent;
    }
    match frame.name.as_deref() {
        None => Verdict::Pass,
        Some("error") => Verdict::Silent,
        Some(_) if step.before.oddities.named => Verdict::Silent,
        Some(name) => Verdict::fail(format!(
            "expected no `event` field, found event {}",
            quoted(name)
        )),
    }
}

pub(super) static CHAT_STRAY_FIELD: Rule = Rule {
    id: "OAC-009",
    name: "chat-stray-field",
    severity: Severity::Should,
    source: "Recordings: no `id` or `retry` field; measured: the vendor's Python client \
             raises at the next comment after an `id`",
    explanation: "Records have no `id`, `retry` or other field. After an `id` the vendor's Python \
                  client takes the next comment for a record, and raises because it is not JSON. \
                  Comment lines themselves are fine.",
    violations: &[stream(concat!("id: 7\n", hi!(0), done!()))],
    conforming: &[GREETING],
    faults: &[r#"edit bytes "data: {" "id: 7\ndata: {""#],
    check: Check::OpenaiChat(Hooks {
        event: Some(stray_field),
        ..Hooks::NONE
    }),
};

fn stray_field(step: &Step<'_>) -> Verdict {
    let lines = step.event.lines();
    if !lines.closed || step.before.oddities.stray_field {
        return Verdict::Silent;
    }
    Verdict::when(!oddities::has_stray_field(lines), || {
        "found a field other than `data` in the record".to_owned()
    })
}

pub(super) static CHAT_UNCLOSED_RECORD: Rule = Rule {
    id: "OAC-005",
    name: "chat-unclosed-record",
    severity: Severity::Must,
    source: "WHATWG HTML, Server-sent events: an event is dispatched by the empty line after \
             it; recordings: every body ends with one",
    explanation: "The last record is followed by an empty line like every other. Readers drop a \
                  record that no empty line closes: where that is the last chunk the user misses \
                  the end of the text, where it is `[DONE]` the answer looks cut off.",
    violations: &[stream(concat!(hi!(0), "data: [DONE]\n"))],
    conforming: &[GREETING],
    faults: &["half-body"],
    check: Check::OpenaiChat(Hooks {
        end: Some(is_closed),
        ..Hooks::NONE
    }),
};
