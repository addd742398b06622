//! The response at its end: status, error, reason and usage.

use super::reading::{ENDS, ended_response, whole_response, word};
use super::sample::{FAILED, INCOMPLETE, TEXT, UNARY};
use crate::json::Value;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static STATUS: Rule = Rule {
    id: "OAR-025",
    name: "responses-status-contradicts-event",
    severity: Severity::Must,
    source: "OpenAI API description: `status`; every recorded stream of the service",
    explanation: "The terminal event's name and `response.status` say the same. One client goes by \
                  the one, the next by the other.",
    violations: &[stream!(
        written!(),
        record!(
            "response.completed",
            9,
            concat!("\"response\":", response!("in_progress", "", usage!()))
        )
    )],
    conforming: &[TEXT],
    faults: &["edit response.completed /response/status = \"in_progress\""],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(status_fits),
        ..Hooks::NONE
    }),
};

fn status_fits(seen: &Transition<'_, State>) -> Verdict {
    let Some((finish, response)) = ended_response(seen) else {
        return Verdict::Silent;
    };
    Verdict::when(word(response, "status") == Some(finish.status()), || {
        format!(
            "expected `status` `{}`, found {}",
            finish.status(),
            quoted_value(response.get("status"))
        )
    })
}

pub(super) static UNKNOWN_STATUS: Rule = Rule {
    id: "OAR-095",
    name: "responses-unknown-status",
    severity: Severity::Must,
    source: "OpenAI API description: `status`",
    explanation: "A response that is not run in the background comes back finished: its `status` \
                  is `completed`, `incomplete` or `failed`. Clients switch on it.",
    violations: &[body!(response!(
        "done",
        message!("completed", text_part!("Blue whale")),
        usage!()
    ))],
    conforming: &[UNARY],
    faults: &["edit * /status = \"done\""],
    check: Check::OpenaiResponses(Hooks {
        body: Some(final_status),
        ..Hooks::NONE
    }),
};

fn final_status(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole_response(whole) else {
        return Verdict::Silent;
    };
    let background = body.get("background") == Some(&Value::Bool(true));
    if background {
        return Verdict::Silent;
    }
    let is_final = matches!(
        word(body, "status"),
        Some("completed" | "incomplete" | "failed")
    );
    Verdict::when(is_final, || {
        format!(
            "expected `status` `completed`, `incomplete` or `failed`, found {}",
            quoted_value(body.get("status"))
        )
    })
}

pub(super) static ERROR: Rule = Rule {
    id: "OAR-031",
    name: "responses-error-contradicts-status",
    severity: Severity::Must,
    source: "OpenAI API description: `error` of a response",
    explanation: "A failed response says why in `error`, with a code and a message; any other has \
                  none. Clients raise when they find an error, whatever the status says.",
    violations: &[
        stream!(
            failing!(),
            record!(
                "response.failed",
                3,
                concat!("\"response\":", response!("failed", "", "null"))
            )
        ),
        body!(response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            usage!(),
            r#"{"code":"server_error","message":"Late."}"#,
            "null"
        )),
    ],
    conforming: &[FAILED, UNARY],
    faults: &["edit * /error = {\"code\":\"server_error\",\"message\":\"m\"}"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_error),
        body: Some(whole_error),
        ..Hooks::NONE
    }),
};

fn streamed_error(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((finish, response)) => error_fits(finish == Finish::Failed, response),
        None => Verdict::Silent,
    }
}

fn whole_error(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(body) => error_fits(word(body, "status") == Some("failed"), body),
        None => Verdict::Silent,
    }
}

fn error_fits(is_failed: bool, response: &Value) -> Verdict {
    let error = response.get("error").filter(|error| !error.is_null());
    if !is_failed {
        return Verdict::when(error.is_none(), || {
            format!(
                "expected no `error` unless the response failed, found {}",
                quoted_value(error)
            )
        });
    }
    let says = |key| {
        let text = error.and_then(|error| word(error, key));
        text.is_some_and(|text| !text.is_empty())
    };
    Verdict::when(says("code") && says("message"), || {
        format!(
            "expected an `error` with `code` and `message`, found {}",
            quoted_value(error)
        )
    })
}

pub(super) static REASON: Rule = Rule {
    id: "OAR-032",
    name: "responses-reason-contradicts-status",
    severity: Severity::Must,
    source: "OpenAI API description: `incomplete_details`; recorded streams",
    explanation: "An incomplete response says why in `incomplete_details.reason`, and only such a \
                  one does: clients ask for more after `max_output_tokens` and give up after \
                  `content_filter`.",
    violations: &[stream!(
        said!(),
        text_done!(),
        part_done!(),
        item_done!(8, 0, message!("incomplete", text_part!("Blue whale"))),
        record!(
            "response.incomplete",
            9,
            concat!(
                "\"response\":",
                response!(
                    "incomplete",
                    message!("incomplete", text_part!("Blue whale")),
                    usage!()
                )
            )
        )
    )],
    conforming: &[INCOMPLETE],
    faults: &[concat!(
        r#"edit response.completed /response/incomplete_details = "#,
        r#"{"reason":"max_output_tokens"}"#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_reason),
        body: Some(whole_reason),
        ..Hooks::NONE
    }),
};

fn streamed_reason(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((finish, response)) => reason_fits(finish == Finish::Incomplete, response),
        None => Verdict::Silent,
    }
}

fn whole_reason(whole: &Whole<'_, State>) -> Verdict {
    match whole_response(whole) {
        Some(body) => reason_fits(word(body, "status") == Some("incomplete"), body),
        None => Verdict::Silent,
    }
}

fn reason_fits(is_incomplete: bool, response: &Value) -> Verdict {
    let details = response
        .get("incomplete_details")
        .filter(|details| !details.is_null());
    let reason = details.and_then(|details| word(details, "reason"));
    if is_incomplete {
        return Verdict::when(reason.is_some_and(|reason| !reason.is_empty()), || {
            format!(
                "expected `incomplete_details` with a `reason`, found {}",
                quoted_value(details)
            )
        });
    }
    Verdict::when(reason.is_none(), || {
        format!(
            "expected no `incomplete_details` on this status, found {}",
            quoted_value(details)
        )
    })
}
