use super::part_done::repeat;
use super::reading::{ITEM_DONE, item_of, spoken, text_of_part};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-061",
    name: "responses-item-content-differs",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The finished item holds exactly the parts that were streamed, with the same \
                  texts: a client that keeps only finished items must end with what the user saw.",
    violations: &[
        stream!(
            said!(),
            text_done!(),
            part_done!(),
            item_done!(
                8,
                0,
                message!(
                    "completed",
                    concat!(text_part!("Blue whale"), ",", text_part!("More"))
                )
            )
        ),
        stream!(
            said!(),
            text_done!(),
            part_done!(),
            item_done!(8, 0, message!("completed", text_part!("Blue")))
        ),
    ],
    conforming: &[TEXT],
    faults: &["edit response.output_item.done /item/content/0/text = \"Other\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(item) = item_of(seen, value).filter(|item| item.kind == "message") else {
        return Verdict::Silent;
    };
    if *seen.before.overflowed || item.parts.iter().any(|part| part.assumed) {
        return Verdict::Silent;
    }
    let content = value.pointer("/item/content").and_then(Value::as_array);
    let content = content.map_or(&[][..], Vec::as_slice);
    if content.len() != item.parts.len() {
        return Verdict::fail(format!(
            "expected `{}` parts in the finished item, found `{}`",
            item.parts.len(),
            content.len()
        ));
    }
    for (known, part) in item.parts.iter().zip(content) {
        let text = text_of_part(part);
        if text.is_some_and(|text| *text != **known.text) {
            return Verdict::fail(format!(
                "expected part `{}` of the finished item to say {}, found {}",
                known.index,
                quoted(&known.text),
                quoted(text.unwrap_or_default())
            ));
        }
        let closed = known.last_form.as_ref();
        if closed.is_some_and(|closed| !is_same(closed, part, known.all_tokens())) {
            return Verdict::fail(format!(
                "expected part `{}` of the finished item as it was closed, found {}",
                known.index,
                quoted_value(Some(part))
            ));
        }
    }
    Verdict::Pass
}

/// Whether a part is the one that was closed. The log probabilities of its tokens may have been
/// left out there, and are rounded in the item.
fn is_same(closed: &Value, part: &Value, streamed: Option<&[Value]>) -> bool {
    if closed == part {
        return true;
    }
    let (Some(before), Some(after)) = (closed.as_object(), part.as_object()) else {
        return false;
    };
    let others_agree = before.len() == after.len()
        && before
            .iter()
            .all(|(name, value)| name == LOGPROBS || after.get(name) == Some(value));
    let lists = [closed, part].map(|form| form.get(LOGPROBS).and_then(Value::as_array));
    let [Some(told), Some(found)] = lists else {
        return false;
    };
    let told = if told.is_empty() {
        streamed.unwrap_or_default()
    } else {
        told
    };
    others_agree && repeat(told, found)
}

const LOGPROBS: &str = "logprobs";
