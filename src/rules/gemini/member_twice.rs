use super::reading::{on_body, on_form};
use super::sample::{CALL, TEXT, UNARY};
use crate::protocol::gemini::State;
use crate::rules::repeated::{self, unique};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition};

pub(super) static RULE: Rule = Rule {
    id: "GEM-126",
    name: "gemini-member-twice",
    severity: Severity::Must,
    source: "RFC 8259, section 4: names within an object should be unique; protocol buffers' JSON \
             mapping has each field once",
    explanation: repeated::WHY,
    violations: &[body!(concat!(
        r#"{"candidates":[{"content":{"parts":[{"text":"Tides.","text":"Moon."}],"#,
        r#""role":"model"},"finishReason":"STOP","index":0}],"#,
        r#""usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":6,"totalTokenCount":13},"#,
        r#""modelVersion":"gemini-test-1","responseId":"aTestRespId0000000000A"}"#
    ))],
    conforming: &[TEXT, UNARY, CALL],
    faults: &[r#"edit bytes "\"role\": \"model\"" "\"role\": \"model\",\"role\": \"model\"""#],
    check: Check::Gemini(Hooks {
        about: &[Topic::NewForm],
        event: Some(|seen: &Transition<'_, State>| on_form(seen, |_, chunk| unique(chunk))),
        body: Some(|whole| on_body(whole, |_, body| unique(body))),
        ..Hooks::NONE
    }),
};
