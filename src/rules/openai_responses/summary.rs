//! The summaries of reasoning items.

use super::reading::{ITEM_DONE, item_of, number, spoken, whole_response, word};
use super::sample::REASONING;
use crate::json::Value;
use crate::protocol::openai_responses::{Item, PartStage, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static ORDER: Rule = Rule {
    id: "OAR-077",
    name: "responses-summary-out-of-order",
    severity: Severity::Must,
    source: "OpenAI's JavaScript client; every recorded stream of the service",
    explanation: "Each part of a summary is announced, streamed, repeated whole and closed, and \
                  `summary_index` counts from 0. Clients keep the parts in a list and fail on an \
                  index that is not in it.",
    violations: &[
        stream!(
            start!(),
            item_added!(2, 0, reasoning!("")),
            summary!(
                "response.reasoning_summary_text.delta",
                3,
                r#""delta":"Look.""#
            )
        ),
        stream!(
            summary_opened!(),
            summary!(
                "response.reasoning_summary_part.done",
                4,
                concat!("\"part\":", summary_part!(""))
            )
        ),
        stream!(
            start!(),
            item_added!(2, 0, reasoning!("")),
            record!(
                "response.reasoning_summary_part.added",
                3,
                r#""item_id":"rs_1","output_index":0,"summary_index":1"#,
                concat!("\"part\":", summary_part!(""))
            )
        ),
    ],
    conforming: &[REASONING],
    faults: &["edit response.reasoning_summary_part.added /summary_index = 1"],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.reasoning_summary_"), ITEM_DONE],
        event: Some(in_order),
        ..Hooks::NONE
    }),
};

fn in_order(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let is_item_done = kind == "response.output_item.done";
    if !is_item_done && !kind.starts_with("response.reasoning_summary_") {
        return Verdict::Silent;
    }
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    if is_item_done {
        let mut summary = item.summary.iter();
        return match summary.find(|part| part.stage != PartStage::Closed) {
            None => Verdict::Silent,
            Some(part) => Verdict::fail(format!(
                "expected every part of the summary to be closed, found part `{}` open",
                part.index
            )),
        };
    }
    let found = value.get("summary_index");
    let index = found.and_then(Value::as_u64);
    if kind == "response.reasoning_summary_part.added" {
        let expected = item.summary.len();
        return Verdict::when(index == Some(expected as u64), || {
            format!(
                "expected `summary_index` `{expected}` for a new part, found {}",
                quoted_value(found)
            )
        });
    }
    let Some(part) = index.and_then(|index| item.summary_part(index)) else {
        return Verdict::fail(format!(
            "expected the `summary_index` of a part that was added, found {} on {}",
            quoted_value(found),
            quoted(kind)
        ));
    };
    let expected = match kind {
        "response.reasoning_summary_part.done" => PartStage::Said,
        _ => PartStage::Open,
    };
    Verdict::when(part.stage == expected || part.assumed, || {
        format!(
            "expected deltas, then the whole text, then the closed part, found {}",
            quoted(kind)
        )
    })
}

pub(super) static DIFFERS: Rule = Rule {
    id: "OAR-078",
    name: "responses-summary-differs",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The closed part of a summary and the finished item repeat the text that was \
                  streamed.",
    violations: &[
        stream!(
            summary_said!(),
            summary!(
                "response.reasoning_summary_part.done",
                6,
                concat!("\"part\":", summary_part!("Listen."))
            )
        ),
        stream!(summary_closed!(), item_done!(7, 0, reasoning!(""))),
    ],
    conforming: &[REASONING],
    faults: &["edit response.reasoning_summary_part.done /part/text = \"Other\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.reasoning_summary_"), ITEM_DONE],
        event: Some(repeats),
        asked_of_repeats: true,
        ..Hooks::NONE
    }),
};

fn repeats(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if *seen.before.overflowed {
        return Verdict::Silent;
    }
    match kind {
        "response.reasoning_summary_part.done" => {
            let index = number(value, "summary_index");
            let part = item_of(seen, value).and_then(|item| item.summary_part(index?));
            let text = value.pointer("/part/text").and_then(Value::as_str);
            match (part.filter(|part| !part.assumed), text) {
                (Some(part), Some(text)) => Verdict::when(*part.text == text, || {
                    format!(
                        "expected the closed part to say {}, found {}",
                        quoted(&part.text),
                        quoted(text)
                    )
                }),
                _ => Verdict::Silent,
            }
        }
        "response.output_item.done" => match item_of(seen, value) {
            Some(item) if item.kind == "reasoning" => whole_summary(item, value),
            _ => Verdict::Silent,
        },
        _ => Verdict::Silent,
    }
}

fn whole_summary(item: &Item, value: &Value) -> Verdict {
    let summary = value.pointer("/item/summary").and_then(Value::as_array);
    let summary = summary.map_or(&[][..], Vec::as_slice);
    if item.summary.iter().any(|part| part.assumed) {
        return Verdict::Silent;
    }
    let mut pairs = item.summary.iter().zip(summary);
    let is_same = summary.len() == item.summary.len()
        && pairs.all(|(known, part)| {
            word(part, "text") == Some(&known.text)
                && known.last_form.as_ref().is_none_or(|form| form == part)
        });
    Verdict::when(is_same, || {
        format!(
            "expected the `{}` streamed parts in the finished summary, found \
                other text or `{}` parts",
            item.summary.len(),
            summary.len()
        )
    })
}

pub(super) static MISSING: Rule = Rule {
    id: "OAR-079",
    name: "responses-no-summary",
    severity: Severity::Must,
    source: "OpenAI API description: `summary` is required on a reasoning item",
    explanation: "A reasoning item always has a `summary`, an empty list where there is none. \
                  Clients send the item back with the next request, which is refused without it.",
    violations: &[body!(response!(
        "completed",
        r#"{"id":"rs_1","type":"reasoning"}"#,
        usage!()
    ))],
    conforming: &[body!(response!(
        "completed",
        concat!(
            reasoning!(""),
            ",",
            message!("completed", text_part!("Blue whale"))
        ),
        usage!()
    ))],
    faults: &["edit * /output/0/summary removed"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(finished_item),
        body: Some(whole_items),
        ..Hooks::NONE
    }),
};

fn finished_item(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.done", value)) => {
            has_summary(value.get("item").unwrap_or(&Value::Null))
        }
        _ => Verdict::Silent,
    }
}

fn whole_items(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let items = output.map_or(&[][..], Vec::as_slice);
    let mut reasoning = items
        .iter()
        .map(has_summary)
        .filter(|told| *told != Verdict::Silent);
    let first = reasoning.next().unwrap_or(Verdict::Silent);
    reasoning
        .find(|told| *told != Verdict::Pass)
        .unwrap_or(first)
}

fn has_summary(item: &Value) -> Verdict {
    if word(item, "type") != Some("reasoning") {
        return Verdict::Silent;
    }
    let summary = item.get("summary");
    Verdict::when(summary.is_some_and(Value::is_array), || {
        format!(
            "expected `summary` of a reasoning item to be a list, found {}",
            quoted_value(summary)
        )
    })
}
