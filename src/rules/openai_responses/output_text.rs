//! The text of the whole output, where it is on the wire.

use super::reading::{ENDS, ended_response, whole_response, word};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static RULE: Rule = Rule {
    id: "OAR-098",
    name: "responses-output-text-stale",
    severity: Severity::Should,
    source: "OpenAI API description, Response: `output_text` is all text of the output; OpenAI's \
             JavaScript client computes it so",
    explanation: "`output_text`, which the service itself leaves to clients, is all text parts of \
                  the output put together. Whoever reads it alone must get the answer.",
    violations: &[body!(with_output_text!("Blue"))],
    conforming: &[body!(with_output_text!("Blue whale"))],
    faults: &["edit * /output_text = \"stale\""],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((_, response)) => is_all_text(response),
        None => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    whole_response(whole).map_or(Verdict::Silent, is_all_text)
}

fn is_all_text(response: &Value) -> Verdict {
    let Some(found) = word(response, "output_text") else {
        return Verdict::Silent;
    };
    let output = response.get("output").and_then(Value::as_array);
    let items = output.into_iter().flatten();
    let messages = items.filter(|item| word(item, "type") == Some("message"));
    let parts = messages.filter_map(|item| item.get("content")?.as_array());
    let texts = parts
        .flatten()
        .filter(|part| word(part, "type") == Some("output_text"));
    let text: String = texts.filter_map(|part| word(part, "text")).collect();
    Verdict::when(found == text, || {
        let (text, found) = (quoted(&text), quoted(found));
        format!("expected `output_text` {text}, found {found}")
    })
}
