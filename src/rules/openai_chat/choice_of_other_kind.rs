//! Chunks have deltas, whole answers have messages.

use crate::json::Value;

use super::moment::{Body, Step, entries, fold, whole_entries};
use super::sample::{GREETING, GREETING_WHOLE, stream, whole};
use crate::rules::{Check, Hooks, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "OAC-034",
    name: "message-in-chunk",
    severity: Severity::Must,
    source: "OpenAI API description: choices of a chunk have `delta`, those of a completion \
             `message`",
    explanation: "An entry of `choices` has `delta` in a stream and `message` in a whole answer, \
                  never the other. Clients read the one that belongs there, and the text in the \
                  other is lost.",
    violations: &[
        stream(concat!(
            role!(0),
            chunk!(r#"{"index":0,"message":{"content":"Hi"},"finish_reason":null}"#,),
            finish!(0, "stop"),
            done!()
        )),
        whole(completion!(
            r#"{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}"#,
        )),
    ],
    conforming: &[GREETING, GREETING_WHOLE],
    faults: &[r#"edit *#2 /choices/0/message = {"role":"assistant"}"#],
    check: Check::OpenaiChat(Hooks {
        event: Some(event),
        body: Some(body),
        ..Hooks::NONE
    }),
};

fn event(step: &Step<'_>) -> Verdict {
    fold(entries(step).map(|entry| judge(entry.value, "message", "delta")))
}

fn body(whole: &Body<'_>) -> Verdict {
    fold(whole_entries(whole).map(|entry| judge(entry, "delta", "message")))
}

fn judge(entry: &Value, wrong: &str, right: &str) -> Verdict {
    Verdict::when(entry.get(wrong).is_none(), || {
        format!("expected `{right}` in the choice, found `{wrong}`")
    })
}
