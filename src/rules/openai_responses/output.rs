//! The output that the terminal event repeats.

use super::reading::{ENDS, ended_response, same_but_opaque, word};
use super::sample::TEXT;
use crate::json::Value;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static NOT_ALL: Rule = Rule {
    id: "OAR-091",
    name: "responses-output-not-all-items",
    severity: Severity::Must,
    source: "Every recorded stream of the service",
    explanation: "The terminal response lists every streamed item, in order: clients that read \
                  only the last event must get the whole answer.",
    violations: &[stream!(written!(), completed!(9, "", usage!()))],
    conforming: &[TEXT],
    faults: &["edit response.completed /response/output = []"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(all_items),
        ..Hooks::NONE
    }),
};

/// The final output beside the items that were streamed.
fn output<'a>(seen: &Transition<'a, State>) -> Option<&'a [Value]> {
    let (finish, response) = ended_response(seen)?;
    if finish == Finish::Failed || seen.before.items.iter().any(|item| item.assumed) {
        return None;
    }
    let output = response.get("output").and_then(Value::as_array);
    Some(output.map_or(&[][..], Vec::as_slice))
}

fn all_items(seen: &Transition<'_, State>) -> Verdict {
    let Some(output) = output(seen) else {
        return Verdict::Silent;
    };
    let items = &seen.before.items;
    if output.len() != items.len() {
        return Verdict::fail(format!(
            "expected the `{}` streamed items in `output`, found `{}`",
            items.len(),
            output.len()
        ));
    }
    for (item, found) in items.iter().zip(output) {
        if word(found, "id") != Some(&item.id) {
            return Verdict::fail(format!(
                "expected item {} at `output` {}, found {}",
                quoted(&item.id),
                item.output_index,
                quoted_value(found.get("id"))
            ));
        }
    }
    Verdict::Pass
}

pub(super) static DIFFERS: Rule = Rule {
    id: "OAR-092",
    name: "responses-output-differs",
    severity: Severity::Must,
    source: "Every recorded stream of the service, but for ciphertexts",
    explanation: "Each entry of the terminal `output` is the item that `response.output_item.done` \
                  said. Two different answers in one stream cannot both be what was generated and \
                  billed.",
    violations: &[stream!(
        written!(),
        completed!(9, message!("completed", text_part!("Blue shark")), usage!())
    )],
    conforming: &[TEXT],
    faults: &["edit response.completed /response/output/0/content/0/text = \"Other\""],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(same_items),
        ..Hooks::NONE
    }),
};

fn same_items(seen: &Transition<'_, State>) -> Verdict {
    let Some(output) = output(seen) else {
        return Verdict::Silent;
    };
    let mut verdict = Verdict::Silent;
    for (item, found) in seen.before.items.iter().zip(output) {
        let Some(form) = &item.last_form else {
            continue;
        };
        if word(found, "id") != Some(&item.id) {
            continue;
        }
        if !same_but_opaque(form, found) {
            return Verdict::fail(format!(
                "expected `output` {} to be the finished item, found a different {}",
                item.output_index,
                different_member(form, found).map_or("item".to_owned(), |key| format!("`{key}`"))
            ));
        }
        verdict = Verdict::Pass;
    }
    verdict
}

fn different_member<'a>(form: &'a Value, found: &'a Value) -> Option<&'a str> {
    let (form, found) = (form.as_object()?, found.as_object()?);
    let mut keys = form.keys().chain(found.keys());
    keys.find(|key| form.get(key) != found.get(key) && *key != "encrypted_content")
}
