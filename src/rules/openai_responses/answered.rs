//! What a finished response holds.

use super::reading::{ENDS, ITEM_DONE, ended_response, whole_response, word};
use super::sample::{TEXT, UNARY};
use crate::json::Value;
use crate::protocol::Asked;
use crate::protocol::openai_responses::{Finish, State};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static MISSING: Rule = Rule {
    id: "OAR-114",
    name: "responses-answer-missing",
    severity: Severity::Should,
    source: "Every recorded answer: a completed one holds more than reasoning",
    explanation: "A completed response ends with what it was asked for, a message or a call. One \
                  without output, or with nothing after its reasoning, was paid for and says \
                  nothing, and clients show an empty answer.",
    violations: &[
        body!(response!("completed", "", usage!())),
        body!(response!("completed", reasoning!(""), usage!())),
    ],
    conforming: &[TEXT, UNARY],
    faults: &["edit * /output = []"],
    check: Check::OpenaiResponses(Hooks {
        about: ENDS,
        event: Some(streamed_answer),
        body: Some(whole_answer),
        ..Hooks::NONE
    }),
};

fn streamed_answer(seen: &Transition<'_, State>) -> Verdict {
    match ended_response(seen) {
        Some((Finish::Completed, response)) => is_answered(response),
        Some((Finish::Incomplete | Finish::Failed, _)) | None => Verdict::Silent,
    }
}

fn whole_answer(whole: &Whole<'_, State>) -> Verdict {
    let body = whole_response(whole);
    let body = body.filter(|body| word(body, "status") == Some("completed"));
    body.map_or(Verdict::Silent, is_answered)
}

fn is_answered(response: &Value) -> Verdict {
    let Some(output) = response.get("output").and_then(Value::as_array) else {
        return Verdict::Silent;
    };
    match output.last() {
        None => Verdict::fail("expected items in `output` of a completed response, found none"),
        Some(last) => Verdict::when(word(last, "type") != Some("reasoning"), || {
            "expected an answer after the `reasoning`, found none".to_owned()
        }),
    }
}

pub(super) static REPEATED: Rule = Rule {
    id: "OAR-115",
    name: "responses-item-twice",
    severity: Severity::Must,
    source: "OpenAI API description: the unique `id` of an item; every recorded answer",
    explanation: "Each item of the output, and each part of an item, is there once: clients join \
                  all texts and run all calls, so one that is there twice is shown or run twice.",
    violations: &[
        body!(response!(
            "completed",
            concat!(
                message!("completed", text_part!("Blue whale")),
                ",",
                message!("completed", text_part!("Blue whale"))
            ),
            usage!()
        )),
        body!(response!(
            "completed",
            message!(
                "completed",
                concat!(text_part!("Blue whale"), ",", text_part!("Blue whale"))
            ),
            usage!()
        )),
    ],
    conforming: &[UNARY],
    faults: &["edit * /output/0 doubled"],
    check: Check::OpenaiResponses(Hooks {
        body: Some(all_once),
        ..Hooks::NONE
    }),
};

fn all_once(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let Some(output) = output else {
        return Verdict::Silent;
    };
    let same = |key: &'static str| {
        move |one: &Value, other: &Value| {
            let id = word(one, key).filter(|id| !id.is_empty());
            // The result of a call has its call's id.
            id.is_some() && id == word(other, key) && one.get("type") == other.get("type")
        }
    };
    for key in ["id", "call_id"] {
        if let Some(item) = twice(output, same(key)) {
            return Verdict::fail(format!(
                "expected each `{key}` once in `output`, found {} twice",
                quoted_value(item.get(key))
            ));
        }
    }
    for list in ["content", "summary"] {
        let parts = output.iter().filter_map(|item| item.get(list)?.as_array());
        if let Some(part) = { parts }.find_map(|parts| twice(parts, |one, other| one == other)) {
            return Verdict::fail(format!(
                "expected each part of `{list}` once, found {} twice",
                quoted_value(Some(part))
            ));
        }
    }
    Verdict::Pass
}

fn twice(values: &[Value], same: impl Fn(&Value, &Value) -> bool) -> Option<&Value> {
    let mut later = values.iter().enumerate();
    later
        .find(|(place, value)| values[..*place].iter().any(|earlier| same(earlier, value)))
        .map(|(_, value)| value)
}

pub(super) static NO_CIPHERTEXT: Rule = Rule {
    id: "OAR-116",
    name: "responses-no-ciphertext",
    severity: Severity::Should,
    source: "OpenAI API description, `include`: `reasoning.encrypted_content`; every recorded \
             answer to such a request",
    explanation: "A request that includes `reasoning.encrypted_content` gets it on every reasoning \
                  item. A caller that keeps nothing at the vendor must send it back with the next \
                  turn, and has nothing to send without it.",
    violations: &[asked!(
        r#"{"include":["reasoning.encrypted_content"]}"#,
        start!(),
        item_added!(2, 0, reasoning!("")),
        item_done!(3, 0, reasoning!("")),
        completed!(
            4,
            concat!(
                reasoning!(""),
                ",",
                message!("completed", text_part!("Blue whale"))
            ),
            usage!()
        )
    )],
    conforming: &[crate::rules::Sample::Answer {
        request: r#"{"include":["reasoning.encrypted_content"]}"#,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: response!(
            "completed",
            concat!(
                r#"{"id":"rs_1","type":"reasoning","summary":[],"#,
                r#""encrypted_content":"gAAAA"},"#,
                message!("completed", text_part!("Blue whale"))
            ),
            usage!()
        ),
    }],
    faults: &["edit * /output/0/encrypted_content removed"],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(streamed_ciphertext),
        body: Some(whole_ciphertext),
        ..Hooks::NONE
    }),
};

fn streamed_ciphertext(seen: &Transition<'_, State>) -> Verdict {
    match super::reading::spoken(seen) {
        Some(("response.output_item.done", value)) => {
            has_ciphertext(seen.asked.get(), &value["item"])
        }
        _ => Verdict::Silent,
    }
}

fn whole_ciphertext(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let told = output.into_iter().flatten();
    let mut told = told.map(|item| has_ciphertext(whole.asked.get(), item));
    let first = told.find(|told| *told != Verdict::Silent);
    let first = first.unwrap_or(Verdict::Silent);
    let broken = |told: &Verdict| matches!(told, Verdict::Fail(_));
    if broken(&first) {
        return first;
    }
    told.find(broken).unwrap_or(first)
}

fn has_ciphertext(asked: &Asked, item: &Value) -> Verdict {
    let include = asked.body.as_ref().and_then(|body| body.get("include"));
    let mut included = include.and_then(Value::as_array).into_iter().flatten();
    let is_asked = included.any(|name| name == "reasoning.encrypted_content");
    if !is_asked || word(item, "type") != Some("reasoning") {
        return Verdict::Silent;
    }
    let found = item.get("encrypted_content");
    Verdict::when(found.is_some_and(|found| !found.is_null()), || {
        format!(
            "expected `encrypted_content`, which was asked for, found {}",
            quoted_value(found)
        )
    })
}
