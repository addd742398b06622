use super::reading::{item_of, spoken};
use super::sample::TEXT;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-045",
    name: "responses-event-after-item-done",
    severity: Severity::Must,
    source: "Open Responses specification: no change after an item is done; every recorded stream",
    explanation: "After `response.output_item.done` no event names that item again, a second \
                  `done` included: clients have handed the item on, and a tool call may already be \
                  running.",
    violations: &[stream!(written!(), delta!(9, "!"))],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":3,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.reasoning_summary_part.added\ndata: "#,
        r#"{\"type\":\"response.reasoning_summary_part.added\",\"sequence_number\":4,"#,
        r#"\"item_id\":\"r\",\"output_index\":0,\"summary_index\":0,"#,
        r#"\"part\":{\"type\":\"summary_text\",\"text\":\"\"}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
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
    if kind == "response.output_item.added" {
        return Verdict::Silent;
    }
    match item_of(seen, value) {
        None => Verdict::Silent,
        Some(item) => Verdict::when(item.open, || {
            format!(
                "expected nothing more about item `{}`, which is done, found {}",
                item.output_index,
                quoted(kind)
            )
        }),
    }
}
