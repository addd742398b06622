//! The states in which items end.

use super::reading::{spoken, word};
use super::sample::{INCOMPLETE, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::{Item, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

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
    faults: &[],
    check: Check::OpenaiResponses(Hooks {
        event: Some(finished),
        ..Hooks::NONE
    }),
};

fn finished(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let item = value.get("item").unwrap_or(&Value::Null);
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
    faults: &[],
    check: Check::OpenaiResponses(Hooks {
        event: Some(is_last),
        ..Hooks::NONE
    }),
};

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
