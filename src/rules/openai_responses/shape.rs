//! Members of events and bodies: there, of their type, and of their vocabulary.

use super::body_shape::missing;
use super::event_forms::event;
use super::forms::RESPONSE;
use super::reading::{spoken, whole_response};
use super::sample::{ANNOTATED, CALL, REASONING, TEXT, UNARY};
use crate::json::Value;
use crate::protocol::openai_responses::State;
use crate::rules::members::{strange, wrong};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static FORM: Rule = Rule {
    id: "OAR-110",
    name: "responses-member-form",
    severity: Severity::Must,
    source: "OpenAI API description: required members and their types; every recorded answer",
    explanation: "What the description requires of an event, a response, an item or a part is \
                  there and has its JSON type, null stands only where null may, and a setting \
                  that is repeated lies in its range. Typed clients refuse anything else, or hand \
                  on a number where a text is expected.",
    violations: &[
        stream!(
            start!(),
            message_added!(),
            record!(
                "response.content_part.added",
                3,
                r#""item_id":"msg_1","output_index":0,"content_index":0"#
            )
        ),
        stream!(
            start!(),
            message_added!(),
            part_added!(
                3,
                0,
                r#"{"type":"output_text","annotations":null,"text":""}"#
            )
        ),
        body!(response!(
            "completed",
            concat!(
                r#"{"id":"msg_1","type":"message","status":"completed","content":["#,
                text_part!("Blue whale"),
                "]}"
            ),
            usage!()
        )),
        body!(response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            concat!(
                r#"{"input_tokens":9,"input_tokens_details":null,"output_tokens":2,"#,
                r#""output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}"#
            )
        )),
        stream!(created_with!(r#""temperature":2.5"#)),
    ],
    conforming: &[TEXT, CALL, REASONING, ANNOTATED, UNARY],
    faults: &[
        "edit response.content_part.added /part removed",
        "edit response.completed /response/temperature = 3",
        "edit * /top_p = -1",
    ],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::NewForm],
        event: Some(streamed_form),
        body: Some(whole_form),
        ..Hooks::NONE
    }),
};

fn streamed_form(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen).filter(|_| seen.event.is_new_form) else {
        return Verdict::Silent;
    };
    match event(kind) {
        None => Verdict::Silent,
        Some(form) => wrong(value, form).map_or(Verdict::Pass, Verdict::fail),
    }
}

fn whole_form(whole: &Whole<'_, State>) -> Verdict {
    // A body that lacks members is told of already.
    match whole_response(whole).filter(|body| missing(body).is_none()) {
        None => Verdict::Silent,
        Some(body) => wrong(body, RESPONSE).map_or(Verdict::Pass, Verdict::fail),
    }
}

pub(super) static WORD: Rule = Rule {
    id: "OAR-111",
    name: "responses-unknown-word",
    severity: Severity::Should,
    source: "OpenAI API description: enumerations; every recorded answer",
    explanation: "Where the description lists the words that a member may hold, it holds one of \
                  them: a role, the status of an item, a format, an effort. Clients switch on \
                  them, and pass over what they do not know or give up.",
    violations: &[
        stream!(
            start!(),
            item_added!(
                2,
                0,
                concat!(
                    r#"{"id":"msg_1","type":"message","status":"in_progress","content":[],"#,
                    r#""role":"assistant","phase":"last"}"#
                )
            )
        ),
        body!(response!(
            "completed",
            call!("finished", r#"{\"city\":\"Oslo\"}"#),
            usage!()
        )),
    ],
    conforming: &[TEXT, CALL, UNARY],
    faults: &["edit * /truncation = \"never\""],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::NewForm],
        event: Some(streamed_words),
        body: Some(whole_words),
        ..Hooks::NONE
    }),
};

fn streamed_words(seen: &Transition<'_, State>) -> Verdict {
    let Some((kind, value)) = spoken(seen).filter(|_| seen.event.is_new_form) else {
        return Verdict::Silent;
    };
    // Nothing else has such words.
    let has_words = ["response", "item", "part"]
        .iter()
        .any(|key| value.get(*key).is_some());
    match event(kind).filter(|_| has_words) {
        None => Verdict::Silent,
        Some(form) => strange(value, form).map_or(Verdict::Pass, Verdict::fail),
    }
}

fn whole_words(whole: &Whole<'_, State>) -> Verdict {
    let told = |body: &Value| strange(body, RESPONSE).map_or(Verdict::Pass, Verdict::fail);
    whole_response(whole).map_or(Verdict::Silent, told)
}
