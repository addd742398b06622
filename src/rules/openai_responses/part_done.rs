use super::reading::{ITEM_DONE, PART_DONE, item_of, number, spoken, text_of_part, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{PartStage, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-060",
    name: "responses-part-not-closed",
    severity: Severity::Must,
    source: "Open Responses specification, streaming; every recorded stream of the service",
    explanation: "Each part is closed once by `response.content_part.done`, which repeats its type \
                  and text, before its item is done. Clients take the finished part from there.",
    violations: &[
        stream!(
            said!(),
            text_done!(),
            part_done!(7, text_part!("Blue shark"))
        ),
        stream!(
            said!(),
            text_done!(),
            item_done!(7, 0, message!("completed", text_part!("Blue whale")))
        ),
    ],
    conforming: &[TEXT],
    faults: &["edit response.content_part.done /part/text = \"Other\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[PART_DONE, ITEM_DONE],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.content_part.done", value)) => closing(seen, value),
        Some(("response.output_item.done", value)) => {
            let Some(item) = item_of(seen, value) else {
                return Verdict::Silent;
            };
            let open = item
                .parts
                .iter()
                .find(|part| part.stage != PartStage::Closed);
            match open {
                None => Verdict::Silent,
                Some(part) => Verdict::fail(format!(
                    "expected every part to be closed before its item is done, \
                        found part `{}` open",
                    part.index
                )),
            }
        }
        _ => Verdict::Silent,
    }
}

fn closing(seen: &Transition<'_, State>, value: &Value) -> Verdict {
    let index = number(value, "content_index");
    let part = item_of(seen, value).and_then(|item| item.part(index?));
    let Some(known) = part.filter(|part| !part.assumed) else {
        return Verdict::Silent;
    };
    if known.stage == PartStage::Closed {
        return Verdict::fail(format!(
            "expected part `{}` to be closed once, found it twice",
            known.index
        ));
    }
    let part = value.get("part").unwrap_or(&Value::Null);
    if word(part, "type") != Some(&known.kind) {
        return Verdict::fail(format!(
            "expected a closed part of type {}, found {}",
            quoted(&known.kind),
            quoted_value(part.get("type"))
        ));
    }
    if *seen.before.overflowed {
        return Verdict::Silent;
    }
    if let Some(text) = text_of_part(part).filter(|text| *text != known.text.as_str()) {
        return Verdict::fail(format!(
            "expected the closed part to say {}, found {}",
            quoted(&known.text),
            quoted(text)
        ));
    }
    let first = known.first_form.as_ref().and_then(Value::as_object);
    let mut first = first.into_iter().flat_map(|first| first.keys());
    if let Some(lost) = first.find(|key| part.get(*key).is_none()) {
        return Verdict::fail(format!(
            "expected `{lost}`, which the new part had, in the closed one, found nothing"
        ));
    }
    let is_gained = |key: &&str| {
        let first = known.first_form.as_ref();
        part.get(*key).is_some() && first.is_some_and(|first| first.get(*key).is_none())
    };
    let mut lists = ["annotations", "logprobs"].into_iter();
    if let Some(gained) = lists.find(is_gained) {
        return Verdict::fail(format!(
            "expected `{gained}` in the new part as in the closed one, found nothing"
        ));
    }
    let tokens = part.get("logprobs").and_then(Value::as_array);
    match (tokens, known.all_tokens()) {
        // The service itself leaves the list empty at times, and has it in the item.
        (Some(found), Some(told)) => Verdict::when(found.is_empty() || repeat(told, found), || {
            format!(
                "expected the `{}` `logprobs` that were streamed in the closed part, found \
                    `{}` or others",
                told.len(),
                found.len()
            )
        }),
        (Some(_) | None, _) => Verdict::Pass,
    }
}

/// Whether values are said again, perhaps with more members: deltas need not spell their tokens.
pub(super) fn repeat(told: &[Value], found: &[Value]) -> bool {
    let mut pairs = told.iter().zip(found);
    told.len() == found.len() && pairs.all(|(told, found)| is_within(told, found))
}

/// Finished items have logarithms of six digits after the point.
const ROUNDED: f64 = 0.000_001;

fn is_within(told: &Value, found: &Value) -> bool {
    match (told, found) {
        (Value::Object(told), Value::Object(found)) => told.iter().all(|(key, told)| {
            let found = found.get(key);
            let logarithm = |value: &Value| value.as_f64().filter(|_| key == "logprob");
            found.is_some_and(|found| match (logarithm(told), logarithm(found)) {
                (Some(told), Some(found)) => (told - found).abs() < ROUNDED,
                _ => is_within(told, found),
            })
        }),
        (Value::Array(told), Value::Array(found)) => repeat(told, found),
        (told, found) => told == found,
    }
}
