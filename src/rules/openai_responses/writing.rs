//! How the JSON of an event or a body is written.

use super::reading::{spoken, whole_response};
use super::sample::{TEXT, UNARY};
use crate::protocol::openai_responses::State;
use crate::rules::repeated::unique;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict, Whole};

pub(super) static REPEATED: Rule = Rule {
    id: "OAR-117",
    name: "responses-member-twice",
    severity: Severity::Must,
    source: "RFC 8259, section 4: names within an object should be unique; no recorded answer \
             repeats one",
    explanation: "No object has two members of one name. Parsers keep the first, the last or \
                  raise, so that two clients read two answers from the same bytes.",
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
