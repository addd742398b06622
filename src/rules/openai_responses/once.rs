//! What comes once: an end, an index, the last word on an item.

use super::reading::{ENDS, ITEM_ADDED, ITEM_DONE, item_of, number, spoken};
use super::sample::{CALL, TEXT};
use crate::protocol::openai_responses::{Finish, State, event_type};
use crate::rules::quoting::quoted;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static END: Rule = Rule {
    id: "OAR-024",
    name: "responses-second-end",
    severity: Severity::Must,
    source: "Open Responses specification, response states; every recorded stream has one end",
    explanation: "A stream has one of `response.completed`, `response.incomplete` and \
                  `response.failed`, once. After a second one it depends on the client whether the \
                  answer is whole, and whether it is counted twice.",
    violations: &[stream!(written!(), completed!(), completed!())],
    conforming: &[TEXT],
    faults: &["double-event"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(one_end),
        ..Hooks::NONE
    }),
};

fn one_end(seen: &Transition<'_, State>) -> Verdict {
    let is_end = event_type(seen.event).and_then(Finish::of).is_some();
    if !is_end || !seen.event.lines().closed || seen.before.after_end {
        return Verdict::Silent;
    }
    Verdict::when(!seen.is_over, || {
        "expected one end of the response, found a second".to_owned()
    })
}

pub(super) static INDEX: Rule = Rule {
    id: "OAR-038",
    name: "responses-output-index-twice",
    severity: Severity::Must,
    source: "OpenAI's Python client: `Duplicate response output index`; no recorded stream has it",
    explanation: "No two items have one `output_index`. Clients keep items in a list, so that the \
                  second takes the place of the first, with all its text.",
    violations: &[stream!(
        start!(),
        item_added!(2, 0, reasoning!("")),
        item_done!(3, 0, reasoning!("")),
        item_added!(4, 0, message!("in_progress", ""))
    )],
    conforming: &[TEXT],
    faults: &["edit response.output_item.added#2 /output_index = 0"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_ADDED],
        event: Some(new_index),
        ..Hooks::NONE
    }),
};

fn new_index(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.added", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let Some(index) = number(value, "output_index") else {
        return Verdict::Silent;
    };
    let known = seen.before.item(index).filter(|item| !item.assumed);
    Verdict::when(known.is_none(), || {
        format!("expected a new `output_index`, found `{index}` again")
    })
}

pub(super) static DONE: Rule = Rule {
    id: "OAR-043",
    name: "responses-item-done-twice",
    severity: Severity::Must,
    source: "Open Responses specification, item states; every recorded stream",
    explanation: "Each item has one `response.output_item.done`. Clients run a call when it is \
                  done: with two of them, twice.",
    violations: &[stream!(
        call_written!(),
        item_done!(7, 0, call!("completed", r#"{\"city\":\"Oslo\"}"#))
    )],
    conforming: &[CALL],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":3,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.done\ndata: {\"type\":\"response.output_item.done\","#,
        r#"\"sequence_number\":4,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(done_once),
        ..Hooks::NONE
    }),
};

fn done_once(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    match item_of(seen, value) {
        None => Verdict::Silent,
        Some(item) => Verdict::when(item.open, || {
            format!(
                "expected item {} to be done once, found it again",
                quoted(&item.id)
            )
        }),
    }
}
