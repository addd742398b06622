//! Reasoning: its text in parts, and its ciphertext.

use super::reading::{ITEM_DONE, item_of, number, spoken, whole_response, word};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::{quoted, quoted_value};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

macro_rules! thought {
    ($content:expr, $more:literal) => {
        concat!(
            r#"{"id":"rs_1","type":"reasoning","summary":[],"content":["#,
            $content,
            "]",
            $more,
            "}"
        )
    };
}

macro_rules! thought_text {
    ($number:literal, $type:literal, $members:literal) => {
        record!(
            $type,
            $number,
            r#""item_id":"rs_1","output_index":0,"content_index":0"#,
            $members
        )
    };
}

pub(super) static NO_PART: Rule = Rule {
    id: "OAR-080",
    name: "responses-reasoning-without-part",
    severity: Severity::Must,
    source: "OpenAI API description, reasoning text events; OpenAI's JavaScript client throws",
    explanation: "Reasoning that is shown is streamed inside a content part of type \
                  `reasoning_text`, which is announced before and closed after, as text is. \
                  Clients add to a list entry that would else not exist.",
    violations: &[stream!(
        start!(),
        item_added!(2, 0, thought!("", "")),
        thought_text!(3, "response.reasoning_text.delta", r#""delta":"Look.""#)
    )],
    conforming: &[stream!(
        start!(),
        item_added!(2, 0, thought!("", "")),
        thought_text!(
            3,
            "response.content_part.added",
            r#""part":{"type":"reasoning_text","text":""}"#
        ),
        thought_text!(4, "response.reasoning_text.delta", r#""delta":"Look.""#),
        thought_text!(5, "response.reasoning_text.done", r#""text":"Look.""#),
        thought_text!(
            6,
            "response.content_part.done",
            r#""part":{"type":"reasoning_text","text":"Look."}"#
        ),
        item_done!(
            7,
            0,
            thought!(r#"{"type":"reasoning_text","text":"Look."}"#, "")
        ),
        cut_off!(
            8,
            thought!(r#"{"type":"reasoning_text","text":"Look."}"#, "")
        )
    )],
    faults: &[concat!(
        r#"edit bytes "event: response.output_item.added\n" "event: "#,
        r#"response.output_item.added\ndata: {\"type\":\"response.output_item.added\","#,
        r#"\"sequence_number\":2,\"output_index\":0,\"item\":{\"id\":\"r\","#,
        r#"\"type\":\"reasoning\",\"summary\":[]}}\n\nevent: "#,
        r#"response.reasoning_text.delta\ndata: "#,
        r#"{\"type\":\"response.reasoning_text.delta\",\"sequence_number\":3,"#,
        r#"\"item_id\":\"r\",\"output_index\":0,\"content_index\":0,"#,
        r#"\"delta\":\"a\"}\n\nevent: response.output_item.added\n""#,
    )],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::Types("response.reasoning_text.")],
        event: Some(in_part),
        ..Hooks::NONE
    }),
};

fn in_part(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen) else {
        return Verdict::Silent;
    };
    if !kind.starts_with("response.reasoning_text.") {
        return Verdict::Silent;
    }
    let Some(item) = item_of(seen, value) else {
        return Verdict::Silent;
    };
    let part = number(value, "content_index").and_then(|index| item.part(index));
    // One that was assumed has been told already.
    Verdict::when(
        part.is_some_and(|part| part.assumed || part.kind == "reasoning_text"),
        || {
            format!(
                "expected an open part of type `reasoning_text` before {}",
                quoted(kind)
            )
        },
    )
}

pub(super) static CIPHERTEXT: Rule = Rule {
    id: "OAR-081",
    name: "responses-empty-ciphertext",
    severity: Severity::Should,
    source: "OpenAI API description, reasoning items: `encrypted_content`; every recorded one",
    explanation: "`encrypted_content` of a finished reasoning item is a text that is not empty, or \
                  null. It is what a caller that keeps nothing at the vendor sends back, and an \
                  empty one is refused.",
    violations: &[body!(response!(
        "completed",
        thought!("", r#","encrypted_content":7"#),
        usage!()
    ))],
    conforming: &[body!(response!(
        "completed",
        concat!(
            thought!("", r#","encrypted_content":"gAAAA""#),
            ",",
            message!("completed", text_part!("Blue whale"))
        ),
        usage!()
    ))],
    faults: &["edit * /output/0/encrypted_content = \"\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[ITEM_DONE],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    match spoken(seen) {
        Some(("response.output_item.done", value)) => {
            is_ciphertext(value.get("item").unwrap_or(&Value::Null))
        }
        _ => Verdict::Silent,
    }
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    let output = whole_response(whole).and_then(|body| body.get("output")?.as_array());
    let mut verdict = Verdict::Silent;
    for item in output.into_iter().flatten() {
        match is_ciphertext(item) {
            Verdict::Silent => {}
            Verdict::Pass => verdict = Verdict::Pass,
            fault @ Verdict::Fail(_) => return fault,
        }
    }
    verdict
}

fn is_ciphertext(item: &Value) -> Verdict {
    if word(item, "type") != Some("reasoning") {
        return Verdict::Silent;
    }
    let Some(found) = item
        .get("encrypted_content")
        .filter(|found| !found.is_null())
    else {
        return Verdict::Silent;
    };
    Verdict::when(found.as_str().is_some_and(|text| !text.is_empty()), || {
        let found = quoted_value(Some(found));
        format!("expected `encrypted_content` to be a text or null, found {found}")
    })
}
