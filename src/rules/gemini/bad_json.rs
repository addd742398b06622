use super::sample::{ARRAY, TEXT};
use crate::json::Value;
use crate::protocol::Payload;
use crate::protocol::gemini::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "GEM-009",
    name: "gemini-bad-json",
    severity: Severity::Must,
    source: "Every recorded stream of the service; Google's clients raise",
    explanation: "Each event, and each element of the array form, is one JSON object. Google's \
                  clients raise at the first that is not and drop the rest of the answer.",
    violations: &[
        stream!(first!(), "data: {\"candidates\": [{\"content\r\n\r\n"),
        stream!(first!(), "data: []\r\n\r\n"),
        stream!(first!(), "data:\r\n\r\n"),
        array!(
            "[[],",
            chunk!(finished!(r#"{"text":"Tides."}"#), usage!(6, 13)),
            "]"
        ),
    ],
    conforming: &[TEXT, ARRAY],
    faults: &["bad-json", "empty-data"],
    check: Check::Gemini(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let frame = seen.event.frame();
    if !frame.lines.closed || frame.lines.oversized {
        return Verdict::Silent;
    }
    match &seen.event.payload {
        Payload::Json(Value::Object(_)) => Verdict::Pass,
        Payload::Json(other) => Verdict::fail(format!(
            "expected a JSON object, found {}",
            quoted_value(Some(other))
        )),
        Payload::Done => Verdict::Silent,
        Payload::NotJson(error) => Verdict::fail(format!("expected a JSON object, found: {error}")),
        Payload::Empty if frame.lines.data == 0 => Verdict::Silent,
        Payload::Empty => Verdict::fail("expected a JSON object, found empty data"),
    }
}
