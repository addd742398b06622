//! How the records of a stream are written.

use super::{REQUEST, STREAM, STREAMED, stream};
use crate::endpoint::Endpoint;
use crate::protocol::openai_images::State;
use crate::protocol::{BodyEnd, Delivery, Payload};
use crate::rules::foreign::owner;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Opened, Rule, Sample, Severity, Transition, Verdict};

/// With `stream: true` on a model that streams the answer must be an event stream.
pub(super) static NOT_STREAMED: Rule = Rule {
    id: "OAI-023",
    name: "images-not-streamed",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, images: `text/event-stream` with `stream: true`",
    explanation: "Clients that asked for a stream read nothing at all from a JSON body, and say \
        nothing about it. Answer a streamed request with `text/event-stream`.",
    violations: &[Sample::Answer {
        request: STREAMED,
        status: 200,
        headers: &[("content-type", "text/plain")],
        body: super::BODY,
    }],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["wrong-content-type", "content-type-missing", "error-in-200"],
    check: Check::OpenaiImages(Hooks {
        head: Some(not_streamed),
        ..Hooks::NONE
    }),
};

fn not_streamed(opened: &Opened<'_>) -> Verdict {
    let asked = opened.asked;
    let streams = asked
        .model
        .as_deref()
        .is_some_and(|model| model.contains("gpt-image"));
    let body = asked.body.as_ref();
    let wanted = body.and_then(|body| body.get("stream")?.as_bool()) == Some(true);
    if !opened.head.is_success() || !streams || !(wanted || asked.delivery == Delivery::Sse) {
        return Verdict::Silent;
    }
    let media_type = opened.head.media_type().unwrap_or_default();
    Verdict::when(media_type == "text/event-stream", || {
        format!("expected content type `text/event-stream`, found `{media_type}`")
    })
}

