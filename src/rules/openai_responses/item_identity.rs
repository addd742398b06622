//! Later events about an item agree with how it was announced.

use super::reading::{ITEM_DONE, TEXTS, item_of, spoken, word};
use super::sample::{CALL, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::{Item, State, TextEvent};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static WRONG_ITEM_ID: Rule = Rule {
    id: "OAR-048",
    name: "responses-wrong-item-id",
    severity: Severity::Must,
    source: "OpenAI API description: `item_id`; OpenAI's JavaScript client throws; every recorded \
             stream",
    explanation: "`item_id` is the id of the item at `output_index`. Clients that keep items by id \
                  lose the delta, or throw. A proxy that makes up ids must use the same one \
                  throughout.",
    violations: &[stream!(
        start!(),
        message_added!(),
        record!(
            "response.content_part.added",
            3,
            r#""item_id":"msg_2","output_index":0,"content_index":0"#,
            concat!("\"part\":", text_part!(""))
        )
    )],
    conforming: &[TEXT],
    faults: &["edit response.content_part.added /item_id = \"other\""],
    check: Check::OpenaiResponses(Hooks {
        event: Some(item_id),
        ..Hooks::NONE
    }),
};

fn item_id(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let found = value.get("item_id");
    if found.is_none() && TextEvent::of(kind).is_none() {
        return Verdict::Silent;
    }
    match item_of(seen, value) {
        None => Verdict::Silent,
        Some(item) => Verdict::when(found.and_then(Value::as_str) == Some(&item.id), || {
            format!(
                "expected `item_id` {}, found {}",
                quoted(&item.id),
                quoted_value(found)
            )
        }),
    }
}

pub(super) static OTHER_TYPE: Rule = Rule {
    id: "OAR-049",
    name: "responses-event-of-another-item-type",
    severity: Severity::Must,
    source: "OpenAI API description; OpenAI's JavaScript client throws",
    explanation: "Text deltas belong to messages, arguments to calls, summaries to reasoning. A \
                  client appends them to the member that the item's type has, and fails where it \
                  has none.",
    violations: &[stream!(
        start!(),
        message_added!(),
        record!(
            "response.function_call_arguments.delta",
            3,
            r#""item_id":"msg_1","output_index":0,"delta":"{""#
        )
    )],
    conforming: &[TEXT],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"m\","#,
        r#"\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\","#,
        r#"\"content\":[]}}\n\nevent: response.function_call_arguments.delta\ndata: "#,
        r#"{\"type\":\"response.function_call_arguments.delta\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"delta\":\"{\"}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: TEXTS,
        event: Some(family_fits),
        ..Hooks::NONE
    }),
};

fn family_fits(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let (Some(about), Some(item)) = (TextEvent::of(kind), item_of(seen, value)) else {
        return Verdict::Silent;
    };
    Verdict::when(about.item == item.kind, || {
        format!(
            "expected events of a {} item, found {}",
            quoted(&item.kind),
            quoted(kind)
        )
    })
}

pub(super) static ITEM_CHANGES: Rule = Rule {
    id: "OAR-044",
    name: "responses-item-changes",
    severity: Severity::Must,
    source: "OpenAI's clients throw `identity changed`; every recorded stream of the service",
    explanation: "The finished item is the announced one: same `type`, `id`, `call_id` and `name`, \
                  with every member that was told, filled in where it was empty. Clients compare \
                  them and throw; one that does not would answer a call that nobody made.",
    violations: &[stream!(
        called!(),
        arguments_done!(5, r#"{\"city\":\"Oslo\"}"#),
        item_done!(
            6,
            0,
            concat!(
                r#"{"id":"fc_2","type":"function_call","status":"completed","arguments":"{"#,
                r#"\"city\":\"Oslo\"}","call_id":"call_1","name":"get_time"}"#
            )
        )
    )],
    conforming: &[CALL],
    faults: &["edit response.output_item.done /item/name = \"other\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(same_item),
        ..Hooks::NONE
    }),
};

fn same_item(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(known) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
    let announced = [
        ("type", Some(known.kind.as_str())),
        ("id", Some(known.id.as_str())),
        ("call_id", known.call_id.as_deref()),
        ("name", known.name.as_deref()),
    ];
    for (key, expected) in announced {
        // A search for tools gets its call id late.
        let is_late = key == "call_id" && known.kind.starts_with("tool_search");
        if let Some(expected) = expected
            && word(item, key) != Some(expected)
            && !is_late
        {
            return Verdict::fail(format!(
                "expected `{key}` to stay {}, found {}",
                quoted(expected),
                quoted_value(item.get(key))
            ));
        }
    }
    let first = known.first_form.as_ref().and_then(Value::as_object);
    let mut first = first.into_iter().flat_map(|first| first.iter());
    let changed = first.find(|(key, before)| !is_kept(known, key, before, item.get(*key)));
    match changed {
        None => Verdict::Pass,
        Some((key, before)) => Verdict::fail(format!(
            "expected `{key}`, which was {} of the new item, found {}",
            quoted_value(Some(before)),
            quoted_value(item.get(key))
        )),
    }
}

/// Nothing that was told is lost, and no word that was told is another; what was empty is filled.
fn is_kept(known: &Item, key: &str, before: &Value, found: Option<&Value>) -> bool {
    let Some(found) = found else {
        return false;
    };
    let is_late = key == "call_id" && known.kind.starts_with("tool_search");
    let is_remade = matches!(key, "status" | "encrypted_content" | "fingerprint");
    match before {
        Value::String(_) if before.says() == Some(true) => is_late || is_remade || before == found,
        Value::Bool(_) | Value::Number(_) => before == found,
        Value::String(_) => found.is_string(),
        Value::Array(_) => found.is_array(),
        Value::Null | Value::Object(_) => true,
    }
}
