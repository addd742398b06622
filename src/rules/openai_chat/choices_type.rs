//! The choices are a list of objects.

use crate::json::Value;

use super::moment::{Step, chunk};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-023",
    name: "choices-not-array",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionStreamResponse: `choices` is an \
             array",
    explanation: "`choices` is an array of objects in each chunk, empty where there is nothing to \
                  choose from. Clients iterate over it unasked, and null makes them raise.",
    violations: &[stream(concat!(
        role!(0),
        record!(
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","#,
            r#""created":1790000000,"model":"m","choices":null}"#
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &["edit * /choices = null"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let Some(found) = chunk(step).and_then(|chunk| chunk.get("choices")) else {
        return Verdict::Silent;
    };
    let holds = found
        .as_array()
        .is_some_and(|choices| choices.iter().all(Value::is_object));
    Verdict::when(holds, || {
        format!(
            "expected an array of objects as `choices`, found {}",
            quoted_value(Some(found))
        )
    })
}
