//! A chunk calls itself one.

use super::moment::{Step, chunk};
use super::sample::{GREETING, stream};
use crate::rules::quoting::quoted_value;
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-017",
    name: "chunk-object-name",
    severity: Severity::Must,
    source: "OpenAI API description, CreateChatCompletionStreamResponse: `object` is \
             `chat.completion.chunk`",
    explanation: "The member `object` of a chunk is `chat.completion.chunk`. The vendor's Python \
                  client skips every chunk with another name and ends without an answer.",
    violations: &[stream(concat!(
        role!(0),
        said_in!(
            r#""id":"chatcmpl-1","object":"chat.completion","created":1790000000"#,
            r#","model":"m""#
        ),
        finish!(0, "stop"),
        done!()
    ))],
    conforming: &[GREETING],
    faults: &["wrong-type"],
    check: Check::OpenaiChat(Hooks {
        event: Some(check),
        ..Hooks::NONE
    }),
};

fn check(step: &Step<'_>) -> Verdict {
    let found = chunk(step).and_then(|chunk| chunk.get("object"));
    let Some(found) = found.filter(|_| !step.before.changed.object) else {
        return Verdict::Silent;
    };
    Verdict::when(found.as_str() == Some("chat.completion.chunk"), || {
        format!(
            "expected object `chat.completion.chunk`, found {}",
            quoted_value(Some(found))
        )
    })
}
