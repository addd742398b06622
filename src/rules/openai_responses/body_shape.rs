//! The response as one body.

use super::reading::{whole_response, word};
use super::sample::UNARY;
use crate::json::Value;
use crate::protocol::BodyEnd;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict, Whole};

pub(super) static MISSING_KEYS: Rule = Rule {
    id: "OAR-093",
    name: "responses-body-incomplete",
    severity: Severity::Must,
    source: "OpenAI API description: required members of a response",
    explanation: "A response body is one JSON object with all the members that the description \
                  requires; typed clients refuse to read it without.",
    violations: &[
        body!(concat!(
            r#"{"id":"resp_1","object":"response","created_at":1790000000,"#,
            r#""status":"completed","model":"m","output":[]}"#
        )),
        body!("[]"),
    ],
    conforming: &[UNARY],
    faults: &["empty-body", "error-in-200", "garbage-body", "half-body"],
    check: Check::OpenaiResponses(Hooks {
        body: Some(has_members),
        ..Hooks::NONE
    }),
};

const REQUIRED: [&str; 14] = [
    "id",
    "object",
    "created_at",
    "error",
    "incomplete_details",
    "instructions",
    "model",
    "tools",
    "output",
    "parallel_tool_calls",
    "metadata",
    "tool_choice",
    "temperature",
    "top_p",
];

/// The first required member that a response lacks.
pub(super) fn missing(response: &Value) -> Option<&'static str> {
    REQUIRED
        .into_iter()
        .find(|key| response.get(*key).is_none())
}

fn has_members(whole: &Whole<'_, State>) -> Verdict {
    if whole.end != BodyEnd::Clean {
        return Verdict::Silent;
    }
    let body = match whole.body {
        Ok(body) => body,
        Err(error) => return Verdict::fail(format!("expected a JSON object, found: {error}")),
    };
    if !body.is_object() {
        return Verdict::fail(format!(
            "expected a response object, found {}",
            quoted_value(Some(body))
        ));
    }
    if word(body, "object") != Some("response") {
        return Verdict::fail(format!(
            "expected `object` to be `response`, found {}",
            quoted_value(body.get("object"))
        ));
    }
    match missing(body) {
        None => Verdict::Pass,
        Some(key) => Verdict::fail(format!("expected a member `{key}`, found none")),
    }
}

pub(super) static EMPTY_MESSAGE: Rule = Rule {
    id: "OAR-096",
    name: "responses-message-without-content",
    severity: Severity::Must,
    source: "OpenAI API description: output text has `text` and `annotations`",
    explanation: "A message holds parts, and each `output_text` part has a `text` and a list of \
                  `annotations`. Clients join the texts without looking whether they are there.",
    violations: &[body!(response!(
        "completed",
        message!("completed", r#"{"type":"output_text","text":"Blue whale"}"#),
        usage!()
    ))],
    conforming: &[UNARY],
    faults: &["edit * /output/0/content = []"],
    check: Check::OpenaiResponses(Hooks {
        body: Some(has_content),
        ..Hooks::NONE
    }),
};

fn has_content(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let mut verdict = Verdict::Silent;
    for item in output.into_iter().flatten() {
        if word(item, "type") != Some("message") {
            continue;
        }
        let Some(content) = item.get("content").and_then(Value::as_array) else {
            return Verdict::fail(format!(
                "expected `content` of a message to be a list, found {}",
                quoted_value(item.get("content"))
            ));
        };
        let is_finished = matches!(word(item, "status"), Some("completed" | "incomplete"));
        if content.is_empty() && is_finished {
            return Verdict::fail("expected a part in the `content` of a message, found none");
        }
        let is_text = |part: &&Value| word(part, "type") == Some("output_text");
        let is_whole = |part: &Value| {
            word(part, "text").is_some() && part.get("annotations").is_some_and(Value::is_array)
        };
        if let Some(part) = content.iter().filter(is_text).find(|part| !is_whole(part)) {
            return Verdict::fail(format!(
                "expected a part with `text` and `annotations`, found {}",
                quoted_value(Some(part))
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}
