//! The response's own events: how often, in which order, with which status.

use super::reading::{ITEM_ADDED, RESPONSES, response_of, spoken, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static CREATED_TWICE: Rule = Rule {
    id: "OAR-018",
    name: "responses-created-twice",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "`response.created` comes once; a second one makes clients begin the answer anew.",
    violations: &[stream!(created!(), created!(1))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.created\ndata: {\"type\":\"response.created\","#,
        r#"\"sequence_number\":2,\"response\":{}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.created")],
        event: Some(created_once),
        ..Hooks::NONE
    }),
};

fn created_once(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.created", _)) => Verdict::when(seen.before.created == 0, || {
            "expected one `response.created`, found a second".to_owned()
        }),
        _ => Verdict::Silent,
    }
}

pub(super) static LATE_IN_PROGRESS: Rule = Rule {
    id: "OAR-020",
    name: "responses-late-in-progress",
    severity: Severity::Must,
    source: "Open Responses specification, response states; every recorded stream of the service",
    explanation: "`response.in_progress` comes at most once and before any item: it says that work \
                  begins.",
    violations: &[stream!(start!(), in_progress!(2))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.in_progress\ndata: {\"type\":\"response.in_progress\","#,
        r#"\"sequence_number\":2,\"response\":{}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.in_progress")],
        event: Some(in_progress_early),
        ..Hooks::NONE
    }),
};

fn in_progress_early(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.in_progress", _)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if seen.before.in_progress > 0 {
        return Verdict::fail("expected one `response.in_progress`, found a second");
    }
    Verdict::when(seen.before.items.is_empty(), || {
        "expected `response.in_progress` before the first item, found it after".to_owned()
    })
}

pub(super) static MISPLACED_QUEUED: Rule = Rule {
    id: "OAR-021",
    name: "responses-misplaced-queued",
    severity: Severity::Must,
    source: "Recorded background runs; Open Responses specification, response states",
    explanation: "`response.queued` stands between `response.created` and `response.in_progress`: \
                  work that has begun does not go back into the queue.",
    violations: &[stream!(
        start!(),
        record!(
            "response.queued",
            2,
            concat!("\"response\":", response!("queued", "", "null"))
        )
    )],
    conforming: &[stream!(
        created!(),
        record!(
            "response.queued",
            1,
            concat!("\"response\":", response!("queued", "", "null"))
        ),
        in_progress!(2),
        item_added!(3, 0, reasoning!("")),
        item_done!(4, 0, reasoning!("")),
        cut_off!(5, reasoning!(""))
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.queued\ndata: {\"type\":\"response.queued\",\"sequence_number\":2,"#,
        r#"\"response\":{}}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.queued")],
        event: Some(queued_early),
        ..Hooks::NONE
    }),
};

fn queued_early(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.queued", _)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let before = seen.before;
    let is_early = before.in_progress == 0 && before.queued == 0 && before.items.is_empty();
    Verdict::when(is_early, || {
        "expected `response.queued` once and before `response.in_progress`".to_owned()
    })
}

pub(super) static NO_IN_PROGRESS: Rule = Rule {
    id: "OAR-019",
    name: "responses-no-in-progress",
    severity: Severity::Should,
    source: "Every recorded stream of the service",
    explanation: "Between `response.created` and the first item the service says \
                  `response.in_progress`. Interfaces show from it that work has begun.",
    violations: &[stream!(
        created!(),
        item_added!(1, 0, message!("in_progress", ""))
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.in_progress\ndata: "#,
        r#"{\"type\":\"response.in_progress\"" "event: keepalive\ndata: "#,
        r#"{\"type\":\"keepalive\"""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(work_begins),
        ..Hooks::NONE
    }),
};

fn work_begins(seen: &Transition<'_, State>) -> Verdict {
    let before = seen.before;
    if before.created == 0 || !before.items.is_empty() {
        return Verdict::Silent;
    }
    match spoken(seen) {
        Some(("response.output_item.added", _)) => Verdict::when(before.in_progress > 0, || {
            "expected `response.in_progress` before the first item, found none".to_owned()
        }),
        _ => Verdict::Silent,
    }
}

pub(super) static EARLY_STATUS: Rule = Rule {
    id: "OAR-022",
    name: "responses-wrong-early-status",
    severity: Severity::Must,
    source: "OpenAI API description: `status`; every recorded stream of the service",
    explanation: "In the opening events `status` says how far the response is: `in_progress`, or \
                  `queued` while it waits. A client that polls by status would take anything else \
                  for the end.",
    violations: &[stream!(record!(
        "response.created",
        0,
        concat!("\"response\":", response!("completed", "", "null"))
    ))],
    conforming: &[TEXT],
    faults: &["edit response.created /response/status = \"completed\""],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(early_status),
        ..Hooks::NONE
    }),
};

fn early_status(seen: &Transition<'_, State>) -> Verdict {
    let (kind, response) = match response_of(seen) {
        Some((kind, response)) if Finish::of(kind).is_none() => (kind, response),
        _ => return Verdict::Silent,
    };
    let status = word(response, "status");
    let fits = match kind {
        "response.queued" => status == Some("queued"),
        "response.in_progress" => status == Some("in_progress"),
        _ => matches!(status, Some("queued" | "in_progress")),
    };
    Verdict::when(fits, || {
        format!(
            "expected a `status` that fits {}, found {}",
            quoted(kind),
            quoted_value(response.get("status"))
        )
    })
}

pub(super) static EARLY_OUTCOME: Rule = Rule {
    id: "OAR-023",
    name: "responses-early-outcome",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "Before the end there is no outcome: `output` is empty and `usage`, `error` and \
                  `incomplete_details` are null. A client that bills or shows what it finds there \
                  counts twice.",
    violations: &[stream!(record!(
        "response.created",
        0,
        concat!("\"response\":", response!("in_progress", "", usage!()))
    ))],
    conforming: &[TEXT],
    faults: &["edit response.in_progress /response/error = {\"code\":\"a\",\"message\":\"m\"}"],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(no_outcome),
        ..Hooks::NONE
    }),
};

fn no_outcome(seen: &Transition<'_, State>) -> Verdict {
    let response = match response_of(seen) {
        Some((kind, response)) if Finish::of(kind).is_none() => response,
        _ => return Verdict::Silent,
    };
    for key in ["usage", "error", "incomplete_details", "completed_at"] {
        let value = response.get(key).filter(|value| !value.is_null());
        if value.is_some() {
            return Verdict::fail(format!(
                "expected no `{key}` before the end, found {}",
                quoted_value(value)
            ));
        }
    }
    let output = response.get("output").and_then(Value::as_array);
    Verdict::when(output.is_some_and(Vec::is_empty), || {
        format!(
            "expected an empty `output` before the end, found {}",
            quoted_value(response.get("output"))
        )
    })
}
