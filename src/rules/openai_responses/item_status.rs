//! The states in which items end.

use super::reading::{ITEM_ADDED, ITEM_DONE, spoken, whole_response, word};
use super::sample::{INCOMPLETE, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::{Item, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static NOT_FINISHED: Rule = Rule {
    id: "OAR-047",
    name: "responses-item-not-finished",
    severity: Severity::Should,
    source: "OpenAI API description: item `status`; recorded streams",
    explanation: "A message that is done says so: its `status` is `completed` or `incomplete`.",
    violations: &[stream!(
        said!(),
        text_done!(),
        part_done!(),
        item_done!(8, 0, message!("in_progress", text_part!("Blue whale")))
    )],
    conforming: &[TEXT],
    faults: &["edit response.output_item.done /item/status = \"in_progress\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(finished),
        body: Some(all_finished),
        ..Hooks::NONE
    }),
};

fn finished(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.done", value)) => is_finished(&value["item"]),
        _ => Verdict::Silent,
    }
}

fn all_finished(whole: &Whole<'_, State>) -> Verdict {
    let ended = whole_response(whole)
        .filter(|body| matches!(word(body, "status"), Some("completed" | "incomplete")));
    let output = ended.and_then(|body| body.get("output")?.as_array());
    let mut told = output.into_iter().flatten().map(is_finished);
    let broken = told.find(|told| matches!(told, Verdict::Fail(_)));
    broken.unwrap_or(Verdict::Silent)
}

fn is_finished(item: &Value) -> Verdict {
    // A call made by a program stays in progress until the program has its result.
    if word(item, "type") != Some("message") {
        return Verdict::Silent;
    }
    let is_finished = matches!(word(item, "status"), Some("completed" | "incomplete"));
    Verdict::when(is_finished, || {
        format!(
            "expected `status` `completed` or `incomplete`, found {}",
            quoted_value(item.get("status"))
        )
    })
}

pub(super) static AFTER_INCOMPLETE: Rule = Rule {
    id: "OAR-050",
    name: "responses-item-after-incomplete",
    severity: Severity::Must,
    source: "Open Responses specification, item states; recorded streams",
    explanation: "An item that ends `incomplete` was cut off, so it is the last and the response \
                  is incomplete too. A completed response around a cut-off item hides the cut.",
    violations: &[stream!(
        said!(),
        text_done!(),
        part_done!(),
        item_done!(8, 0, message!("incomplete", text_part!("Blue whale"))),
        completed!(
            9,
            message!("incomplete", text_part!("Blue whale")),
            usage!()
        )
    )],
    conforming: &[INCOMPLETE],
    faults: &["edit response.output_item.done /item/status = \"incomplete\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[
            ITEM_ADDED,
            Topic::Type("response.completed"),
            Topic::Type("response.incomplete"),
        ],
        event: Some(is_last),
        body: Some(only_last),
        ..Hooks::NONE
    }),
};

fn only_last(whole: &Whole<'_, State>) -> Verdict {
    let Some(body) = whole_response(whole) else {
        return Verdict::Silent;
    };
    let Some(output) = body.get("output").and_then(Value::as_array) else {
        return Verdict::Silent;
    };
    let is_cut = |item: &Value| {
        word(item, "type") == Some("message") && word(item, "status") == Some("incomplete")
    };
    let is_completed = word(body, "status") == Some("completed");
    let Some(cut) = output.iter().position(is_cut) else {
        return Verdict::Silent;
    };
    Verdict::when(cut + 1 == output.len() && !is_completed, || {
        format!(
            "expected an incomplete response that ends with item `{cut}`, which was cut off, \
                found more or a completed one"
        )
    })
}

fn is_last(seen: &Transition<'_, State>) -> Verdict {
    let found = match spoken(seen) {
        Some(("response.output_item.added", _)) => "another item",
        Some(("response.completed", _)) => "a completed response",
        Some(("response.incomplete", _)) => return Verdict::Pass,
        _ => return Verdict::Silent,
    };
    let is_cut = |item: &&Item| {
        let form = item.last_form.as_ref();
        let status = form.and_then(|form| word(form, "status"));
        item.kind == "message" && status == Some("incomplete")
    };
    match seen.before.items.iter().find(is_cut) {
        None => Verdict::Silent,
        Some(item) => Verdict::fail(format!(
            "expected an incomplete response after item `{}` was cut off, found {found}",
            item.output_index
        )),
    }
}
