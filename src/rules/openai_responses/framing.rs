//! How records lie on the wire: labels, encoding, lines, names.

use super::reading::spoken;
use super::sample::{TEXT, UNARY};
use crate::protocol::openai_responses::{State, event_type};
use crate::protocol::{Delivery, Payload};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::wire::{is_labelled, is_utf8};
use crate::rules::{Check, Hooks, Rule, Sample, Severity, Transition, Verdict};

pub(super) static NOT_A_STREAM: Rule = Rule {
    id: "OAR-001",
    name: "responses-stream-not-labelled",
    severity: Severity::Must,
    source: "Open Responses specification, HTTP responses; every recorded stream of the service",
    explanation: "A request with `stream: true` must be answered as `text/event-stream`. Clients \
                  pick their reader by this label and hand a body labelled otherwise to a JSON \
                  parser. Label it; refuse with a status of 400 and above when there is no stream \
                  to send.",
    violations: &[Sample::Answer {
        request: r#"{"stream":true}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            usage!()
        ),
    }],
    conforming: &[TEXT],
    faults: &["wrong-content-type", "content-type-missing", "error-in-200"],
    check: Check::OpenaiResponses(Hooks {
        head: Some(|opened| is_labelled(opened, Delivery::Sse, "text/event-stream")),
        ..Hooks::NONE
    }),
};

pub(super) static NOT_JSON: Rule = Rule {
    id: "OAR-002",
    name: "responses-body-not-labelled",
    severity: Severity::Must,
    source: "Open Responses specification, HTTP responses; OpenAI API description",
    explanation: "An answer that is not streamed is one JSON document and must be labelled \
                  `application/json`; clients refuse to parse anything else.",
    violations: &[Sample::Answer {
        request: "",
        status: 200,
        headers: &[("content-type", "text/plain")],
        body: response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            usage!()
        ),
    }],
    conforming: &[UNARY],
    faults: &["wrong-content-type", "content-type-missing"],
    check: Check::OpenaiResponses(Hooks {
        head: Some(|opened| is_labelled(opened, Delivery::Unary, "application/json")),
        ..Hooks::NONE
    }),
};

pub(super) static NOT_UTF8: Rule = Rule {
    id: "OAR-003",
    name: "responses-not-utf8",
    severity: Severity::Must,
    source: "WHATWG HTML, server-sent events; seen with OpenAI's Python client, which decodes \
             strictly",
    explanation: "Event streams are UTF-8, and strict decoders stop at the first wrong byte. A \
                  byte-order mark before the first record is read as part of the first field's \
                  name by some clients. Cut text between characters only, and send no mark.",
    violations: &[stream!("\u{feff}", written!(), completed!())],
    conforming: &[TEXT],
    faults: &["bom", "truncated-utf8", "garbage-body"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(|seen: &Transition<'_, State>| is_utf8(seen.event.lines())),
        ..Hooks::NONE
    }),
};

pub(super) static NOT_CLOSED: Rule = Rule {
    id: "OAR-004",
    name: "responses-record-not-closed",
    severity: Severity::Must,
    source: "WHATWG HTML, server-sent events: an event is dispatched by an empty line",
    explanation: "A record counts only once an empty line has closed it. Without one the last \
                  record is thrown away by standard readers, and two records in a row become one \
                  that is no JSON. End every record, the last one too, with an empty line.",
    violations: &[
        stream!(
            written!(),
            "event: response.completed\ndata: {\"type\":\"response.completed\"}"
        ),
        stream!(written!(), completed!(), "<html>Bad Gateway</html>"),
        stream!(
            start!(),
            "event: keepalive\ndata: \
                {\"type\":\"keepalive\",\"sequence_number\":2}\nevent: \
                keepalive\ndata: \
                {\"type\":\"keepalive\",\"sequence_number\":3}\n\n"
        ),
    ],
    conforming: &[TEXT],
    faults: &["missing-blank-line", "half-body"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(closing),
        ..Hooks::NONE
    }),
};

fn closing(seen: &Transition<'_, State>) -> Verdict {
    let lines = seen.event.lines();
    let is_json = matches!(seen.event.payload, Payload::Json(_) | Payload::Done);
    if !lines.closed {
        // Bytes that end inside their JSON are a broken-off stream, which has a rule of its own.
        return if is_json {
            Verdict::fail("expected an empty line after the last record, found the end")
        } else if seen.before.finish.is_some() {
            Verdict::fail("expected the end after the last record, found bytes of no record")
        } else {
            Verdict::Silent
        };
    }
    if lines.data > 1 && lines.event > 1 && !is_json {
        return Verdict::fail("expected an empty line between two records, found none");
    }
    Verdict::Pass
}

pub(super) static UNUSUAL: Rule = Rule {
    id: "OAR-005",
    name: "responses-unusual-lines",
    severity: Severity::Should,
    source: "Every recorded stream of the service; the Open Responses suite fails on anything else",
    explanation: "The service writes an `event` line, one `data` line and an empty line, each \
                  ended by a line feed, with one space after the colon. Other forms are legal, but \
                  simple readers (the Open Responses suite among them) split on `\\n\\n` and fail \
                  on them.",
    violations: &[
        stream!(
            "event: response.created\r\ndata: \
                {\"type\":\"response.created\",\"sequence_number\":0,\"response\":",
            response!("in_progress", "", "null"),
            "}\r\n\r\n"
        ),
        stream!(
            "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":",
            response!("in_progress", "", "null"),
            "}\nevent: response.created\n\n"
        ),
    ],
    conforming: &[TEXT],
    faults: &["crlf"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(line_form),
        ..Hooks::NONE
    }),
};

