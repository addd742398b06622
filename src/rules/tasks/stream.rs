//! The stream of a task's states.

use super::{short, stream};
use crate::endpoint::Endpoint;
use crate::protocol::tasks::{State, task_of};
use crate::protocol::{BodyEnd, Payload};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Ended, Hooks, Opened, Rule, Sample, Severity, Transition, Verdict};

const ROUTE: &str = "/v1/tasks/stream/{task_id}\n";
const HEALTHY: &str = concat!(
    "event: task.updated\n",
    "data: {\"task_id\":\"task_1\",\"status\":\"pending\"}\n\n",
    ": still there\n\n",
    "event: task.updated\n",
    "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
);

/// It is an event stream of states that ends with the terminal one.
pub(super) static STREAM: Rule = Rule {
    id: "GW-115",
    name: "task-stream",
    severity: Severity::Must,
    source: "docs.bytespike.ai/api-reference/utility/tasks-query, concepts/multimodal",
    explanation: "A client that watches instead of polling waits for the last state and for \
        nothing else. Push states as JSON in an event stream, end it after the terminal one and \
        not before.",
    violations: &[
        Sample::Answer {
            request: ROUTE,
            status: 200,
            headers: &[("content-type", "application/json")],
            body: r#"{"task_id":"task_1","status":"pending"}"#,
        },
        stream(
            ROUTE,
            "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n",
        ),
        stream(ROUTE, "data: pending\n\n"),
        stream(
            ROUTE,
            concat!(
                "data:\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n"
            ),
        ),
        stream(
            ROUTE,
            concat!(
                "data: {\"task_id\":\"task_1\",\"status\":\"cancelled\"}\n\n",
                "data: {\"task_id\":\"task_1\",\"status\":\"running\"}\n\n"
            ),
        ),
        stream(
            ROUTE,
            "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n",
        ),
        stream(
            ROUTE,
            "data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n<html>",
        ),
    ],
    conforming: &[stream(ROUTE, HEALTHY)],
    faults: &[
        "drop-event",
        "missing-terminator",
        "early-end",
        "double-event",
        "swap-events",
        "event-after-end",
        "bad-json",
        "missing-blank-line",
        "empty-data",
    ],
    check: Check::Tasks(Hooks {
        head: Some(is_stream),
        event: Some(is_state),
        end: Some(is_over),
        ..Hooks::NONE
    }),
};

fn is_stream(opened: &Opened<'_>) -> Verdict {
    if opened.asked.endpoint != Endpoint::TasksStream || !opened.head.is_success() {
        return Verdict::Silent;
    }
    let media_type = opened.head.media_type().unwrap_or_default();
    Verdict::when(media_type == "text/event-stream", || {
        let found = short(&media_type);
        format!("expected content type `text/event-stream`, found `{found}`")
    })
}

fn is_state(transition: &Transition<'_, State>) -> Verdict {
    if !transition.event.lines().closed {
        return Verdict::Silent;
    }
    match &transition.event.payload {
        Payload::NotJson(why) => Verdict::fail(format!("expected a JSON document, found {why}")),
        Payload::Json(value) if transition.before.complete && task_of(value).is_some() => {
            Verdict::fail("expected the end of the stream after the terminal state, found another")
        }
        Payload::Empty if transition.event.lines().data > 0 => {
            Verdict::fail("expected a JSON document, found empty data")
        }
        Payload::Json(_) | Payload::Done | Payload::Empty => Verdict::Silent,
    }
}

/// A stream that fails says so as every failure of these routes is told.
pub(super) static ERROR: Rule = Rule {
    id: "GW-184",
    name: "task-stream-error-shape",
    severity: Severity::Must,
    source: "docs.bytespike.ai/concepts/errors-reference: OpenAI's envelope below `/v1/tasks`; \
             concepts/streaming: one last frame with an `error`",
    explanation: "A stream of states that fails ends with an `error` object that has a message, \
        in the envelope of the route. A client that waits for the last state otherwise learns \
        neither that there will be none nor why.",
    violations: &[
        stream(ROUTE, "event: error\ndata: {\"error\":\"gone\"}\n\n"),
        stream(ROUTE, "data: {\"error\":{\"code\":\"upstream_error\"}}\n\n"),
        stream(ROUTE, "event: error\ndata: {\"message\":\"gone\"}\n\n"),
    ],
    conforming: &[stream(
        ROUTE,
        concat!(
            "data: {\"error\":{\"message\":\"gone\",\"type\":\"server_error\",",
            "\"param\":null,\"code\":null}}\n\n"
        ),
    )],
    faults: &[concat!(
        r#"edit bytes "event: task.updated\n" "event: error\ndata: {\"error\":\"gone\"}\n\n"#,
        r#"event: task.updated\n""#
    )],
    check: Check::Tasks(Hooks {
        event: Some(is_error),
        ..Hooks::NONE
    }),
};

fn is_error(step: &Transition<'_, State>) -> Verdict {
    let json = step.event.json().filter(|_| step.event.lines().closed);
    let Some(json) = json.filter(|_| !step.before.complete) else {
        return Verdict::Silent;
    };
    let error = json.get("error").filter(|error| !error.is_null());
    let is_named = step.event.name() == Some("error");
    // A failed task tells its error beside its status.
    if task_of(json).is_some() || (error.is_none() && !is_named) {
        return Verdict::Silent;
    }
    let message = error.and_then(|error| error.get("message")?.as_str());
    Verdict::when(message.is_some_and(|text| !text.trim().is_empty()), || {
        format!(
            "expected an object `error` with a `message`, found {}",
            quoted_value(Some(json))
        )
    })
}

/// It is text in the one encoding that event streams have.
pub(super) static NOT_UTF8: Rule = Rule {
    id: "GW-133",
    name: "task-stream-not-utf8",
    severity: Severity::Must,
    source: "WHATWG HTML, server-sent events: event streams are UTF-8",
    explanation: "Strict decoders stop at the first wrong byte and lose the end of the task; \
        behind a byte-order mark some lose the first state. Send UTF-8 without a mark.",
    violations: &[stream(
        ROUTE,
        "\u{feff}data: {\"task_id\":\"task_1\",\"status\":\"failed\"}\n\n",
    )],
    conforming: &[stream(ROUTE, HEALTHY)],
    faults: &["bom", "truncated-utf8"],
    check: Check::Tasks(Hooks {
        event: Some(|transition| {
            let lines = transition.event.lines();
            if lines.bom {
                return Verdict::fail("a byte-order mark stands before the record");
            }
            if !lines.closed || lines.oversized {
                return Verdict::Silent;
            }
            Verdict::when(!lines.not_utf8, || "the record is not UTF-8".to_owned())
        }),
        ..Hooks::NONE
    }),
};

fn is_over(ended: &Ended<'_, State>) -> Verdict {
    if ended.end != BodyEnd::Clean || ended.asked.endpoint != Endpoint::TasksStream {
        return Verdict::Silent;
    }
    if ended.state.complete && ended.tail.unclosed {
        return Verdict::fail("expected the end after the terminal state, found bytes of no event");
    }
    Verdict::when(ended.state.complete, || {
        let states = ended.state.states;
        let last = ended.state.task.as_ref();
        let last = last.map_or("none", |task| task.status.as_str());
        format!(
            "expected the stream to end with a terminal state, found `{}` after `{states}` states",
            short(last)
        )
    })
}
