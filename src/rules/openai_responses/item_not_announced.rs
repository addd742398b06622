use super::reading::spoken;
use super::sample::TEXT;
use crate::protocol::openai_responses::{State, TextEvent};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-036",
    name: "responses-item-not-announced",
    severity: Severity::Must,
    source: "Open Responses specification, streaming; OpenAI's clients throw without the \
             announcement",
    explanation: "Each item begins with `response.output_item.added`; only then may events name \
                  its `output_index`. Clients keep items in a list and fail on an index that is \
                  not in it.",
    violations: &[stream!(start!(), part_added!(2, 0, text_part!("")))],
    conforming: &[TEXT],
    faults: &["wrong-index"],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if kind == "response.output_item.added" {
        return Verdict::Silent;
    }
    let Some(index) = value.get("output_index") else {
        let needs_index = TextEvent::of(kind).is_some()
            || kind.starts_with("response.content_part.")
            || kind == "response.output_item.done";
        return if needs_index {
            Verdict::fail(format!(
                "expected an `output_index` on {}, found nothing",
                quoted(kind)
            ))
        } else {
            Verdict::Silent
        };
    };
    let known = index.as_u64().and_then(|index| seen.before.item(index));
    Verdict::when(known.is_some(), || {
        format!("expected the `output_index` of an item that was added, found `{index}`")
    })
}
