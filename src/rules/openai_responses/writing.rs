//! How the JSON of an event or a body is written.

use super::reading::{spoken, whole_response};
use super::sample::{TEXT, UNARY};
use crate::protocol::openai_responses::State;
use crate::rules::repeated::{self, unique};
use crate::rules::{Check, Hooks, Rule, Severity, Topic, Transition, Verdict, Whole};

pub(super) static REPEATED: Rule = Rule {
    id: "OAR-117",
    name: "responses-member-twice",
    severity: Severity::Must,
    source: repeated::SOURCE,
    explanation: repeated::WHY,
    violations: &[
        stream!(
            opened!(),
            record!(
                "response.output_text.delta",
                4,
                r#""item_id":"msg_1","output_index":0,"content_index":0"#,
                r#""delta":"Blue","delta":"Red""#
            )
        ),
        body!(response!(
            "completed",
            message!("completed", text_part!("Blue whale")),
            concat!(
                r#"{"input_tokens":9,"input_tokens_details":{"cached_tokens":0},"#,
                r#""output_tokens":2,"output_tokens":2,"#,
                r#""output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}"#
            )
        )),
    ],
    conforming: &[TEXT, UNARY],
    faults: &[r#"edit bytes "\"output_index\":0" "\"output_index\":0,\"output_index\":0""#],
    check: Check::OpenaiResponses(Hooks {
        about: &[Topic::NewForm],
        event: Some(streamed),
        body: Some(whole),
        ..Hooks::NONE
    }),
};

fn streamed(seen: &Transition<'_, State>) -> Verdict {
    let spoken = spoken(seen).filter(|_| seen.event.is_new_form);
    spoken.map_or(Verdict::Silent, |(_, value)| unique(value))
}

fn whole(whole: &Whole<'_, State>) -> Verdict {
    whole_response(whole).map_or(Verdict::Silent, unique)
}
