//! Errors that a stream must not bring, or not in this place.

use crate::json::Value;

use super::moment::{Step, object};
use super::sample::{FAILING, GREETING, stream};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static REFUSED_IN_STREAM: Rule = Rule {
    id: "OAC-001",
    name: "refused-within-success",
    severity: Severity::Must,
    source: "OpenAI API description: failures have statuses of their own; every recorded refusal \
             is a JSON body, streamed or not",
    explanation: "A request that is refused gets a status of 400 or above and a JSON body, though \
                  it asked for a stream. Told as the first record of a stream with status 200, the \
                  refusal escapes whoever looks at statuses: retries, alarms and bills.",
    violations: &[stream(record!(
        r#"{"error":{"message":"no messages","type":"invalid_request_error","#,
        r#""param":"messages","code":"missing_required_parameter"}}"#
    ))],
    conforming: &[GREETING],
    faults: &[concat!(
        r#"edit * /error = {"message":"x","type":"invalid_request_error","#,
        r#""param":null,"code":null}"#
    )],
    check: Check::OpenaiChat(Hooks {
        event: Some(refused),
        ..Hooks::NONE
    }),
};

fn refused(step: &Step<'_>) -> Verdict {
    let Some(json) = object(step).filter(|_| !step.before.chunks.has_begun()) else {
        return Verdict::Silent;
    };
    let kind = json.pointer("/error/type").and_then(Value::as_str);
    Verdict::when(kind != Some("invalid_request_error"), || {
        "expected a refusal to have a status of `400` or above, found it in a stream".to_owned()
    })
}

pub(super) static ERROR_IN_CHUNK: Rule = Rule {
    id: "OAC-025",
    name: "error-beside-choices",
    severity: Severity::Must,
    source: "The vendor's clients: they raise on whatever record has an `error`",
    explanation: "A chunk has no `error`, or a null one. Whatever else it says, the vendor's \
                  clients raise on it, and an empty object counts: a failure is told in a record \
                  of its own.",
    violations: &[stream(concat!(
        role!(0),
        said_in!(
            r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"#,
            r#""model":"m","error":{}"#
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING, FAILING],
    faults: &["edit *#2 /error = {}"],
    check: Check::OpenaiChat(Hooks {
        event: Some(alone),
        ..Hooks::NONE
    }),
};

fn alone(step: &Step<'_>) -> Verdict {
    let choices = object(step).and_then(|json| json.get("choices")?.as_array());
    let Some(choices) = choices else {
        return Verdict::Silent;
    };
    let error = object(step).and_then(|json| json.get("error"));
    let is_set = error.is_some_and(|error| !matches!(error, Value::Null | Value::Bool(false)));
    Verdict::when(!is_set || choices.is_empty(), || {
        "expected no `error` in a chunk with choices, found one".to_owned()
    })
}
