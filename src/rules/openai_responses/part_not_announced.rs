use super::reading::{item_of, number, spoken};
use super::sample::TEXT;
use crate::protocol::openai_responses::{Place, State, TextEvent};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-052",
    name: "responses-part-not-announced",
    severity: Severity::Must,
    source: "Open Responses specification, streaming; OpenAI's clients throw without the \
             announcement",
    explanation: "Text of a message begins with `response.content_part.added`. Clients keep the \
                  parts of an item in a list and fail on an index that is not in it.",
    violations: &[stream!(start!(), message_added!(), delta!(3, "Blue"))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"m\","#,
        r#"\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\","#,
        r#"\"content\":[]}}\n\nevent: response.output_text.delta\ndata: "#,
        r#"{\"type\":\"response.output_text.delta\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"delta\":\"a\"}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let is_content = match TextEvent::of(kind) {
        Some(about) => about.place == Place::Content,
        None => matches!(
            kind,
            "response.content_part.done" | "response.output_text.annotation.added"
        ),
    };
    let Some(item) = is_content.then(|| item_of(seen, value)).flatten() else {
        return Verdict::Silent;
    };
    let index = number(value, "content_index");
    let known = index.and_then(|index| item.part(index));
    Verdict::when(known.is_some(), || {
        format!(
            "expected the `content_index` of a part that was added, found {} on {}",
            quoted_value(value.get("content_index")),
            quoted(kind)
        )
    })
}