fn line_form(seen: &Transition<'_, State>) -> Verdict {
    let lines = seen.event.lines();
    if !lines.closed || lines.oversized || lines.data == 0 {
        return Verdict::Silent;
    }
    let found = if lines.crlf + lines.cr > 0 {
        "line ends with a carriage return"
    } else if lines.data > 1 {
        "several `data` lines"
    } else if lines.data_before_event {
        "the `data` line before the `event` line"
    } else if lines.unspaced > 0 && !seen.event.frame().data.is_empty() {
        "a colon without exactly one space after it"
    } else {
        return Verdict::Pass;
    };
    // One stream has one writer: what holds for one record holds for all.
    if seen.before.has_odd_form {
        return Verdict::Silent;
    }
    Verdict::fail(format!(
        "expected `event` then `data`, ended by line feeds, found {found}"
    ))
}

pub(super) static UNNAMED: Rule = Rule {
    id: "OAR-006",
    name: "responses-no-event-name",
    severity: Severity::Must,
    source: "Open Responses specification; every recorded stream of the service",
    explanation: "Each record names its type in an `event` line. Readers that dispatch by it \
                  (browsers' `EventSource` above all) hand a nameless record to nobody who waits \
                  for `response.completed`.",
    violations: &[stream!(
        "data: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":",
        response!("in_progress", "", "null"),
        "}\n\n"
    )],
    conforming: &[TEXT],
    faults: &["edit bytes \"event: response.in_progress\\n\" \"\""],
    check: Check::OpenaiResponses(Hooks {
        event: Some(has_name),
        ..Hooks::NONE
    }),
};

fn has_name(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, _)) = spoken(seen).filter(|_| !seen.before.misnamed) else {
        return Verdict::Silent;
    };
    Verdict::when(seen.event.name().is_some(), || {
        format!(
            "expected an `event` line that says {}, found none",
            quoted(kind)
        )
    })
}

pub(super) static BAD_JSON: Rule = Rule {
    id: "OAR-009",
    name: "responses-bad-json",
    severity: Severity::Must,
    source: "OpenAI API description: every event is an object with a `type`",
    explanation: "Each record's data is one JSON object with a string `type`. Clients parse every \
                  record and give up the whole stream at the first that does not parse.",
    violations: &[
        stream!(
            created!(),
            "event: response.in_progress\ndata: {\"type\":\"response.in_progress\",\"seq\n\n"
        ),
        stream!(created!(), "event: ping\n\n"),
        stream!(created!(), "event: ping\ndata: []\n\n"),
        stream!("event: response.created\ndata:\n\n"),
    ],
    conforming: &[TEXT],
    faults: &["bad-json", "empty-data"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(json),
        ..Hooks::NONE
    }),
};

fn json(seen: &Transition<'_, State>) -> Verdict {
    let frame = seen.event.frame();
    if !frame.lines.closed || frame.lines.oversized {
        return Verdict::Silent;
    }
    match &seen.event.payload {
        Payload::Json(value) if event_type(seen.event).is_none() => Verdict::fail(format!(
            "expected an object with a string `type`, found {}",
            quoted_value(Some(value))
        )),
        Payload::Json(_) => Verdict::Pass,
        Payload::Done => Verdict::Silent,
        Payload::NotJson(error) => Verdict::fail(format!("expected JSON, found: {error}")),
        Payload::Empty if frame.lines.data + frame.lines.event == 0 => Verdict::Silent,
        Payload::Empty => Verdict::fail("expected data, found none"),
    }
}

pub(super) static MISNAMED: Rule = Rule {
    id: "OAR-007",
    name: "responses-event-name-differs",
    severity: Severity::Must,
    source: "Open Responses specification; every recorded stream of the service",
    explanation: "The `event` line and the data's `type` say the same. Half of the clients look at \
                  one, half at the other; where the two differ they see different streams.",
    violations: &[stream!(
        "event: message\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":",
        response!("in_progress", "", "null"),
        "}\n\n"
    )],
    conforming: &[TEXT],
    faults: &["wrong-type"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(names_agree),
        ..Hooks::NONE
    }),
};

fn names_agree(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, _)) = spoken(seen).filter(|_| !seen.before.misnamed) else {
        return Verdict::Silent;
    };
    match seen.event.name() {
        None => Verdict::Silent,
        Some(name) if name == kind => Verdict::Pass,
        Some(name) => Verdict::fail(format!(
            "expected the `event` line to say {}, found {}",
            quoted(kind),
            quoted(name)
        )),
    }
}

pub(super) static ID_OR_RETRY: Rule = Rule {
    id: "OAR-008",
    name: "responses-id-or-retry-line",
    severity: Severity::Should,
    source: "Open Responses specification: `id` should not be used; no recorded stream has it",
    explanation: "The service numbers events inside the data. An `id` or `retry` line makes \
                  browsers reconnect on their own after the end and ask for the same paid answer \
                  again.",
    violations: &[stream!(
        "id: 1\nevent: response.created\ndata: \
            {\"type\":\"response.created\",\"sequence_number\":0,\"response\":",
        response!("in_progress", "", "null"),
        "}\n\n"
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.in_progress\n" "event: "#,
        r#"response.in_progress\nid: 1\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(no_id),
        ..Hooks::NONE
    }),
};

fn no_id(seen: &Transition<'_, State>) -> Verdict {
    let lines = seen.event.lines();
    if lines.id + lines.retry == 0 {
        return Verdict::Pass;
    }
    // Once is enough.
    if seen.before.has_odd_line {
        return Verdict::Silent;
    }
    Verdict::fail("expected `event` and `data` lines only, found an `id` or `retry` line")
}