/// Records are closed by an empty line; no byte-order mark, valid UTF-8.
pub(super) static UNCLOSED_RECORD: Rule = Rule {
    id: "OAI-024",
    name: "images-unclosed-record",
    severity: Severity::Must,
    source: "WHATWG HTML, server-sent events: a record is dispatched at its empty line",
    explanation: "A record without its empty line is never handed to the client, so the last image \
        is lost. End every record with an empty line, send UTF-8 and no byte-order mark.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: image_generation.completed\n",
            r#"data: {"type":"image_generation.completed"}"#,
            "\n"
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[
        "bom",
        "truncated-utf8",
        "missing-blank-line",
        "garbage-body",
        "half-body",
    ],
    check: Check::OpenaiImages(Hooks {
        event: Some(record),
        end: Some(|ended| {
            if ended.end != BodyEnd::Clean || ended.tail.frames == 0 {
                return Verdict::Silent;
            }
            Verdict::when(!ended.tail.unclosed, || {
                "the last record is not closed by an empty line".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

fn record(transition: &Transition<'_, State>) -> Verdict {
    let lines = transition.event.lines();
    if !lines.closed {
        Verdict::Silent
    } else if lines.bom {
        Verdict::fail("a byte-order mark stands before the record")
    } else if lines.not_utf8 {
        Verdict::fail("the record is not UTF-8")
    } else {
        Verdict::Silent
    }
}

/// Every payload is a JSON object with a string `type`.
pub(super) static BAD_EVENT_JSON: Rule = Rule {
    id: "OAI-027",
    name: "images-bad-event-json",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, image stream events: `type` is required",
    explanation: "Clients tell events apart by `type` alone; without it a completed image is taken \
        for a preview. Send one JSON object with a `type` in each record.",
    violations: &[
        stream(
            STREAMED,
            concat!("data: {\"b64_json\":\"\"}\n\n", completed!()),
        ),
        stream(STREAMED, concat!("data: {\"type\":\n\n", completed!())),
        stream(STREAMED, concat!("data:\n\n", completed!())),
    ],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["bad-json", "empty-data", "missing-blank-line"],
    check: Check::OpenaiImages(Hooks {
        event: Some(event_json),
        ..Hooks::NONE
    }),
};

fn event_json(transition: &Transition<'_, State>) -> Verdict {
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    match &transition.event.payload {
        Payload::Json(value) if value.get("type").is_some_and(crate::json::Value::is_string) => {
            Verdict::Pass
        }
        // A bare error is for OAI-041.
        Payload::Json(value) if value.get("error").is_some() => Verdict::Silent,
        Payload::Json(_) => Verdict::fail("expected an object with a string `type`, found none"),
        Payload::NotJson(why) => Verdict::fail(format!("expected a JSON document, found {why}")),
        // Clients hand the empty text to their JSON parser and give up.
        Payload::Empty if transition.event.lines().data > 0 => {
            Verdict::fail("expected a JSON document, found empty data")
        }
        Payload::Done | Payload::Empty => Verdict::Silent,
    }
}

/// Lines end with a line feed alone.
pub(super) static CARRIAGE_RETURN: Rule = Rule {
    id: "OAI-063",
    name: "images-carriage-return",
    severity: Severity::Should,
    source: "OpenAI OpenAPI document, example of an image stream; recorded streams of the \
        vendor's other endpoints end lines in LF alone",
    explanation: "CRLF is legal in an event stream, but simple readers that split at an empty \
        line of `\\n\\n` find no record at all in it. End lines with a line feed alone.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: image_generation.completed\r\n",
            r#"data: {"type":"image_generation.completed","b64_json":""#,
            png!(),
            r#"","created_at":1790000007,"#,
            echo!(),
            r#","usage":"#,
            usage!(),
            "}\r\n\r\n"
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["crlf"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            let lines = transition.event.lines();
            // One stream has one writer: what holds for its first record holds for all.
            if !lines.closed || transition.before.events > 0 {
                return Verdict::Silent;
            }
            Verdict::when(lines.crlf + lines.cr == 0, || {
                "expected lines that end in LF alone, found a carriage return".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

/// Each record has an `event` line.
pub(super) static NO_EVENT_LINE: Rule = Rule {
    id: "OAI-025",
    name: "images-no-event-line",
    severity: Severity::Note,
    source: "OpenAI OpenAPI document, example of an image stream",
    explanation: "The vendor's example names each event in an `event` line. Its own clients do \
        without, others may not. Send `event: TYPE` before the data.",
    violations: &[stream(
        STREAMED,
        concat!(
            partial!(0, 1790000003),
            r#"data: {"type":"image_generation.completed","b64_json":""#,
            png!(),
            r#"","created_at":1790000007,"#,
            echo!(),
            r#","usage":"#,
            usage!(),
            "}\n\n"
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &[r#"edit bytes "event: image_generation.completed\n" """#],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            if transition.event.json().is_none() || !transition.event.lines().closed {
                return Verdict::Silent;
            }
            Verdict::when(transition.event.name().is_some(), || {
                "expected an `event` line, found none".to_owned()
            })
        }),
        ..Hooks::NONE
    }),
};

/// An `event` line and `type` say the same.
pub(super) static EVENT_NAME: Rule = Rule {
    id: "OAI-026",
    name: "images-event-name-differs",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document, example of an image stream",
    explanation: "Some clients go by the `event` line, some by `type`; when they differ the two \
        see different streams. Write the `type` into the `event` line.",
    violations: &[stream(
        STREAMED,
        concat!(
            "event: image_edit.completed\n",
            r#"data: {"type":"image_generation.completed","b64_json":""#,
            png!(),
            r#"","created_at":1790000007,"#,
            echo!(),
            r#","usage":"#,
            usage!(),
            "}\n\n"
        ),
    )],
    conforming: &[stream(STREAMED, STREAM)],
    faults: &["wrong-type"],
    check: Check::OpenaiImages(Hooks {
        event: Some(|transition| {
            let event = transition.event;
            if !event.lines().closed {
                return Verdict::Silent;
            }
            let (Some(name), Some(kind)) = (event.name(), event.type_name()) else {
                return Verdict::Silent;
            };
            if name == kind {
                return Verdict::Pass;
            }
            Verdict::fail(format!(
                "expected `event: {kind}` as in `type`, found `{name}`"
            ))
        }),
        ..Hooks::NONE
    }),
};

/// Generations and edits have their own events.
pub(super) static WRONG_FAMILY: Rule = Rule {
    id: "OAI-028",
    name: "images-wrong-event-family",
    severity: Severity::Must,
    source: "OpenAI OpenAPI document: `image_generation.*` and `image_edit.*`",
    explanation: "A client of generations does not know the events of edits and takes a final \
        image for a preview. Use the family of the endpoint that was called; events that another \
        protocol is known by were meant for another reader.",
    violations: &[
        stream(
            concat!(
                "/v1/images/edits\n",
                r#"{"model":"gpt-image-1","prompt":"a kite"}"#
            ),
            completed!(),
        ),
        stream(
            REQUEST,
            concat!(
                "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
                completed!()
            ),
        ),
    ],
    conforming: &[stream(REQUEST, completed!())],
    faults: &[concat!(
        r#"edit bytes "event: image_generation.completed\ndata: {\"type\":\"#,
        r#""image_generation" "event: image_edit.completed\ndata: {\"type\""#,
        r#":\"image_edit""#
    )],
    check: Check::OpenaiImages(Hooks {
        event: Some(family),
        ..Hooks::NONE
    }),
};

fn family(transition: &Transition<'_, State>) -> Verdict {
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    let kind = transition.event.type_name();
    let Some((kind, _)) = kind.and_then(|kind| Some((kind, owner(kind)?))) else {
        return Verdict::Silent;
    };
    let family = kind.split_once('.').map_or(kind, |(family, _)| family);
    let wanted = if transition.asked.endpoint == Endpoint::ImagesEdits {
        "image_edit"
    } else {
        "image_generation"
    };
    if family == wanted {
        return Verdict::Pass;
    }
    let found = quoted(kind);
    Verdict::fail(format!("expected events `{wanted}.*`, found {found}"))
}
