//! Errors before the stream and in it.

use super::reading::{ENDS, ended_response, spoken, word};
use super::sample::{FAILED, REFUSED};
use crate::json::Value;
use crate::protocol::BodyEnd;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static ENVELOPE: Rule = Rule {
    id: "OAR-099",
    name: "responses-error-envelope",
    severity: Severity::Must,
    source: "OpenAI API description: error response; every recorded refusal",
    explanation: "A refusal is `{\"error\":{\"message\",\"type\",\"param\",\"code\"}}`. Clients \
                  build their exception from it; with anything else the user learns only the \
                  status.",
    violations: &[
        answer!(
            400,
            r#"{"type":"error","error":{"kind":"invalid_request_error"}}"#
        ),
        answer!(400, "Bad Request"),
        answer!(
            400,
            r#"{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":""}}"#
        ),
    ],
    conforming: &[REFUSED],
    faults: &["edit * /error/param removed", r#"edit * /error/code = """#],
    check: Check::OpenaiResponses(Hooks {
        refusal: Some(envelope),
        ..Hooks::NONE
    }),
};

fn envelope(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let body = match whole.body {
        Ok(body) => body,
        Err(error) => return Verdict::fail(format!("expected a JSON error, found: {error}")),
    };
    let Some(error) = body.get("error").filter(|error| error.is_object()) else {
        return Verdict::fail(format!(
            "expected an `error` object, found {}",
            quoted_value(Some(body))
        ));
    };
    for key in ["message", "type"] {
        if word(error, key).is_none_or(|text| text.trim().is_empty()) {
            return Verdict::fail(format!(
                "expected `error.{key}` to be a non-empty text, found {}",
                quoted_value(error.get(key))
            ));
        }
    }
    for key in ["param", "code"] {
        let found = error.get(key);
        if !found.is_some_and(|value| value.is_null() || value.is_string()) {
            return Verdict::fail(format!(
                "expected `error.{key}` to be a text or null, found {}",
                quoted_value(found)
            ));
        }
    }
    Verdict::when(word(error, "code") != Some(""), || {
        "expected `error.code` to be a word or null, found an empty text".to_owned()
    })
}

pub(super) static FLAT: Rule = Rule {
    id: "OAR-100",
    name: "responses-flat-error-event",
    severity: Severity::Note,
    source: "Recorded error events; Open Responses specification. OpenAI's own page shows the flat \
             form",
    explanation: "The `error` event nests its text: \
                  `{\"type\":\"error\",\"error\":{\"type\",\"code\",\"message\",\"param\"}}`. \
                  OpenAI's Python client raises only for the nested form; the flat one passes as \
                  an ordinary event, and the failure goes unnoticed.",
    violations: &[stream!(
        start!(),
        record!(
            "error",
            2,
            r#""code":"server_error","message":"Overloaded.","param":null"#
        ),
        failed!()
    )],
    conforming: &[FAILED],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: error\ndata: "#,
        r#"{\"type\":\"error\",\"sequence_number\":2,\"code\":\"a\",\"message\":\"m\","#,
        r#"\"param\":null}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("error")],
        event: Some(nested),
        ..Hooks::NONE
    }),
};

fn nested(seen: &Transition<'_, State>) -> Verdict {
    let Some(("error", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let message = value.pointer("/error/message").and_then(Value::as_str);
    Verdict::when(message.is_some_and(|text| !text.trim().is_empty()), || {
        "expected an `error` object with a `message` inside the event, found none".to_owned()
    })
}

pub(super) static CONTRADICTS: Rule = Rule {
    id: "OAR-103",
    name: "responses-failure-contradicts-error",
    severity: Severity::Note,
    source: "A recorded quota failure: both events carry the same code",
    explanation: "`response.failed` repeats the code and message of the `error` event before it: \
                  they are one failure.",
    violations: &[stream!(failing!(), failed!("rate_limit_exceeded"))],
    conforming: &[FAILED],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: error\ndata: "#,
        r#"{\"type\":\"error\",\"sequence_number\":2,"#,
        r#"\"error\":{\"type\":\"server_error\",\"code\":\"a\",\"message\":\"m\","#,
        r#"\"param\":null}}\n\nevent: response.failed\ndata: "#,
        r#"{\"type\":\"response.failed\",\"sequence_number\":3,"#,
        r#"\"response\":{\"id\":\"r\",\"object\":\"response\",\"status\":\"failed\","#,
        r#"\"error\":{\"code\":\"b\",\"message\":\"m\"}}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(repeats),
        ..Hooks::NONE
    }),
};

fn repeats(seen: &Transition<'_, State>) -> Verdict {
    let Some((Finish::Failed, response)) = ended_response(seen) else {
        return Verdict::Silent;
    };
    let (true, Some((kind, _))) = (seen.before.error_event, &seen.before.error) else {
        return Verdict::Silent;
    };
    let code = response.pointer("/error/code").and_then(Value::as_str);
    match code {
        None => Verdict::Silent,
        Some(code) => Verdict::when(code == kind, || {
            format!(
                "expected the error's code {}, found {}",
                quoted(kind),
                quoted(code)
            )
        }),
    }
}
