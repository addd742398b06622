//! What a new item leaves out.

use super::reading::{ITEM_DONE, item_of, spoken};
use super::sample::{CALL, TEXT};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAR-119",
    name: "responses-item-grows",
    severity: Severity::Should,
    source: "Open Responses specification: items are streamable, all their members are there from \
             the start; every recorded stream",
    explanation: "A finished item has no member that the new one had not: what is not known yet is \
                  empty, not absent. Clients make the item from the first event and fill it in; \
                  a phase or a status that comes late is not looked for.",
    violations: &[stream!(
        opened!(),
        delta!(4, "Blue"),
        delta!(5, " whale"),
        text_done!(),
        part_done!(),
        item_done!(
            8,
            0,
            concat!(
                r#"{"id":"msg_1","type":"message","status":"completed","content":["#,
                text_part!("Blue whale"),
                r#"],"role":"assistant","phase":"final_answer"}"#
            )
        )
    )],
    conforming: &[TEXT, CALL],
    faults: &["edit response.output_item.done /item/phase = \"final_answer\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(check),
        ..Hooks::NONE
    }),
};

/// Members that are told from the start; what a tool finds comes late.
const TOLD: [&str; 5] = [
    "status",
    "phase",
    "content",
    "encrypted_content",
    "namespace",
];

fn check(seen: &Transition<'_, State>) -> Verdict {
    let Some(("response.output_item.done", value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    let known = item_of(seen, value).and_then(|item| item.first_form.as_ref());
    let (Some(first), Some(last)) = (known, value.get("item")) else {
        return Verdict::Silent;
    };
    let has = |form: &Value, key: &str| form.get(key).is_some();
    let late = TOLD
        .into_iter()
        .find(|key| has(last, key) && !has(first, key));
    match late {
        None => Verdict::Pass,
        Some(key) => Verdict::fail(format!(
            "expected `{key}` from the start, found {} on the finished item alone",
            quoted_value(last.get(key))
        )),
    }
}
