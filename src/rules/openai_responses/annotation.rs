//! Citations, streamed beside the text they belong to.

use super::reading::{PART_DONE, item_of, number, spoken};
use super::sample::ANNOTATED;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict};

pub(super) static WRONG_INDEX: Rule = Rule {
    id: "OAR-066",
    name: "responses-wrong-annotation-index",
    severity: Severity::Must,
    source: "OpenAI's JavaScript client; every recorded stream of the service",
    explanation: "`annotation_index` counts 0, 1, 2 within its part: clients append citations to a \
                  list.",
    violations: &[stream!(
        opened!(),
        delta!(4, "Blue whale"),
        record!(
            "response.output_text.annotation.added",
            5,
            r#""item_id":"msg_1","output_index":0,"content_index":0,"annotation_index":1"#,
            concat!("\"annotation\":", citation!())
        )
    )],
    conforming: &[ANNOTATED],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"m\","#,
        r#"\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\","#,
        r#"\"content\":[]}}\n\nevent: response.content_part.added\ndata: "#,
        r#"{\"type\":\"response.content_part.added\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"part\":{\"type\":\"output_text\",\"text\":\"\","#,
        r#"\"annotations\":[]}}\n\nevent: response.output_text.annotation.added\ndata: "#,
        r#"{\"type\":\"response.output_text.annotation.added\",\"sequence_number\":4,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"annotation_index\":1,\"annotation\":{\"type\":\"url_citation\","#,
        r#"\"url\":\"u\",\"title\":\"t\",\"start_index\":0,\"end_index\":0}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Type("response.output_text.annotation.added")],
        event: Some(index_counts),
        ..Hooks::NONE
    }),
};

fn index_counts(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_text.annotation.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let index = number(value, "content_index");
    let Some(part) = item_of(seen, value).and_then(|item| item.part(index?)) else {
        return Verdict::Silent;
    };
    let found = value.get("annotation_index");
    Verdict::when(
        found.and_then(Value::as_u64) == Some(part.annotations),
        || {
            format!(
                "expected `annotation_index` `{}`, found {}",
                part.annotations,
                quoted_value(found)
            )
        },
    )
}

pub(super) static LOST: Rule = Rule {
    id: "OAR-067",
    name: "responses-annotation-lost",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The closed part lists every citation that was streamed. A client that takes the \
                  finished part would otherwise show a claim without its source.",
    violations: &[stream!(
        opened!(),
        delta!(4, "Blue whale"),
        record!(
            "response.output_text.annotation.added",
            5,
            r#""item_id":"msg_1","output_index":0,"content_index":0,"annotation_index":0"#,
            concat!("\"annotation\":", citation!())
        ),
        text_done!(),
        part_done!()
    )],
    conforming: &[ANNOTATED],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"m\","#,
        r#"\"type\":\"message\",\"role\":\"assistant\",\"status\":\"in_progress\","#,
        r#"\"content\":[]}}\n\nevent: response.content_part.added\ndata: "#,
        r#"{\"type\":\"response.content_part.added\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"part\":{\"type\":\"output_text\",\"text\":\"\","#,
        r#"\"annotations\":[]}}\n\nevent: response.output_text.annotation.added\ndata: "#,
        r#"{\"type\":\"response.output_text.annotation.added\",\"sequence_number\":4,"#,
        r#"\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"annotation_index\":0,\"annotation\":{\"type\":\"url_citation\","#,
        r#"\"url\":\"u\",\"title\":\"t\",\"start_index\":0,\"end_index\":0}}\n\nevent: "#,
        r#"response.output_text.done\ndata: {\"type\":\"response.output_text.done\","#,
        r#"\"sequence_number\":5,\"item_id\":\"m\",\"output_index\":0,"#,
        r#"\"content_index\":0,\"text\":\"\"}\n\nevent: "#,
        r#"response.content_part.done\ndata: {\"type\":\"response.content_part.done\","#,
        r#"\"sequence_number\":6,\"item_id\":\"m\",\"output_index\":0,"#,
        r#"\"content_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\","#,
        r#"\"annotations\":[]}}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[PART_DONE],
        event: Some(all_kept),
        ..Hooks::NONE
    }),
};

fn all_kept(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.content_part.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let index = number(value, "content_index");
    let Some(part) = item_of(seen, value).and_then(|item| item.part(index?)) else {
        return Verdict::Silent;
    };
    let kept = value.pointer("/part/annotations").and_then(Value::as_array);
    let kept = kept.map_or(&[][..], Vec::as_slice);
    let count = kept.len() as u64;
    if part.annotations == 0 && count == 0 {
        return Verdict::Silent;
    }
    if count != part.annotations {
        return Verdict::fail(format!(
            "expected `{}` annotations in the closed part, found `{count}`",
            part.annotations
        ));
    }
    let told = part.all_citations().unwrap_or_default();
    let mut pairs = told.iter().zip(kept);
    match pairs.find(|(told, kept)| told != kept) {
        None => Verdict::Pass,
        Some((told, kept)) => Verdict::fail(format!(
            "expected the annotation {} in the closed part, found {}",
            quoted_value(Some(told)),
            quoted_value(Some(kept))
        )),
    }
}
