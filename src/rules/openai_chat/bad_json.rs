//! Each record is one JSON object.

use super::moment::Step;
use super::sample::{GREETING, stream};
use crate::protocol::Payload;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-011",
    name: "chat-bad-json",
    severity: Severity::Must,
    source: "OpenAI API description, `stream`: each record is a chunk object; the vendor's \
             clients raise on anything else",
    explanation: "The data of each record but the last is one JSON object. The vendor's clients \
                  raise on anything else and the whole answer is lost with it.",
    violations: &[
        stream(concat!(
            role!(0),
            record!(r#"{"id":"chatcmpl-1","choices":["#),
            finish!(0, "stop"),
            done!()
        )),
        stream(concat!(record!("7"), hi!(0), done!())),
    ],
    conforming: &[GREETING],
    faults: &["bad-json"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let frame = step.event.frame();
    if !frame.lines.closed || frame.lines.oversized || step.is_over {
        return Verdict::Silent;
    }
    match &step.event.payload {
        Payload::Json(json) => Verdict::when(json.is_object(), || {
            format!("expected a JSON object, found {}", quoted_value(Some(json)))
        }),
        Payload::NotJson(_) if frame.data.starts_with(b"[DONE]") => Verdict::Silent,
        Payload::NotJson(error) => Verdict::fail(format!("the data is not JSON: {error}")),
        Payload::Done | Payload::Empty => Verdict::Silent,
    }
}
