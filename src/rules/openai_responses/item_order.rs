//! Items come one after the other, each with an index and an id of its own.

use super::reading::{ITEM_ADDED, spoken, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static WRONG_INDEX: Rule = Rule {
    id: "OAR-037",
    name: "responses-wrong-output-index",
    severity: Severity::Must,
    source: "Every recorded stream of the service; OpenAI's JavaScript client throws",
    explanation: "A new item's `output_index` is the number of items before it, from 0. Clients \
                  append the item to a list and find later events by this index.",
    violations: &[stream!(
        start!(),
        item_added!(2, 1, message!("in_progress", ""))
    )],
    conforming: &[TEXT],
    faults: &["wrong-index"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(index_counts),
        ..Hooks::NONE
    }),
};

fn index_counts(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let expected = seen.before.items.len();
    let found = value.get("output_index");
    let holds = found.and_then(Value::as_u64) == Some(expected as u64);
    Verdict::when(holds, || {
        format!(
            "expected `output_index` `{expected}` for a new item, found {}",
            quoted_value(found)
        )
    })
}

pub(super) static WITHOUT_ID: Rule = Rule {
    id: "OAR-039",
    name: "responses-item-without-id",
    severity: Severity::Must,
    source: "OpenAI API description: items have `type` and `id`",
    explanation: "An item has a `type` and a non-empty `id`. Later events name the item by its id, \
                  and so does the next request of the conversation.",
    violations: &[stream!(
        start!(),
        item_added!(
            2,
            0,
            r#"{"type":"message","status":"in_progress","content":[],"role":"assistant"}"#
        )
    )],
    conforming: &[TEXT],
    faults: &["edit response.output_item.added /item/id = \"\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(item_named),
        ..Hooks::NONE
    }),
};

fn item_named(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
    for key in ["type", "id"] {
        if word(item, key).is_none_or(str::is_empty) {
            return Verdict::fail(format!(
                "expected a non-empty `{key}` of the new item, found {}",
                quoted_value(item.get(key))
            ));
        }
    }
    Verdict::Pass
}

pub(super) static ID_REPEATED: Rule = Rule {
    id: "OAR-040",
    name: "responses-item-id-repeated",
    severity: Severity::Must,
    source: "OpenAI's JavaScript client: `duplicate output item identity`",
    explanation: "Item ids are unique in a response, and call ids among its calls of one type. \
                  Results of tools are sent back under the call's id; two calls with one id cannot \
                  both be answered.",
    violations: &[stream!(
        start!(),
        item_added!(2, 0, reasoning!("")),
        item_done!(3, 0, reasoning!("")),
        item_added!(4, 1, reasoning!(""))
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":3,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":4,\"output_index\":1,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(ids_differ),
        ..Hooks::NONE
    }),
};

fn ids_differ(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
    let (Some(id), Some(kind)) = (word(item, "id"), word(item, "type")) else {
        return Verdict::Silent;
    };
    let call_id = word(item, "call_id");
    for known in &seen.before.items {
        if known.id == id && !known.assumed && !id.is_empty() {
            return Verdict::fail(format!(
                "expected a new item id, found {} again",
                quoted(id)
            ));
        }
        if let Some(call_id) = call_id
            && known.kind == kind
            && known.call_id.as_deref() == Some(call_id)
        {
            return Verdict::fail(format!(
                "expected a new `call_id`, found {} again",
                quoted(call_id)
            ));
        }
    }
    Verdict::Pass
}
