//! Arguments come as text.

use crate::json::Value;

use super::moment::{Body, Step, TOOL_CALLS, each_fragment, fold, whole_entries};
use super::sample::{CALLING, CALLING_WHOLE, stream, whole};
use crate::protocol::openai_chat::fragment_piece;
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-054",
    name: "arguments-not-text",
    severity: Severity::Must,
    source: "OpenAI API description, `function.arguments` is a string",
    explanation: "`function.arguments` is a string that holds JSON, never the JSON itself. One of \
                  the vendor's clients drops an object in silence, another makes `[object Object]` \
                  of it.",
    violations: &[
        stream(concat!(
            role!(0),
            fragment!(
                r#"0,"id":"call_1","type":"function","function":{"name":"f","arguments":{}}"#
            ),
            arguments!(0, "{}"),
            finish!(0, "tool_calls"),
            done!()
        )),
        whole(completion!(whole_choice!(
            0,
            "tool_calls",
            r#""content":null,"tool_calls":[{"id":"call_1","type":"function","#,
            r#""function":{"name":"f","arguments":{}}}]"#
        ),)),
    ],
    conforming: &[CALLING, CALLING_WHOLE],
    faults: &["edit *#2 /choices/0/delta/tool_calls/0/function/arguments = {}"],
    check: Check::OpenaiChat(Hooks {
        about: &[TOOL_CALLS],
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    each_fragment(step, |fragment| judge(fragment.value))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| {
        let calls = entry
            .pointer("/message/tool_calls")
            .and_then(Value::as_array);
        fold(calls.into_iter().flatten().map(judge))
    }))
}

fn judge(call: &Value) -> Verdict {
    let piece = fragment_piece(call);
    match piece.filter(|piece| !piece.is_null()) {
        None => Verdict::Silent,
        Some(piece) => Verdict::when(piece.is_string(), || {
            format!(
                "expected a string as arguments, found {}",
                quoted_value(Some(piece))
            )
        }),
    }
}
