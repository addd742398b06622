//! What a response says of itself stays the same from the first event to the last.

use super::reading::{RESPONSES, response_of};
use super::sample::TEXT;
use crate::protocol::openai_responses::State;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Transition, Verdict};

/// Members that stay as they were. Of those that other rules follow only whether they are there.
const FIXED: [&str; 30] = [
    "object",
    "created_at",
    "model",
    "background",
    "completed_at",
    "error",
    "frequency_penalty",
    "incomplete_details",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "moderation",
    "parallel_tool_calls",
    "presence_penalty",
    "previous_response_id",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "usage",
    "user",
];

/// Of the fixed members those whose value belongs to the end.
fn may_change(key: &str) -> bool {
    matches!(
        key,
        "completed_at" | "error" | "incomplete_details" | "moderation" | "usage"
    )
}

pub(super) static RULE: Rule = Rule {
    id: "OAR-028",
    name: "responses-settings-change",
    severity: Severity::Should,
    source: "Every recorded stream of the service: nothing but status, output, usage and the like \
             changes",
    explanation: "The settings in each event's response are those of the first, with the same \
                  members: only the status, the output, the usage and what belongs to the end \
                  change on the way. Clients keep the last one and build the next turn from it.",
    violations: &[
        stream!(
            written!(),
            record!(
                "response.completed",
                9,
                concat!(
                    r#""response":{"id":"resp_1","object":"response","created_at":1790000000,"#,
                    r#""status":"completed","error":null,"incomplete_details":null,"#,
                    r#""instructions":null,"model":"m","tools":["#,
                    r#"{"type":"function","name":"x","parameters":{},"strict":true}],"#,
                    r#""output":["#,
                    message!("completed", text_part!("Blue whale")),
                    r#"],"parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
                    r#""temperature":1.0,"top_p":1.0,"usage":"#,
                    usage!(),
                    "}"
                )
            )
        ),
        stream!(
            created!(),
            record!(
                "response.in_progress",
                1,
                concat!(
                    r#""response":{"id":"resp_1","object":"response","created_at":1790000000,"#,
                    r#""status":"in_progress","error":null,"incomplete_details":null,"#,
                    r#""instructions":null,"model":"m","tools":[],"output":[],"#,
                    r#""parallel_tool_calls":true,"metadata":{},"tool_choice":"auto","#,
                    r#""temperature":1.0,"top_p":1.0,"store":true,"usage":null}"#
                )
            )
        ),
    ],
    conforming: &[TEXT],
    faults: &["edit response.completed /response/store = false"],
    check: Check::OpenaiResponses(Hooks {
        about: RESPONSES,
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(seen: &Transition<'_, State>) -> Verdict {
    let (Some((_, response)), Some(first)) = (response_of(seen), &seen.before.opening) else {
        return Verdict::Silent;
    };
    for key in FIXED {
        let (before, found) = (first.get(key), response.get(key));
        let holds = match (before, found) {
            (Some(before), Some(found)) => may_change(key) || before == found,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !holds {
            return Verdict::fail(format!(
                "expected `{key}` {} as at the beginning, found {}",
                quoted_value(before),
                quoted_value(found)
            ));
        }
    }
    Verdict::Pass
}
